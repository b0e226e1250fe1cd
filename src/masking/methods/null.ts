// null: the value becomes null where its type has one; that it was there stays visible.
import { z } from "zod";
import type { MaskMethod } from "../method.ts";
import { nothing } from "../scalar.ts";

export const nullMethod: MaskMethod = {
  name: "null",
  deterministic: false,
  shows: 0,
  keyed: false,
  options: z.strictObject({}),
  prepare: () => ({ constant: nothing, apply: () => nothing }),
};
