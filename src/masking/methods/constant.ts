// constant: the same value for all, as the policy writes it.
import { z } from "zod";
import type { MaskMethod } from "../method.ts";
import type { Replacement } from "../scalar.ts";

const options = z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]) });

export const constant: MaskMethod<z.output<typeof options>> = {
  name: "constant",
  deterministic: false,
  shows: 0,
  keyed: false,
  options,
  prepare({ value }) {
    const replacement = asReplacement(value);
    return { constant: replacement, apply: () => replacement };
  },
};

function asReplacement(value: string | number | boolean): Replacement {
  if (typeof value === "string") return { kind: "text", text: value };
  if (typeof value === "number") return { kind: "number", text: String(value), typed: false };
  return { kind: "boolean", value };
}
