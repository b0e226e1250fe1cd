// Every method on every type of Avro and Protobuf: what comes out is read by libraries that know nothing of us, and is not what it was.
import avsc from "avsc";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { Sensitive } from "../../../../src/base/sensitive.ts";
import type { MethodCall } from "../../../../src/model/decision.ts";
import { avroSchema, maskWith, prefixed, redactField, registered } from "./registry-in-test.ts";

const keys = new Map([["pii", { id: "k1", secret: new Sensitive("0123456789abcdef0123456789abcdef") }]]);
const methods: readonly MethodCall[] = [
  { name: "redact", options: {} },
  { name: "constant", options: { value: "x" } },
  { name: "constant", options: { value: 7 } },
  { name: "constant", options: { value: true } },
  { name: "null", options: {} },
  { name: "drop", options: {} },
  { name: "partial", options: { first: 1 } },
  { name: "hash", options: { key: "pii" } },
  { name: "token", options: { key: "pii" } },
  { name: "fpe", options: { key: "pii" } },
  { name: "truncate-date", options: { to: "year" } },
  { name: "bucket", options: { size: 1_000 } },
];
const named = methods.map((method) => [`${method.name} ${JSON.stringify(method.options)}`, method] as const);
const masks = (method: MethodCall) => [redactField("$.x", { method, otherwise: "refuse" })];

const uuid = { type: "string", logicalType: "uuid" };
const decimal = { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 };
const fixed = { type: "fixed", name: "Five", size: 5 };
const symbols = { type: "enum", name: "Kind", symbols: ["NEW", "OLD", "GONE"] };
const avroTypes: readonly (readonly [name: string, type: unknown, value: unknown])[] = [
  ["string", "string", "4539578763621486"],
  ["bytes", "bytes", Buffer.from("4539578763621486")],
  ["int", "int", 1_234_567],
  ["long", "long", 123_456_789_012],
  ["float", "float", 1_234.5],
  ["double", "double", -123_456.75],
  ["boolean", "boolean", true],
  ["fixed", fixed, Buffer.from("abcde")],
  ["enum", symbols, "OLD"],
  ["uuid", uuid, "123e4567-e89b-42d3-a456-426614174000"],
  ["decimal", decimal, Buffer.from([0x0f, 0x42, 0x41])],
  ["date", { type: "int", logicalType: "date" }, 20_000],
  ["time of day", { type: "int", logicalType: "time-millis" }, 45_296_789],
  ["timestamp", { type: "long", logicalType: "timestamp-millis" }, 1_767_323_045_678],
  ["null or text", ["null", "string"], { string: "4539578763621486" }],
  ["null or int", ["null", "int"], { int: 1_234_567 }],
  ["int or boolean", ["int", "boolean"], { int: 1_234_567 }],
  ["list", { type: "array", items: "string" }, ["4539578763621486"]],
  ["record", { type: "record", name: "In", fields: [{ name: "y", type: ["int", "null"] }] }, { y: { int: 1_234_567 } }],
];

describe.each(named)("Avro, by %s", (_, method) => {
  test.each(avroTypes)("%s stays valid and hides what it was", (_name, type, value) => {
    const fields = ["a", "x", "b"].map((name) => ({ name, type: name === "x" ? type : "string" }));
    const schema = { type: "record", name: "Order", fields };
    const codec = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true });
    const given = { a: "before", x: value, b: "after" };
    const mask = maskWith({ "ids/1": avroSchema(schema) }, masks(method), keys);
    const result = mask(prefixed(1, codec.toBuffer(given)));
    const read = codec.fromBuffer(result.value.subarray(5)) as typeof given;
    expect(read).toEqual({ a: "before", x: read.x, b: "after" });
    expect(codec.isValid(read)).toBe(true);
    // A boolean has two values, and one of them may be the constant.
    if (value !== true) expect(read.x).not.toEqual(value);
    expect(result.counts).toEqual({ masked: { "$.x": 1 }, failed: {} });
  });
});

const protoTypes: readonly (readonly [type: string, value: unknown])[] = [
  ["string", "4539578763621486"],
  ["bytes", Buffer.from("4539578763621486")],
  ["int32", -1_234_567],
  ["sint64", "-123456789012"],
  ["uint64", "123456789012"],
  ["fixed32", 1_234_567],
  ["sfixed64", "-123456789012"],
  ["float", 1_234.5],
  ["double", -123_456.75],
  ["bool", true],
  ["Kind", "OLD"],
  ["In", { y: 1_234_567 }],
];

describe.each(named)("Protobuf, by %s", (_, method) => {
  test.each(protoTypes)("%s stays valid and hides what it was", (type, value) => {
    const text = `syntax = "proto3"; message Order { string a = 1; optional ${type} x = 2; string b = 3; }
      message In { int32 y = 1; } enum Kind { NEW = 0; OLD = 1; GONE = 5; }`;
    const codec = protobuf.parse(text, { keepCase: true }).root.lookupType("Order");
    const mask = maskWith({ "ids/1": registered("PROTOBUF", text) }, masks(method), keys);
    const payload = codec.encode(codec.fromObject({ a: "before", x: value, b: "after" })).finish();
    const result = mask(prefixed(1, Buffer.concat([Buffer.from([0]), payload])));
    const message = codec.decode(result.value.subarray(6));
    const read = codec.toObject(message, { longs: String, bytes: Buffer, enums: String });
    expect(codec.verify(codec.toObject(message))).toBeNull();
    expect({ ...read, x: 0 }).toEqual({ a: "before", x: 0, b: "after" });
    if (value !== true) expect(read["x"]).not.toEqual(value);
    expect(result.counts).toEqual({ masked: { "$.x": 1 }, failed: {} });
    expect("x" in read).toBe(method.name !== "drop" && method.name !== "null");
  });

  test("a moment stays a moment", () => {
    const text = `syntax = "proto3"; import "google/protobuf/timestamp.proto"; message Order { google.protobuf.Timestamp x = 1; }`;
    const mask = maskWith({ "ids/1": registered("PROTOBUF", text) }, masks(method), keys);
    const moment = Buffer.from([0x0a, 0x09, 0x08, 0x80, 0x80, 0x80, 0x80, 0x08, 0x10, 0x80, 0x08]); // 2^31 s, 1024 ns
    const { value } = mask(prefixed(1, Buffer.concat([Buffer.from([0]), moment])));
    expect(value.subarray(6).equals(moment)).toBe(false);
  });
});

test("Avro: a date is truncated, a decimal and an int are put into buckets, a text is hashed alike everywhere", () => {
  const fields = [
    { name: "born", type: { type: "int", logicalType: "date" } },
    { name: "price", type: decimal },
    { name: "age", type: "int" },
    { name: "mail", type: ["null", "string"] },
  ];
  const schema = { type: "record", name: "Order", fields };
  const codec = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true });
  const rule = (field: string, method: MethodCall) => redactField(field, { method });
  const mask = maskWith(
    { "ids/1": avroSchema(schema) },
    [
      rule("$.born", { name: "truncate-date", options: { to: "year" } }),
      rule("$.price", { name: "bucket", options: { size: 100 } }),
      rule("$.age", { name: "bucket", options: { size: 10 } }),
      rule("$.mail", { name: "partial", options: { first: 2 } }),
    ],
    keys,
  );
  const day = 20_000; // 2024-10-04
  const given = { born: day, price: Buffer.from([0x30, 0x39]), age: 47, mail: { string: "ann@example.com" } };
  const read = codec.fromBuffer(mask(prefixed(1, codec.toBuffer(given))).value.subarray(5));
  const newYear = Date.UTC(2024, 0, 1) / 86_400_000;
  // 123.45 → 100.00
  expect(read).toEqual({
    born: newYear,
    price: Buffer.from([0x27, 0x10]),
    age: 40,
    mail: { string: "an*************" },
  });
});
