// redact: the value goes, a sign that it was there stays. One JSON string for every kind of value, null, numbers and whole objects
// included: what kind a secret had, or that it was null, is part of the secret. Consumers with typed fields want another method.
import type { MaskMethod } from "../method.ts";

const redacted = Buffer.from('"[redacted]"');

export const redact: MaskMethod = {
  name: "redact",
  deterministic: true,
  json: () => redacted,
  whole: () => redacted,
};
