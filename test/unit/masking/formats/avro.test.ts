// Avro records masked in place. avsc writes them and reads them back: it knows nothing of us.
import avsc from "avsc";
import { describe, expect, test } from "vitest";
import { silentLog } from "../../../../src/base/log.ts";
import { formats, formatsWith } from "../../../../src/masking/formats/index.ts";
import { createMasking } from "../../../../src/masking/mask.ts";
import type { MaskRule } from "../../../../src/model/decision.ts";
import { avroSchema, maskWith, prefixed, redactField, redactTag } from "./registry-in-test.ts";

const R = "[redacted]";

function masked(schema: unknown, value: unknown, rules: readonly MaskRule[]) {
  const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true });
  const mask = maskWith({ "ids/7": avroSchema(schema) }, rules);
  const result = mask(prefixed(7, type.toBuffer(value)));
  expect(result.counts.failed).toEqual({});
  expect(result.value.subarray(0, 5)).toEqual(prefixed(7, Buffer.alloc(0)));
  return { value: type.fromBuffer(result.value.subarray(5)) as unknown, counts: result.counts.masked };
}

const record = (...fields: object[]) => ({ type: "record", name: "Order", namespace: "shop", fields });
const field = (name: string, type: unknown, over: object = {}) => ({ name, type, ...over });
const paths = (...fields: string[]) => fields.map((each) => redactField(each));

describe("a field of Avro", () => {
  const order = record(
    field("id", "long"),
    field("email", "string"),
    field("note", ["null", "string"]),
    field("customer", {
      type: "record",
      name: "Customer",
      fields: [field("name", "string"), field("phones", { type: "array", items: "string" })],
    }),
    field("labels", { type: "map", values: "string" }),
  );
  const value = {
    id: 42,
    email: "a@example.com",
    note: { string: "call me" },
    customer: { name: "Ann", phones: ["1", "2"] },
    labels: { ssn: "123", color: "red" },
  };

  test.each<[string, object]>([
    ["$.email", { email: R }],
    ["$.note", { note: { string: R } }],
    ["$.customer.name", { customer: { name: R, phones: ["1", "2"] } }],
    ["$.customer.phones[*]", { customer: { name: "Ann", phones: [R, R] } }],
    ["$.customer.phones[1]", { customer: { name: "Ann", phones: ["1", R] } }],
    ["$.labels.ssn", { labels: { ssn: R, color: "red" } }],
    ["$..name", { customer: { name: R, phones: ["1", "2"] } }],
    ["$.*", { id: 0, email: R, note: { string: R }, customer: { name: R, phones: [] }, labels: {} }],
    ["$.customer", { customer: { name: R, phones: [] } }],
    ["$.labels", { labels: {} }],
    ["$.id", { id: 0 }],
    ["$.absent", {}],
    ["$.email.deeper", {}],
  ])("%s is masked, and nothing else", (path, expected) => {
    expect(masked(order, value, paths(path)).value).toEqual({ ...value, ...expected });
  });

  test("counts what was masked by rule", () => {
    expect(masked(order, value, paths("$.email", "$.customer.phones[*]", "$.absent")).counts).toEqual({
      "$.email": 1,
      "$.customer.phones[*]": 2,
    });
  });

  test("may be named by an alias of it", () => {
    const schema = record(field("mail", "string", { aliases: ["email"] }));
    expect(masked(schema, { mail: "x" }, paths("$.email")).value).toEqual({ mail: R });
    expect(masked(schema, { mail: "x" }, paths("$.mail", "$.email")).counts).toEqual({ "$.email": 1 });
  });

  test("in a record that holds itself is found at every depth", () => {
    const node = record(field("name", "string"), field("next", ["null", "Order"]));
    const list = { name: "a", next: { "shop.Order": { name: "b", next: null } } };
    const result = { name: R, next: { "shop.Order": { name: R, next: null } } };
    expect(masked(node, list, paths("$..name")).value).toEqual(result);
    expect(masked(node, list, paths("$")).value).toEqual({ name: R, next: null });
  });
});

describe("what takes the place of a value of Avro", () => {
  const uuid = "123e4567-e89b-42d3-a456-426614174000";
  const decimal = { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 };
  test.each<[string, unknown, unknown, unknown]>([
    ["a text", "string", "x", R],
    ["bytes", "bytes", Buffer.from("x"), Buffer.alloc(0)],
    ["an int", "int", 5, 0],
    ["a long", "long", -5, 0],
    ["a float", "float", 0.5, 0],
    ["a double", "double", 0.5, 0],
    ["a boolean", "boolean", true, false],
    ["a fixed", { type: "fixed", name: "F", size: 3 }, Buffer.from("abc"), Buffer.alloc(3)],
    ["an enum's first symbol", { type: "enum", name: "E", symbols: ["A", "B"] }, "B", "A"],
    ["an enum's default", { type: "enum", name: "E", symbols: ["A", "B", "C"], default: "C" }, "B", "C"],
    ["a date", { type: "int", logicalType: "date" }, 20_000, 0],
    ["a time", { type: "long", logicalType: "timestamp-millis" }, 1_700_000_000_000, 0],
    ["a decimal, which is never without bytes", decimal, Buffer.from([4, 210]), Buffer.from([0])],
    ["a UUID, which stays one", { type: "string", logicalType: "uuid" }, uuid, "00000000-0000-0000-0000-000000000000"],
    ["null where there is no text", ["null", "int"], { int: 5 }, null],
    ["null for a UUID that may be missing", ["null", { type: "string", logicalType: "uuid" }], { string: uuid }, null],
    ["a text, also of null", ["null", "string"], null, { string: R }],
    ["a text, whatever it was", ["int", "null", "string"], { int: 5 }, { string: R }],
    ["an empty list", { type: "array", items: "int" }, [1, 2], []],
    ["its zero where a union has neither text nor null", ["int", "boolean"], { boolean: true }, { boolean: false }],
  ])("is %s", (_, type, given, expected) => {
    const schema = record(field("a", "string"), field("x", type), field("b", "string"));
    const result = masked(schema, { a: "before", x: given, b: "after" }, paths("$.x"));
    expect(result.value).toEqual({ a: "before", x: expected, b: "after" });
    expect(result.counts).toEqual({ "$.x": 1 });
  });
});

describe("tags of an Avro schema", () => {
  const customer = {
    type: "record",
    name: "Customer",
    fields: [field("name", "string", { "confluent:tags": ["PII"] }), field("city", "string")],
  };

  test("mark fields at any depth, in lists, maps and unions", () => {
    const schema = record(
      field("owner", ["null", customer]),
      field("all", { type: "array", items: "Customer" }),
      field("by", { type: "map", values: "Customer" }),
      field("name", "string"),
    );
    const one = { name: "Ann", city: "Bonn" };
    const value = { owner: { "shop.Customer": one }, all: [one, one], by: { x: one }, name: "not tagged" };
    const gone = { name: R, city: "Bonn" };
    const result = masked(schema, value, [redactTag("PII")]);
    expect(result.value).toEqual({
      owner: { "shop.Customer": gone },
      all: [gone, gone],
      by: { x: gone },
      name: "not tagged",
    });
    expect(result.counts).toEqual({ PII: 4 });
  });

  test("are known by name: another tag masks nothing, and paths go on working beside them", () => {
    const schema = record(field("owner", customer), field("note", "string"));
    const value = { owner: { name: "Ann", city: "Bonn" }, note: "x" };
    expect(masked(schema, value, [redactTag("SECRET")]).value).toEqual(value);
    expect(masked(schema, value, [redactTag("PII"), redactField("$.note")]).value).toEqual({
      owner: { name: R, city: "Bonn" },
      note: R,
    });
  });

  test("hold for a type wherever it is used", () => {
    const schema = record(
      field("card", { type: "string", "confluent:tags": "PCI" }),
      field("cards", { type: "array", items: { type: "string", "confluent:tags": ["PCI"] } }),
    );
    expect(masked(schema, { card: "4", cards: ["5", "6"] }, [redactTag("PCI")]).value).toEqual({
      card: R,
      cards: [R, R],
    });
  });

  test("come from the registry's metadata too, and through references", () => {
    const order = record(field("owner", "crm.Customer"), field("note", "string"));
    const reference = JSON.stringify({ ...customer, namespace: "crm" });
    const schema = avroSchema(order, {
      references: [{ name: "crm.Customer", text: reference }],
      tags: [
        { pattern: "crm.Customer.c*", tags: ["PLACE"] },
        { pattern: "**.note", tags: ["FREE"] },
      ],
    });
    const registry: Record<string, avsc.Type> = {};
    avsc.Type.forSchema(JSON.parse(reference) as avsc.Schema, { registry });
    const type = avsc.Type.forSchema(order as avsc.Schema, { registry });
    const mask = maskWith({ "ids/1": schema }, [redactTag("PLACE"), redactTag("FREE"), redactTag("PII")]);
    const result = mask(prefixed(1, type.toBuffer({ owner: { name: "Ann", city: "Bonn" }, note: "x" })));
    expect(type.fromBuffer(result.value.subarray(5))).toEqual({ owner: { name: R, city: R }, note: R });
  });
});

describe("Avro that cannot be read to the letter", () => {
  const schema = record(
    field("email", "string"),
    field("flag", "boolean"),
    field("list", { type: "array", items: "null" }),
  );
  const type = avsc.Type.forSchema(schema as avsc.Schema);
  const good = type.toBuffer({ email: "secret", flag: true, list: [null] });
  const mask = maskWith({ "ids/1": avroSchema(schema) }, paths("$.email"));
  const whole = Buffer.from(`"${R}"`);

  test.each<[string, Buffer]>([
    ["bytes that are cut off", prefixed(1, good.subarray(0, -1))],
    ["more than the schema says", prefixed(1, Buffer.concat([good, Buffer.from("secret")]))],
    ["an unknown schema", prefixed(2, good)],
    ["no room for an id", Buffer.from([0, 0, 0])],
    ["a length beyond the end", prefixed(1, Buffer.from([0x7e, 0x41]))],
    ["a negative length", prefixed(1, Buffer.from([0x01, 0x41]))],
    ["a length without an end", prefixed(1, Buffer.alloc(12, 0xff))],
    ["a boolean that is none", prefixed(1, Buffer.concat([good.subarray(0, 7), Buffer.from([2]), good.subarray(8)]))],
    [
      "a list that is endless",
      prefixed(1, Buffer.concat([good.subarray(0, 8), Buffer.from("feffffffffff1f00", "hex")])),
    ],
    ["a block with a false size", prefixed(1, Buffer.concat([good.subarray(0, 8), Buffer.from([0x01, 0x04, 0x00])]))],
  ])("is masked as a whole: %s", (_, value) => {
    const result = mask(value);
    expect(result.value).toEqual(whole);
    expect(result.counts).toEqual({ masked: {}, failed: { "$.email": 1 } });
  });

  test("is refused or passed where the rule says so", () => {
    const bad = prefixed(2, good);
    expect(maskWith({}, [redactField("$.email", { otherwise: "pass" })])(bad).value).toEqual(bad);
    expect(() => maskWith({}, [redactField("$.email", { otherwise: "refuse" })])(bad)).toThrow(/refuses/);
  });

  test("is what all of it is where the cluster has no registry", () => {
    expect(maskWith(null, paths("$.email"))(prefixed(1, good)).value).toEqual(whole);
  });

  test.each([
    ["a type that is not there", { type: "record", name: "A", fields: [field("x", "Missing")] }],
    ["a union in a union", ["null", ["string"]]],
    ["two types of one name", [record(), record()]],
    ["no fields", { type: "record", name: "A" }],
    ["a number", 5],
  ])("has a schema with %s", (_, broken) => {
    expect(maskWith({ "ids/1": avroSchema(broken) }, paths("$.x"))(prefixed(1, good)).value).toEqual(whole);
  });
});

describe("a rule for records with schemas", () => {
  const { problem } = createMasking({ keys: new Map(), formats });

  test("is a mistake that the policy's author hears of where no cluster has a registry", () => {
    expect(problem(redactField("$.a", { format: "avro" }))).toMatch(/avro is not available: it needs a schemaRegistry/);
    expect(problem(redactTag("PII"))).toMatch(/no cluster of the configuration has a schemaRegistry/);
    expect(problem(redactField("$.a"))).toBeNull();
  });

  test("is none where one has", () => {
    const withSchemas = createMasking({ keys: new Map(), formats: formatsWith({ schemas: null, log: silentLog }) });
    expect(withSchemas.problem(redactField("$.a", { format: "protobuf" }))).toBeNull();
    expect(withSchemas.problem(redactTag("PII"))).toBeNull();
  });
});

describe("what is around the masked value", () => {
  test("stays byte for byte: blocks with sizes, numbers longer than need be", () => {
    const schema = record(field("list", { type: "array", items: "string" }), field("n", "long"));
    const mask = maskWith({ "ids/1": avroSchema(schema) }, paths("$.list[1]"));
    // A block of two items with its size (written in two bytes), one of one item without, then a 5 in two bytes.
    const given = Buffer.from([0x03, 0x88, 0x00, 0x02, 0x61, 0x02, 0x62, 0x02, 0x02, 0x63, 0x00, 0x8a, 0x00]);
    const R10 = Buffer.concat([Buffer.from([0x14]), Buffer.from(R)]);
    const expected = [Buffer.from([0x03, 26, 0x02, 0x61]), R10, Buffer.from([0x02, 0x02, 0x63, 0x00, 0x8a, 0x00])];
    expect(mask(prefixed(1, given)).value).toEqual(prefixed(1, Buffer.concat(expected)));
    const other = maskWith({ "ids/1": avroSchema(schema) }, paths("$.list[2]"))(prefixed(1, given)).value;
    expect(other.subarray(5, 13)).toEqual(given.subarray(0, 8));
  });
});

describe("where the schema's id is in a header", () => {
  const schema = record(field("email", "string"));
  const type = avsc.Type.forSchema(schema as avsc.Schema);
  const payload = type.toBuffer({ email: "secret" });
  const guid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
  const header = (bytes: Buffer) => ({ headers: [{ key: Buffer.from("__value_schema_id"), value: bytes }] });
  const guidBytes = Buffer.concat([Buffer.from([1]), Buffer.from(guid.replaceAll("-", ""), "hex")]);
  const mask = maskWith({ [`guids/${guid}`]: avroSchema(schema), "ids/1": avroSchema(schema) }, paths("$.email"));

  test("by its GUID, the payload is Avro from its first byte", () => {
    expect(type.fromBuffer(mask(payload, header(guidBytes)).value)).toEqual({ email: R });
  });

  test("a header comes before what the payload begins with", () => {
    expect(mask(prefixed(1, payload), header(guidBytes)).value).toEqual(Buffer.from(`"${R}"`));
  });

  test("an unknown GUID makes it unreadable, though it may look like a text", () => {
    const text = avsc.Type.forSchema("string").toBuffer("1234567890123456");
    const unknown = Buffer.from(guidBytes.with(16, 0));
    expect(mask(text, header(unknown)).value).toEqual(Buffer.from(`"${R}"`));
    expect(mask(text, header(Buffer.from([9]))).value).toEqual(Buffer.from(`"${R}"`));
  });
});
