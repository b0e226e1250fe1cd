// Numbers that methods make, as binary formats write them. Pure.
import type { Scalar } from "../scalar.ts";

const safe = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * A whole number of a field that takes `min` to `max`. Methods stay within 2^53 where the value itself does: readers in JavaScript refuse what is
 * beyond, and must not meet it only because a field is masked.
 */
export function integerScalar(value: bigint, min: bigint, max: bigint): Scalar {
  if (value > safe || value < -safe) return { kind: "integer", value, min, max };
  return { kind: "integer", value, min: min < -safe ? -safe : min, max: max > safe ? safe : max };
}

/** Null where it is no whole number. */
export function integerOf(value: Scalar): bigint | null {
  if (value.kind === "integer") return value.value;
  return value.kind === "number" && /^-?\d{1,20}$/.test(value.text) ? BigInt(value.text) : null;
}

/** Little-endian IEEE 754; null where it is no number. */
export function floatBytes(size: 4 | 8, value: Scalar): Buffer | null {
  const number = value.kind === "number" ? Number(value.text) : value.kind === "integer" ? Number(value.value) : null;
  if (number === null || (Number.isNaN(number) && value.kind === "number" && value.text !== "NaN")) return null;
  const result = Buffer.alloc(size);
  if (size === 4) result.writeFloatLE(number);
  else result.writeDoubleLE(number);
  return result;
}
