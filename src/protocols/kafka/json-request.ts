// A request as JSON → the message that a client would send: for asking ahead, before any client runs. Field names are Kafka's, 64-bit numbers may
// be text, bytes are base 64; what is left out has its default. Whatever the message does not have is refused: a misspelt field would ask for
// something else than was meant.

import { assertNever } from "../../base/assert.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import { type AnyStruct, type FieldType, isArrayType, type ScalarType } from "./schema.ts";

/** Throws LockkeeperError `message-malformed`; its message names the field and says what is expected. */
export function structFromJson(struct: AnyStruct, json: JsonObject, at: string = struct.name): object {
  const init: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const field = struct.fields.find((one) => one.name === name);
    if (field === undefined) throw wrong(`${at}.${name}`, `no such field; there are: ${namesOf(struct)}`);
    init[name] = valueFromJson(field.type, value ?? null, field.nullable !== undefined, `${at}.${name}`);
  }
  return struct.create(init);
}

/** The newest version that carries every field that the JSON names: a topic's name or its id, which no version has both of. */
export function newestVersion(struct: AnyStruct, json: JsonObject): number {
  const versions = Object.entries(json).map(([name, value]) => {
    const field = struct.fields.find((one) => one.name === name);
    if (field === undefined) return Number.POSITIVE_INFINITY;
    return Math.min(field.versions[1], newestOf(field.type, value ?? null));
  });
  return Math.min(...versions);
}

function newestOf(type: FieldType, value: Json): number {
  if (value === null || typeof value !== "object") return Number.POSITIVE_INFINITY;
  if (isList(value)) return isArrayType(type) ? Math.min(...value.map((item) => newestOf(type[0], item))) : 0;
  return typeof type === "string" || isArrayType(type) ? 0 : newestVersion(type, value);
}

function namesOf({ fields }: AnyStruct): string {
  return fields.map(({ name }) => name).join(", ");
}

function valueFromJson(type: FieldType, value: Json, nullable: boolean, at: string): unknown {
  if (value === null) {
    if (nullable) return null;
    throw wrong(at, "null is not possible here");
  }
  if (isArrayType(type)) {
    if (!isList(value)) throw wrong(at, "a list is expected");
    const [element] = type;
    return value.map((item, index) => valueFromJson(element, item, false, `${at}[${index}]`));
  }
  if (typeof type !== "string") {
    if (typeof value !== "object" || isList(value)) throw wrong(at, "an object is expected");
    return structFromJson(type, value, at);
  }
  return scalarFromJson(type, value, at);
}

const integers = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
} as const satisfies Partial<Record<ScalarType, readonly [number, number]>>;

type IntegerType = keyof typeof integers;

function isInteger(type: ScalarType): type is IntegerType {
  return Object.hasOwn(integers, type);
}

function scalarFromJson(type: ScalarType, value: Json, at: string): unknown {
  if (isInteger(type)) {
    const range = integers[type];
    if (typeof value === "number" && Number.isInteger(value) && value >= range[0] && value <= range[1]) return value;
    throw wrong(at, `a whole number from ${range[0]} to ${range[1]} is expected`);
  }
  switch (type) {
    case "bool":
      if (typeof value === "boolean") return value;
      throw wrong(at, "true or false is expected");
    case "int64":
      if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
      if (typeof value === "string" && /^-?\d{1,19}$/.test(value)) return BigInt.asIntN(64, BigInt(value));
      throw wrong(at, "a whole number is expected, as text where it is large");
    case "float64":
      if (typeof value === "number") return value;
      throw wrong(at, "a number is expected");
    case "string":
    case "uuid":
      if (typeof value === "string") return value;
      throw wrong(at, "a text is expected");
    case "bytes":
    case "records":
      if (typeof value === "string") return Buffer.from(value, "base64");
      throw wrong(at, "bytes in base 64 are expected");
    default:
      return assertNever(type);
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function wrong(at: string, what: string): LockkeeperError {
  return new LockkeeperError("message-malformed", `${at}: ${what}`);
}
