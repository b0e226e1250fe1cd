// Masking as the configuration sets it up: for the path, the policy's checks and the command line alike.
import type { Config } from "../config/schema.ts";
import { formats } from "../masking/formats/index.ts";
import { createMasking, type Masking } from "../masking/mask.ts";

export function openMasking({ masking }: Config): Masking {
  return createMasking({ keys: new Map(Object.entries(masking.keys)), formats });
}
