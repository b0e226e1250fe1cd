// redact: the value goes, a sign that it was there stays. In formats where a field may hold anything it is one text for every kind of value,
// null, numbers and whole objects included: what kind a secret had, or that it was null, is part of the secret.
import { z } from "zod";
import type { MaskMethod } from "../method.ts";
import { redacted } from "../scalar.ts";

export const redact: MaskMethod = {
  name: "redact",
  deterministic: false,
  shows: 0,
  keyed: false,
  options: z.strictObject({}),
  prepare: () => ({ constant: redacted, apply: () => redacted }),
};
