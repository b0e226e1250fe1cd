// bucket: a number becomes the lower end of the range that it is in: 47 with size 10 becomes 40.
import { z } from "zod";
import type { MaskMethod, ReadyMethod } from "../method.ts";
import { byKind, floored } from "./by-kind.ts";

const options = z.strictObject({
  /** How wide a range is; whole. */
  size: z.int().min(2),
});

export const bucket: MaskMethod<z.output<typeof options>> = {
  name: "bucket",
  deterministic: false,
  shows: 2,
  keyed: false,
  options,
  prepare: ({ size }) => ({ constant: null, apply: bucketed(BigInt(size)) }),
};

function bucketed(size: bigint): ReadyMethod["apply"] {
  const ofText = <Value extends { readonly text: string }>(value: Value) => {
    const floor = lowerEnd(value.text, size);
    return floor === null ? null : { ...value, text: floor.toString() };
  };
  return byKind({
    text: ofText,
    number: ofText,
    integer(value) {
      const floor = floored(value.value, size);
      return floor < value.min ? null : { ...value, value: floor };
    },
  });
}

/** Of a number as it is spelled, exact however many digits it has; null where it is none, or has an exponent. */
function lowerEnd(text: string, size: bigint): bigint | null {
  const parts = /^(-?\d{1,400})(?:\.(\d{1,400}))?$/.exec(text);
  if (parts === null) return null;
  const [, integer = "", fraction = ""] = parts;
  const isBelow = integer.startsWith("-") && /[1-9]/.test(fraction);
  return floored(BigInt(integer) - (isBelow ? 1n : 0n), size);
}
