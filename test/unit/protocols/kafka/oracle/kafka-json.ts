// Our values and Kafka's JSON of the same message: written for Kafka to read, and compared with what Kafka has read.
import { defaultCheck } from "../../../../../src/protocols/kafka/defaults.ts";
import { type AnyStruct, type FieldType, isArrayType, within } from "../../../../../src/protocols/kafka/schema.ts";

/** The message as Kafka's JsonConverter reads it: every field of the version, unknown tags left out. */
export function kafkaJson(struct: AnyStruct, value: unknown, version: number): string {
  const ours = value as Record<string, unknown>;
  const fields = struct.fields
    .filter((field) => within(version, field.versions))
    .map((field) => `${JSON.stringify(field.name)}:${textOf(field.type, ours[field.name], version)}`);
  return `{${fields.join(",")}}`;
}

function textOf(type: FieldType, value: unknown, version: number): string {
  if (value === null) return "null";
  if (isArrayType(type)) return `[${(value as unknown[]).map((each) => textOf(type[0], each, version)).join(",")}]`;
  if (typeof type !== "string") return kafkaJson(type, value, version);
  if (type === "bytes" || type === "records") return JSON.stringify((value as Buffer).toString("base64"));
  if (type === "float64") return asDecimal(value as number);
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

/** Kafka takes no whole number for a float; and -0 must stay one. */
function asDecimal(value: number): string {
  const text = Object.is(value, -0) ? "-0.0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Whole numbers as text: Kafka writes int64 as numbers that JavaScript would round. */
export function exactIntegers(_: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" && /^-?\d+$/.test(context?.source ?? "") ? context?.source : value;
}

/** Our value in the form of Kafka's JSON. Kafka leaves out what its version has not and tagged defaults; these must be defaults here. */
export function asKafkaSays(struct: AnyStruct, value: unknown, kafka: unknown): unknown {
  const [ours, theirs] = [value as Record<string, unknown>, kafka as Record<string, unknown>];
  const result: Record<string, unknown> = {};
  for (const field of struct.fields) {
    const it = ours[field.name];
    const sizeName = `${field.name}SizeInBytes`;
    if (field.name in theirs) result[field.name] = jsonOf(field.type, it, theirs[field.name]);
    else if (sizeName in theirs) result[sizeName] = String((it as Buffer).length);
    else if (!defaultCheck(field)(it)) result[field.name] = "set, although Kafka says that it is not there";
  }
  return result;
}

function jsonOf(type: FieldType, value: unknown, kafka: unknown): unknown {
  if (value === null || kafka === null) return value;
  if (isArrayType(type))
    return (value as unknown[]).map((each, index) => jsonOf(type[0], each, (kafka as unknown[])[index]));
  if (typeof type !== "string") return asKafkaSays(type, value, kafka);
  // Kafka's JSON writes no record bytes; that they are the same is seen when they are written back.
  if (type === "records") return kafka;
  if (type === "bytes") return (value as Buffer).toString("base64");
  const isInteger = typeof value === "bigint" || (typeof value === "number" && type !== "float64");
  return isInteger ? String(value) : value;
}
