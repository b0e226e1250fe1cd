// Avro schemas as a graph of types that data can be walked along. Source: Apache Avro 1.12 specification. Strict where a lenient reading could
// make us see other fields than a consumer does; what only matters to people (doc, order, defaults of fields) is not looked at.
import type { TimeUnit } from "../../scalar.ts";

interface Of<Kind extends string> {
  readonly kind: Kind;
  /** Counts the types of one schema from 0. */
  readonly index: number;
  /** `confluent:tags` of the type itself: they hold wherever it is used. */
  readonly tags: readonly string[];
}

export type AvroType =
  | AvroScalar
  | (Of<"array"> & { readonly items: AvroType })
  | (Of<"map"> & { readonly values: AvroType })
  | (Of<"union"> & { readonly branches: readonly AvroType[] })
  | AvroRecord;

/** A value that holds no other. */
export type AvroScalar =
  | Of<"null">
  | Of<"boolean">
  | (Of<"int" | "long"> & { readonly logical: IntegerLogical | null })
  | Of<"float">
  | Of<"double">
  | (Of<"bytes"> & { readonly logical: Decimal | null })
  | (Of<"string"> & { readonly logical: "uuid" | null })
  | (Of<"fixed"> & { readonly size: number; readonly logical: Decimal | "uuid" | null })
  | (Of<"enum"> & { readonly symbols: readonly string[]; readonly neutral: number });

export interface AvroRecord extends Of<"record"> {
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  /** The name and the aliases: a path may use any of them. */
  readonly names: readonly string[];
  readonly type: AvroType;
  readonly tags: readonly string[];
}

export type IntegerLogical =
  | { readonly kind: "time"; readonly unit: TimeUnit }
  /** The time of a day: so many of the unit at most, less one. */
  | { readonly kind: "time-of-day"; readonly count: bigint };

export interface Decimal {
  readonly kind: "decimal";
  readonly precision: number;
  readonly scale: number;
}

export interface AvroSchema {
  readonly root: AvroType;
  /** How many types there are. */
  readonly types: number;
}

/** Data cannot hold itself without an end, so these are what an encoding of them begins with at least. */
export function isComposite(type: AvroType): type is Exclude<AvroType, AvroScalar | { readonly kind: "union" }> {
  return type.kind === "record" || type.kind === "array" || type.kind === "map";
}
