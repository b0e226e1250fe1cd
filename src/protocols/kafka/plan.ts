// Compiles a struct's table for one version into lists of codec functions: no code is generated, nothing is looked up while bytes
// are read. Each struct's own literal calls the functions that this version has for its fields.
// It must accept what a broker accepts, except for tagged fields whose order or size lies: brokers read past those, we refuse.
import { LockkeeperError } from "../../base/errors.ts";
import { defaultCheck } from "./defaults.ts";
import { malformed, type Reader } from "./reader.ts";
import {
  type AnyStruct,
  defaultOf,
  type Field,
  type FieldType,
  isArrayType,
  type ScalarType,
  within,
} from "./schema.ts";
import { readTagged, type TagCodec, type Tags, writeTagged } from "./tagged.ts";
import type { Writer } from "./writer.ts";

export interface Codec {
  /** Fewest bytes that a value takes. */
  readonly bytesMin: number;
  readonly read: (reader: Reader) => unknown;
  readonly write: (writer: Writer, value: unknown) => void;
}

type FieldReader = (from: Reader) => unknown;
type FieldWriter = (to: Writer, value: unknown) => void;

/** The codec of a whole struct in one version. */
export function compileStruct(struct: AnyStruct, version: number, flexible: boolean): Codec {
  const readers: Record<string, FieldReader> = {};
  const writers: Record<string, FieldWriter> = {};
  let bytesMin = flexible ? 1 : 0;
  for (const field of struct.fields) {
    if (field.tag === undefined && within(version, field.versions)) {
      const codec = compileField(field, version, flexible);
      bytesMin += codec.bytesMin;
      readers[field.name] = codec.read;
      writers[field.name] = codec.write;
    } else {
      readers[field.name] = defaultOf(field);
      writers[field.name] = within(version, field.versions) ? leftToTags : refuseUnlessDefault(struct, field, version);
    }
  }
  const tags = compileTags(struct, version);
  return {
    bytesMin,
    read(reader) {
      const value = struct.read(reader, readers);
      if (flexible) readTagged(reader, value as Record<string, unknown>, tags);
      return value;
    },
    write(writer, given) {
      struct.write(writer, given as object, writers);
      if (flexible) writeTagged(writer, given as Record<string, unknown>, tags);
    },
  };
}

function leftToTags(): void {}

/** As Kafka does: a value that this version cannot carry is refused, unless its field may be ignored. */
function refuseUnlessDefault(struct: AnyStruct, field: Field, version: number): FieldWriter {
  if (field.ignorable === true) return () => {};
  const isDefault = defaultCheck(field);
  return (_, value) => {
    if (isDefault(value)) return;
    throw new LockkeeperError(
      "version-unsupported",
      `${struct.name}.${field.name} cannot be carried in version ${version}`,
    );
  };
}

function compileTags(struct: AnyStruct, version: number): Tags {
  const tagged = struct.fields.filter((field) => field.tag !== undefined);
  const known = tagged.filter((field) => within(version, field.versions)).map((field) => compileTag(field, version));
  const tags = new Set(known.map(({ tag }) => tag));
  const foreign = new Set(tagged.flatMap(({ tag }) => (tag === undefined || tags.has(tag) ? [] : [tag])));
  return { known: known.toSorted((a, b) => a.tag - b.tag), foreign };
}

function compileTag(field: Field, version: number): TagCodec {
  const { read, write } = compileField(field, version, true);
  return { tag: field.tag ?? 0, name: field.name, read, write, isDefault: defaultCheck(field) };
}

function compileField(field: Field, version: number, flexible: boolean): Codec {
  const nullable = within(version, field.nullable);
  const codec = compileType(field.type, version, flexible && field.compact !== false, nullable);
  const isStruct = typeof field.type !== "string" && !isArrayType(field.type);
  return isStruct && nullable ? nullableStruct(codec) : codec;
}

function compileType(type: FieldType, version: number, flexible: boolean, nullable: boolean): Codec {
  if (isArrayType(type)) {
    const [element] = type;
    const elements = element === "int32" ? int32Elements : elementsOf(compileType(element, version, flexible, false));
    return arrayOf(elements, flexible, nullable);
  }
  if (typeof type !== "string") return compileStruct(type, version, flexible);
  if (type === "string") return text(flexible, nullable);
  if (type === "bytes" || type === "records") return byteField(flexible, nullable);
  return fixed[type];
}

/** KIP-893: a byte before the struct, negative for null. */
function nullableStruct(codec: Codec): Codec {
  return {
    bytesMin: 1,
    read: (reader) => (reader.int8() < 0 ? null : codec.read(reader)),
    write(writer, value) {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) codec.write(writer, value);
    },
  };
}

/** The announced length, or −1 for null; compact lengths are one more on the wire. */
function readLength(reader: Reader, flexible: boolean, nullable: boolean): number {
  const length = flexible ? reader.uvarint() - 1 : reader.int32();
  if (length < -1 || (length === -1 && !nullable)) throw malformed(`length ${length}`);
  return length;
}

function writeLength(writer: Writer, length: number, flexible: boolean): void {
  if (flexible) writer.uvarint(length + 1);
  else writer.int32(length);
}

function refuseNull(nullable: boolean): void {
  if (!nullable)
    throw new LockkeeperError("version-unsupported", "null in a field that cannot be null in this version");
}

interface Elements {
  readonly read: (reader: Reader, count: number) => unknown[];
  readonly write: (writer: Writer, values: readonly unknown[]) => void;
}

function elementsOf({ bytesMin, read, write }: Codec): Elements {
  const elementBytesMin = Math.max(1, bytesMin);
  return {
    read(reader, count) {
      reader.expectElements(count, elementBytesMin);
      const values: unknown[] = [];
      for (let i = 0; i < count; i++) values.push(read(reader));
      return values;
    },
    write(writer, values) {
      for (let i = 0; i < values.length; i++) write(writer, values[i]);
    },
  };
}

const int32Elements: Elements = {
  read: (reader, count) => reader.int32s(count),
  write: (writer, values) => writer.int32s(values as readonly number[]),
};

function arrayOf(elements: Elements, flexible: boolean, nullable: boolean): Codec {
  return {
    bytesMin: flexible ? 1 : 4,
    read(reader) {
      const count = readLength(reader, flexible, nullable);
      return count < 0 ? null : elements.read(reader, count);
    },
    write(writer, value) {
      if (value === null) {
        refuseNull(nullable);
        return writeLength(writer, -1, flexible);
      }
      const values = value as readonly unknown[];
      writeLength(writer, values.length, flexible);
      elements.write(writer, values);
    },
  };
}

function text(flexible: boolean, nullable: boolean): Codec {
  return {
    bytesMin: flexible ? 1 : 2,
    read(reader) {
      const length = flexible ? reader.uvarint() - 1 : reader.int16();
      if (length >= 0) return reader.string(length);
      if (length === -1 && nullable) return null;
      throw malformed(`string of length ${length}`);
    },
    write(writer, value) {
      if (value !== null) return writer.string(value as string, flexible);
      refuseNull(nullable);
      if (flexible) writer.uvarint(0);
      else writer.int16(-1);
    },
  };
}

function byteField(flexible: boolean, nullable: boolean): Codec {
  return {
    bytesMin: flexible ? 1 : 4,
    read(reader) {
      const length = readLength(reader, flexible, nullable);
      return length < 0 ? null : reader.slice(length);
    },
    write(writer, value) {
      if (value === null) {
        refuseNull(nullable);
        return writeLength(writer, -1, flexible);
      }
      writeLength(writer, (value as Buffer).length, flexible);
      writer.raw(value as Buffer);
    },
  };
}

const fixed: Record<Exclude<ScalarType, "string" | "bytes" | "records">, Codec> = {
  bool: { bytesMin: 1, read: (reader) => reader.bool(), write: (writer, value) => writer.bool(value as boolean) },
  int8: { bytesMin: 1, read: (reader) => reader.int8(), write: (writer, value) => writer.int8(value as number) },
  int16: { bytesMin: 2, read: (reader) => reader.int16(), write: (writer, value) => writer.int16(value as number) },
  int32: { bytesMin: 4, read: (reader) => reader.int32(), write: (writer, value) => writer.int32(value as number) },
  int64: { bytesMin: 8, read: (reader) => reader.int64(), write: (writer, value) => writer.int64(value as bigint) },
  uint16: { bytesMin: 2, read: (reader) => reader.uint16(), write: (writer, value) => writer.uint16(value as number) },
  uint32: { bytesMin: 4, read: (reader) => reader.uint32(), write: (writer, value) => writer.uint32(value as number) },
  float64: {
    bytesMin: 8,
    read: (reader) => reader.float64(),
    write: (writer, value) => writer.float64(value as number),
  },
  uuid: { bytesMin: 16, read: (reader) => reader.uuid(), write: (writer, value) => writer.uuid(value as string) },
};
