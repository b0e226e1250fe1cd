// Numbers that methods make, as binary formats write them. Pure.
import type { Scalar } from "../scalar.ts";

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
