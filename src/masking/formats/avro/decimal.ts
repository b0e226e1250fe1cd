// Whole numbers as Avro and Protobuf write them, and Avro's decimals: a whole number and where its point stands. Pure.
import type { Decimal } from "./schema.ts";

/** Two's complement, big-endian, as short as it goes: Java's BigInteger. */
export function bytesOfInteger(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length++;
  const hex = BigInt.asUintN(length * 8, value).toString(16);
  return Buffer.from(hex.padStart(length * 2, "0"), "hex");
}

/** Null where it needs more bytes than there are. */
export function fixedOfInteger(value: bigint, size: number): Buffer | null {
  const short = bytesOfInteger(value);
  if (short.length > size) return null;
  const result = Buffer.alloc(size, value < 0n ? 0xff : 0);
  short.copy(result, size - short.length);
  return result;
}

/** No bytes are 0, which Java would refuse and others write. */
export function integerOfBytes(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}

/** `-12.50` of -1250 with a scale of 2. */
export function textOfDecimal(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? "-" : "";
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const plain = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Null where the text is no plain number, or has more digits than the field takes: nothing is rounded. */
export function unscaledOf(text: string, { precision, scale }: Decimal): bigint | null {
  const [, sign, whole, part = ""] = plain.exec(text) ?? [];
  if (whole === undefined) return null;
  const kept = part.replace(/0+$/, "");
  if (kept.length > scale || whole.length > precision + 1) return null;
  const digits = BigInt(whole + kept.padEnd(scale, "0"));
  if (digits.toString().length > precision) return null;
  return sign === "-" ? -digits : digits;
}
