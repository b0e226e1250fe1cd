// One value as methods and detectors see it, whatever the format: its kind, and enough of its type that what replaces it can be valid.

/** A value that holds no other. */
export type Scalar =
  | { readonly kind: "text"; readonly text: string }
  /** As the format spells it (`1.50E+3`). `typed`: the field takes numbers only, as Avro's `double` does and JSON's members do not. */
  | { readonly kind: "number"; readonly text: string; readonly typed: boolean }
  /** A field of a typed format that takes whole numbers from `min` to `max`. */
  | { readonly kind: "integer"; readonly value: bigint; readonly min: bigint; readonly max: bigint }
  | { readonly kind: "boolean"; readonly value: boolean }
  /** `fixed`: the field takes exactly as many bytes. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly fixed: boolean }
  | { readonly kind: "enum"; readonly symbol: string; readonly symbols: readonly string[] }
  /** A date or a moment, counted from 1970-01-01 UTC. */
  | { readonly kind: "time"; readonly value: bigint; readonly unit: TimeUnit }
  | { readonly kind: "null" };

export type TimeUnit = "days" | "seconds" | "millis" | "micros" | "nanos";

/** What is found at a place: a scalar, or an object, list, map or message as a whole. */
export type Found = Scalar | { readonly kind: "composite" };

/**
 * What takes a value's place. A format writes a scalar as it is where the field's type takes it, and otherwise treats it as `redacted`.
 * `redacted`: the text `[redacted]` where texts fit; in typed formats null where the type allows it, else its neutral value (0, false, no bytes, the first
 * symbol, 1970-01-01; of a composite every scalar inside). `removed`: the field goes; where a field cannot go (an element of a list) it is `null`; where the type
 * has no null it is `redacted`.
 */
export type Replacement = Scalar | { readonly kind: "redacted" } | { readonly kind: "removed" };

export const redactedText = "[redacted]";
export const redacted: Replacement = { kind: "redacted" };
export const removed: Replacement = { kind: "removed" };
export const nothing: Replacement = { kind: "null" };
