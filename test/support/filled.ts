// Messages with something in every field, made from the schema tables themselves: one element in every array, every field that the
// version carries set. Sweeps use them to reach all of an API at all of its versions.
import {
  type AnyStruct,
  defaultOf,
  type Field,
  type FieldType,
  isArrayType,
  type ScalarType,
  within,
} from "../../src/protocols/kafka/schema.ts";

/** The value of a scalar field, or undefined for the usual one. */
export type Choose = (field: Field, owner: string) => unknown;

const usual: Record<ScalarType, unknown> = {
  bool: true,
  int8: 1,
  int16: 1,
  int32: 1,
  int64: 1n,
  uint16: 1,
  uint32: 1,
  float64: 1,
  string: "thing",
  uuid: "AAAAAAAAAAAAAAAAAAAAAQ",
  bytes: Buffer.alloc(0),
  records: Buffer.alloc(0),
};

export function filled(struct: AnyStruct, version: number, choose: Choose): object {
  const fields = struct.fields.map((field) => [
    field.name,
    within(version, field.versions) ? valueOf(field, version, choose, struct.name) : defaultOf(field)(),
  ]);
  return { ...struct.create(), ...Object.fromEntries(fields) };
}

function valueOf(field: Field, version: number, choose: Choose, owner: string): unknown {
  const chosen = choose(field, owner);
  return chosen === undefined ? typeValue(field.type, version, choose) : chosen;
}

function typeValue(type: FieldType, version: number, choose: Choose): unknown {
  if (isArrayType(type)) return [typeValue(type[0], version, choose)];
  return typeof type === "string" ? usual[type] : filled(type, version, choose);
}
