// The form of Kafka's messages as data: one table for each struct, filled by the files in messages/. Tables say what a field is
// and in which versions it exists; plan.ts makes codecs of them, message.ts the functions that others call.
// Source: the message definitions of Kafka (KIP-482 for tagged fields, KIP-893 for nullable structs).
import { assert } from "../../base/assert.ts";
import type { Writer } from "./writer.ts";

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export type ScalarType =
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint16"
  | "uint32"
  | "float64"
  | "string"
  | "uuid"
  | "bytes"
  | "records";

/** An array is written as a tuple of its element: `["int32"]`. */
export type FieldType = ScalarType | AnyStruct | readonly [ScalarType | AnyStruct];

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Versions that carry the field, within those of its message. */
  readonly versions: readonly [from: number, to: number];
  /** Versions in which it may be null. */
  readonly nullable?: readonly [from: number, to: number];
  /** Set where the field is a tagged one. */
  readonly tag?: number;
  /** Set where the field keeps its old form in flexible versions, too. */
  readonly compact?: false;
  /** A value that the version cannot carry is left out instead of refused. */
  readonly ignorable?: true;
  /** Only where it is not the type's own: 0, false, "", an empty array. */
  readonly default?: number | bigint | boolean | null;
}

/** A tagged field that the version's table does not know: kept as it came and written back in its place. */
export interface UnknownTaggedField {
  readonly tag: number;
  readonly data: Buffer;
}

export const noTaggedFields: readonly UnknownTaggedField[] = Object.freeze([]);
export const emptyBytes: Buffer = Buffer.alloc(0);
/** Kafka's zero uuid, which stands for "none". */
export const zeroUuid = "AAAAAAAAAAAAAAAAAAAAAA";

/** Every struct has them; empty where there are none. */
export interface Tagged {
  unknownTaggedFields: readonly UnknownTaggedField[];
}

/** Any part of a value: what is left out gets its default, at every depth. */
export type Init<T> = { readonly [K in keyof T]?: InitValue<T[K]> };
type InitValue<V> = V extends string | number | bigint | boolean | null | Buffer
  ? V
  : V extends readonly UnknownTaggedField[]
    ? V
    : V extends readonly (infer E)[]
      ? readonly InitValue<E>[]
      : Init<V>;

export interface Struct<T> {
  /** As Kafka spells it. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** All defaults. One literal for each struct, so that all its values share one hidden class. */
  readonly empty: () => T;
  /** Defaults, and on them what `init` holds. */
  create(init?: Init<T>): T;
}

export type AnyStruct = Struct<object>;

export interface Message<T> {
  /** `FetchRequest` */
  readonly name: string;
  readonly versions: VersionRange;
  /** First version with compact lengths and tagged fields, or null. */
  readonly flexibleFrom: number | null;
  readonly struct: Struct<T>;
  /** Defaults, and on them what `init` holds, at every depth. */
  create(init?: Init<T>): T;
  /**
   * Reads from `offset` to the end of `bytes`. Byte fields are views of `bytes`.
   * Throws LockkeeperError `message-malformed` (bytes left over, too), `version-unsupported`.
   */
  decode(bytes: Buffer, offset: number, version: number): T;
  /** Throws LockkeeperError `version-unsupported` also where a value that is not its default cannot be carried. */
  encode(value: T, version: number): Buffer;
  /** The same into a writer that others go on with. */
  write(writer: Writer, value: T, version: number): void;
  isFlexible(version: number): boolean;
}

export type ListenerKind = "broker" | "controller";

/** One API: both directions. */
export interface ApiMessages<Request = unknown, Response = unknown> {
  readonly key: number;
  /** `Fetch` */
  readonly name: string;
  /** Where Kafka offers it. */
  readonly listeners: readonly ListenerKind[];
  /** True where the highest version is not offered by brokers unless they are told to. */
  readonly latestVersionUnstable: boolean;
  readonly request: Message<Request>;
  readonly response: Message<Response>;
}

export function struct<T extends Tagged>(name: string, empty: () => T, fields: readonly Field[]): Struct<T> {
  return {
    name,
    fields,
    empty,
    create: (init) => (init === undefined ? empty() : (fill({ name, empty, fields }, init) as T)),
  };
}

function fill(into: Pick<AnyStruct, "name" | "fields" | "empty">, init: object): object {
  const value = into.empty() as Record<string, unknown>;
  for (const [key, given] of Object.entries(init)) {
    const field = into.fields.find((each) => each.name === key);
    assert(field !== undefined || key === "unknownTaggedFields", `${into.name} has no field ${key}`);
    value[key] = field === undefined ? given : fillField(field.type, given);
  }
  return value;
}

function fillField(type: FieldType, given: unknown): unknown {
  if (given === null || typeof type === "string") return given;
  if (isArrayType(type)) {
    const [element] = type;
    return typeof element === "string"
      ? [...(given as unknown[])]
      : (given as object[]).map((each) => fill(element, each));
  }
  return fill(type, given as object);
}

export function isArrayType(type: FieldType): type is readonly [ScalarType | AnyStruct] {
  return Array.isArray(type);
}

export function within(version: number, range: readonly [number, number] | undefined): boolean {
  return range !== undefined && version >= range[0] && version <= range[1];
}
