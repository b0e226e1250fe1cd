// What our codec reads is what Kafka's own classes read, field by field, and it writes the same bytes. The answers of Kafka's
// classes are in oracle/wire.txt; oracle/make.ts says how they are made.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultCheck } from "../../../../src/protocols/kafka/defaults.ts";
import { apiByKey, apis } from "../../../../src/protocols/kafka/messages/index.ts";
import { type AnyStruct, type FieldType, isArrayType } from "../../../../src/protocols/kafka/schema.ts";

const cases = readFileSync(join(import.meta.dirname, "oracle/wire.txt"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => {
    const [key, direction, version, hex, ...json] = line.split(" ");
    const api = apiByKey(Number(key));
    const message = direction === "request" ? api?.request : api?.response;
    if (message === undefined || hex === undefined) throw new Error(`not an answer: ${line}`);
    return {
      message,
      name: message.name,
      version: Number(version),
      bytes: Buffer.from(hex, "hex"),
      json: json.join(" "),
    };
  });

test("there are answers for the first and the last version of every message", () => {
  const asked = new Set(cases.map(({ name, version }) => `${name} ${version}`));
  for (const { request, response } of apis) {
    for (const { name, versions } of [request, response]) {
      expect(asked).toContain(`${name} ${versions.min}`);
      expect(asked).toContain(`${name} ${versions.max}`);
    }
  }
});

test.each(cases)("$name v$version is read and written as Kafka does", ({ message, version, bytes, json }) => {
  const value = message.decode(bytes, 0, version);
  expect(asKafkaSays(message.struct as AnyStruct, value, JSON.parse(json, exactIntegers))).toEqual(
    JSON.parse(json, exactIntegers),
  );
  expect(message.encode(value, version)).toEqual(bytes);
});

/** Whole numbers as text: Kafka writes int64 as numbers that JavaScript would round. */
function exactIntegers(_: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" && /^-?\d+$/.test(context?.source ?? "") ? context?.source : value;
}

/** Our value in the form of Kafka's JSON. Kafka leaves out what its version has not and tagged defaults; these must be defaults here. */
function asKafkaSays(struct: AnyStruct, value: unknown, kafka: unknown): unknown {
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
  // Kafka's JSON has no room for record bytes; that they are the same is seen when they are written back.
  if (type === "records") return kafka;
  if (type === "bytes") return (value as Buffer).toString("base64");
  const isInteger = typeof value === "bigint" || (typeof value === "number" && type !== "float64");
  return isInteger ? String(value) : value;
}
