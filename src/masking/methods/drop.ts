// drop: the field goes, name and all, as if it had never been there.
import { z } from "zod";
import type { MaskMethod } from "../method.ts";
import { removed } from "../scalar.ts";

export const drop: MaskMethod = {
  name: "drop",
  deterministic: false,
  shows: 0,
  keyed: false,
  options: z.strictObject({}),
  prepare: () => ({ constant: removed, apply: () => removed }),
};
