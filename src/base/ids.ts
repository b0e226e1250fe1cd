// Identifiers that sort by time (UUIDv7-like, Crockford base 32, 26 characters) with a prefix that says what they name.
import { randomPiece } from "./random.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

export type IdPrefix = "ses" | "evt" | "apr" | "gw" | "hold";

/** `apr_01k…`: prefix, 10 characters of milliseconds, 16 characters (80 bits) of randomness. Source: the ULID specification. */
export function newId(prefix: IdPrefix, nowMs: number): string {
  let time = "";
  for (let rest = nowMs, i = 0; i < 10; i++) {
    time = alphabet[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let random = "";
  const bytes = randomPiece(16);
  // by index: an iterator over bytes makes an object for each
  for (let i = 0; i < bytes.length; i++) random += alphabet[(bytes[i] ?? 0) & 31];
  return `${prefix}_${time}${random}`;
}
