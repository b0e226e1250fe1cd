// The form of Kafka's messages as data: one table for each struct, filled by the files in messages/. Tables say what a field is
// and in which versions it exists; plan.ts makes codecs of them, message.ts the functions that others call.
// Source: the message definitions of Kafka (KIP-482 for tagged fields, KIP-893 for nullable structs).
import { assert } from "../../base/assert.ts";
import { Reader } from "./reader.ts";
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

/** One function for each field: how this version reads it, or its default. */
export type Readers<T> = { readonly [K in Exclude<keyof T, "unknownTaggedFields">]: (from: Reader) => T[K] };
/** One function for each field: how this version writes it, or the check that it may be left out. */
export type Writers<T> = { readonly [K in Exclude<keyof T, "unknownTaggedFields">]: (to: Writer, value: T[K]) => void };

export interface Struct<T> {
  /** As Kafka spells it. */
  readonly name: string;
  readonly fields: readonly Field[];
  /**
   * The struct's literal over its fields' readers, in wire order; `write` is the same the other way. Each struct has its own two
   * functions, so that its values share one hidden class and its call sites see few targets: one shared loop over the table was
   * measured at 1.5 times this.
   */
  read(from: Reader, readers: Readers<T>): T;
  write(to: Writer, value: T, writers: Writers<T>): void;
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
  /** The same, for bytes that may go on after the message: `end` is the first offset that is not part of it. */
  decodeStart(bytes: Buffer, offset: number, version: number): { readonly value: T; readonly end: number };
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

export function struct<T extends Tagged>(
  name: string,
  read: Struct<T>["read"],
  write: Struct<T>["write"],
  fields: readonly Field[],
): Struct<T> {
  const defaults = {} as Record<string, () => unknown>;
  for (const field of fields) defaults[field.name] = defaultOf(field);
  const empty = (): T => read(nothing, defaults as Readers<T>);
  const create = (init?: Init<T>): T => (init === undefined ? empty() : fill(name, fields, empty(), init));
  return { name, fields, read, write, create };
}

const nothing = new Reader(emptyBytes);

/** Makes a field's default; arrays and structs anew each time, since their owner may change them. */
export function defaultOf(field: Field): () => unknown {
  const { type } = field;
  if (field.default !== undefined) return () => field.default;
  if (isArrayType(type)) return () => [];
  if (typeof type !== "string") return () => type.create();
  const zero = zeros[type];
  return () => zero;
}

const zeros: Readonly<Record<ScalarType, unknown>> = {
  bool: false,
  int8: 0,
  int16: 0,
  int32: 0,
  int64: 0n,
  uint16: 0,
  uint32: 0,
  float64: 0,
  string: "",
  uuid: zeroUuid,
  bytes: emptyBytes,
  records: emptyBytes,
};

function fill<T>(name: string, fields: readonly Field[], empty: T, init: object): T {
  const value = empty as Record<string, unknown>;
  for (const [key, given] of Object.entries(init)) {
    const field = fields.find((each) => each.name === key);
    assert(field !== undefined || key === "unknownTaggedFields", `${name} has no field ${key}`);
    value[key] = field === undefined ? given : fillField(field.type, given);
  }
  return empty;
}

function fillField(type: FieldType, given: unknown): unknown {
  if (given === null || typeof type === "string") return given;
  if (isArrayType(type)) {
    const [element] = type;
    return typeof element === "string"
      ? [...(given as unknown[])]
      : (given as object[]).map((each) => element.create(each));
  }
  return type.create(given);
}

export function isArrayType(type: FieldType): type is readonly [ScalarType | AnyStruct] {
  return Array.isArray(type);
}

export function within(version: number, range: readonly [number, number] | undefined): boolean {
  return range !== undefined && version >= range[0] && version <= range[1];
}
