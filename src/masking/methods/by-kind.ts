// What methods have in common: one function for each kind of value that they can work on. Every other kind is redacted, and so is a value that
// they answer null for.
import { assertNever } from "../../base/assert.ts";
import { type Found, type Replacement, redacted, type Scalar } from "../scalar.ts";

export type ByKind = {
  readonly [Kind in Scalar["kind"]]?: (value: Extract<Scalar, { kind: Kind }>) => Replacement | null;
};

export function byKind(kinds: ByKind): (value: Found) => Replacement {
  return (value) => replaced(value, kinds) ?? redacted;
}

function replaced(value: Found, kinds: ByKind): Replacement | null | undefined {
  switch (value.kind) {
    case "text":
      return kinds.text?.(value);
    case "number":
      return kinds.number?.(value);
    case "integer":
      return kinds.integer?.(value);
    case "boolean":
      return kinds.boolean?.(value);
    case "bytes":
      return kinds.bytes?.(value);
    case "enum":
      return kinds.enum?.(value);
    case "time":
      return kinds.time?.(value);
    case "null":
      return kinds.null?.(value);
    case "composite":
      return null;
  }
  return assertNever(value);
}

/** The largest multiple of `size` that is not above `value`. */
export function floored(value: bigint, size: bigint): bigint {
  const rest = value % size;
  return value - (rest < 0n ? rest + size : rest);
}
