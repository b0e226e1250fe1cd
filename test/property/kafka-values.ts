// Random values for any message × version, made from the schema tables themselves: every field that the version carries, unknown
// tagged fields between the known ones, nulls where they may be. Fields that the version does not carry keep their default.
import * as fc from "fast-check";
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from "../../src/protocols/kafka/messages/consumer-protocol.ts";
import { requestHeader, responseHeader } from "../../src/protocols/kafka/messages/headers.ts";
import { apis } from "../../src/protocols/kafka/messages/index.ts";
import {
  type AnyStruct,
  type Field,
  type FieldType,
  isArrayType,
  type Message,
  noTaggedFields,
  type ScalarType,
  within,
} from "../../src/protocols/kafka/schema.ts";

/** Every message that the gateway reads: of each API both, the headers, and what consumers say to each other. */
export const everyMessage = [
  ...apis.flatMap(({ request, response }) => [request, response]),
  requestHeader,
  responseHeader,
  consumerProtocolSubscription,
  consumerProtocolAssignment,
] as readonly Message<object>[];

/** Kafka's writer keeps this tag for itself, and refuses to write it. */
const kafkasOwnTag = 0x7fffffff;

const utf8 = fc.string({ unit: "binary", maxLength: 6 });
const longAscii = fc.string({ unit: "grapheme-ascii", minLength: 40, maxLength: 140 });
const bytes = fc.uint8Array({ maxLength: 12 }).map((each) => Buffer.from(each));
const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((each) => Buffer.from(each).toString("base64url"));

const scalars: Record<ScalarType, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  int32: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  uint32: fc.integer({ min: 0, max: 0xffffffff }),
  float64: fc.double({ noNaN: true }),
  string: fc.oneof({ weight: 5, arbitrary: utf8 }, { weight: 1, arbitrary: longAscii }),
  uuid,
  bytes,
  records: bytes,
};

export function valueOf(struct: AnyStruct, version: number, flexible: boolean): fc.Arbitrary<object> {
  const present = struct.fields.filter((field) => within(version, field.versions));
  const parts = Object.fromEntries(present.map((field) => [field.name, fieldOf(field, version, flexible)]));
  const known = new Set(struct.fields.map((field) => field.tag));
  return fc
    .record({ parts: fc.record(parts), tags: flexible ? unknownTags(known) : fc.constant(noTaggedFields) })
    .map(({ parts: fields, tags }) => ({ ...struct.create(), ...fields, unknownTaggedFields: tags }));
}

function fieldOf(field: Field, version: number, flexible: boolean): fc.Arbitrary<unknown> {
  const value = typeOf(field.type, version, flexible);
  return within(version, field.nullable) ? fc.option(value, { freq: 5 }) : value;
}

function typeOf(type: FieldType, version: number, flexible: boolean): fc.Arbitrary<unknown> {
  if (isArrayType(type)) return fc.array(typeOf(type[0], version, flexible), { maxLength: 2, size: "max" });
  return typeof type === "string" ? scalars[type] : valueOf(type, version, flexible);
}

function unknownTags(known: ReadonlySet<number | undefined>) {
  const tag = fc
    .oneof(fc.integer({ min: 0, max: 6 }), fc.nat({ max: kafkasOwnTag - 1 }))
    .filter((each) => !known.has(each));
  const some = fc.uniqueArray(fc.record({ tag, data: bytes }), { maxLength: 2, selector: (each) => each.tag });
  return some.map((tags) => tags.toSorted((a, b) => a.tag - b.tag));
}
