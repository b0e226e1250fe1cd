// Protobuf records masked in place. protobufjs writes them and reads them back, or the bytes are written by hand.
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import type { RegisteredSchema } from "../../../../src/masking/registry/schema.ts";
import type { MaskRule } from "../../../../src/model/decision.ts";
import { maskWith, prefixed, redactField, redactTag, registered } from "./registry-in-test.ts";

const R = "[redacted]";
const whole = Buffer.from(`"${R}"`);
const paths = (...fields: string[]) => fields.map((each) => redactField(each));

interface Setting {
  /** Message indexes as they stand behind the id; 0 for the first message. */
  readonly indexes?: readonly number[];
  readonly type?: string;
  readonly schema?: Partial<RegisteredSchema>;
}

function setUp(text: string, { indexes = [0], type = "Order", schema = {} }: Setting = {}) {
  const root = protobuf.parse(text, { keepCase: true }).root;
  const message = root.lookupType(type);
  const frame = (payload: Uint8Array) => prefixed(7, Buffer.concat([Buffer.from(indexes), payload]));
  const known = { "ids/7": registered("PROTOBUF", text, schema) };
  return {
    frame,
    encode: (value: object) => Buffer.from(message.encode(message.fromObject(value)).finish()),
    mask: (payload: Uint8Array, rules: readonly MaskRule[]) => {
      const { value, counts } = maskWith(known, rules)(frame(payload));
      const start = 5 + indexes.length;
      expect(value.subarray(0, start)).toEqual(frame(Buffer.alloc(0)));
      return { payload: value.subarray(start), counts };
    },
    raw: (value: Uint8Array, rules: readonly MaskRule[]) => maskWith(known, rules)(value),
    decode: (payload: Uint8Array) =>
      message.toObject(message.decode(payload), { longs: String, bytes: Buffer, enums: String }),
  };
}

function masked(text: string, value: object, rules: readonly MaskRule[], setting: Setting = {}): unknown {
  const { encode, mask, decode } = setUp(text, setting);
  const { payload, counts } = mask(encode(value), rules);
  expect(counts.failed).toEqual({});
  return decode(payload);
}

const order = `syntax = "proto3"; package shop;
message Order {
  int64 id = 1; string email = 2; optional string note = 3; Customer customer = 4; map<string, string> labels = 5;
  repeated string tags = 6; repeated int32 numbers = 7; map<int32, Customer> by_id = 8; repeated Customer all = 9;
  oneof contact { string mail_address = 10; int32 extension_number = 11; }
  Kind kind = 12; double price = 13; bool open = 14; bytes blob = 15; sint64 delta = 16; fixed32 word = 17;
}
message Customer { string name = 1; repeated string phones = 2; Customer boss = 3; }
enum Kind { OLD = 0; NEW = 1; }`;
const ann = { name: "Ann", phones: ["1", "2"] };
const sample = {
  id: "42",
  email: "a@example.com",
  note: "call me",
  customer: { ...ann, boss: { name: "Bob" } },
  labels: { ssn: "123", color: "red" },
  tags: ["x", "y"],
  numbers: [1, 200, 3],
  by_id: { 5: ann, 6: ann },
  all: [ann, { name: "Eve" }],
  mail_address: "b@example.com",
  kind: "NEW",
  price: 9.5,
  open: true,
  blob: Buffer.from("blob"),
  delta: "-7",
  word: 9,
};

describe("a field of Protobuf", () => {
  test.each<[string, object]>([
    ["$.email", { email: R }],
    ["$.note", { note: R }],
    ["$.id", { id: undefined }],
    ["$.customer.name", { customer: { name: R, phones: ["1", "2"], boss: { name: "Bob" } } }],
    ["$.customer..name", { customer: { name: R, phones: ["1", "2"], boss: { name: R } } }],
    ["$.customer.phones[*]", { customer: { name: "Ann", phones: [R, R], boss: { name: "Bob" } } }],
    ["$.customer.phones", { customer: { name: "Ann", boss: { name: "Bob" } } }],
    ["$.all[1].name", { all: [ann, { name: R }] }],
    ["$.all[*].phones[1]", { all: [{ name: "Ann", phones: ["1", R] }, { name: "Eve" }] }],
    ["$.labels.ssn", { labels: { ssn: R, color: "red" } }],
    ["$.labels", { labels: undefined }],
    ["$.by_id['5'].name", { by_id: { 5: { name: R, phones: ["1", "2"] }, 6: ann } }],
    ["$.byId.*.phones", { by_id: { 5: { name: "Ann" }, 6: { name: "Ann" } } }],
    ["$.numbers[1]", { numbers: [1, 0, 3] }],
    ["$.numbers[*]", { numbers: [0, 0, 0] }],
    ["$.tags[0]", { tags: [R, "y"] }],
    ["$.mail_address", { mail_address: R }],
    ["$.mailAddress", { mail_address: R }],
    ["$.kind", { kind: undefined }],
    ["$.price", { price: undefined }],
    ["$.open", { open: undefined }],
    ["$.blob", { blob: undefined }],
    ["$.delta", { delta: undefined }],
    ["$.word", { word: undefined }],
    ["$.customer", { customer: {} }],
    ["$.absent", {}],
    ["$.customer.absent", {}],
    // In proto3 a field that is zero is not there.
  ])("%s is masked, and nothing else", (path, expected) => {
    const clean = Object.fromEntries(
      Object.entries({ ...sample, ...expected }).filter(([, each]) => each !== undefined),
    );
    expect(masked(order, sample, paths(path), { type: "shop.Order" })).toEqual(clean);
  });

  test("as the whole message leaves an empty one", () => {
    expect(masked(order, sample, paths("$"), { type: "shop.Order" })).toEqual({});
  });

  test("is masked however often it comes, since readers take the last", () => {
    const { encode, mask, decode } = setUp(order, { type: "shop.Order" });
    const twice = Buffer.concat([encode({ email: "first" }), encode({ id: 1 }), encode({ email: "second" })]);
    const { payload, counts } = mask(twice, paths("$.email"));
    expect(payload.includes("first") || payload.includes("second")).toBe(false);
    expect(decode(payload)).toEqual({ email: R, id: "1" });
    expect(counts.masked).toEqual({ "$.email": 2 });
  });

  test("counts on in a message that comes in pieces, as readers join them", () => {
    const { encode, mask, decode } = setUp(order, { type: "shop.Order" });
    const pieces = ["1", "2"].map((phone) => encode({ customer: { phones: [phone] } }));
    expect(decode(mask(Buffer.concat(pieces), paths("$.customer.phones[1]")).payload)).toEqual({
      customer: { phones: ["1", R] },
    });
  });

  test("goes where it comes in another wire type than its own: no reader takes it for the field", () => {
    const { encode, mask } = setUp(order, { type: "shop.Order" });
    const rest = encode({ id: 1 });
    const asNumber = Buffer.from([0x10, 0x2a]); // email as a varint
    const asFixed = Buffer.concat([Buffer.from([0x15]), Buffer.from("ssn!")]); // email as four bytes
    expect(mask(Buffer.concat([asNumber, rest, asFixed]), paths("$.email")).payload).toEqual(rest);
    expect(mask(Buffer.concat([asNumber, rest]), paths("$.note")).payload).toEqual(Buffer.concat([asNumber, rest]));
  });

  test("is found in a list that is packed, or not, whatever the schema says", () => {
    const { mask, decode } = setUp(order, { type: "shop.Order" });
    const unpacked = Buffer.from([0x38, 0x01, 0x38, 0x02, 0x3a, 0x02, 0x03, 0x04]);
    expect(decode(mask(unpacked, paths("$.numbers[1]", "$.numbers[3]")).payload)).toEqual({ numbers: [1, 0, 3, 0] });
  });
});

describe("what the schema does not know", () => {
  const { encode, mask } = setUp(order, { type: "shop.Order" });
  const unknown = Buffer.concat([Buffer.from([0xa2, 0x06, 0x06]), Buffer.from("hidden")]); // field 100
  const group = Buffer.from([0xab, 0x06, 0x08, 0x01, 0xac, 0x06]); // field 101, a group
  const given = Buffer.concat([unknown, encode({ email: "x" }), group]);

  test("stays byte for byte where every path names a field that is there", () => {
    const { payload } = mask(given, paths("$.email", "$.customer.name"));
    expect(payload).toEqual(Buffer.concat([unknown, encode({ email: R }), group]));
  });

  test("goes where a path names a field that is not: it may be that one, written by a newer schema", () => {
    expect(mask(given, paths("$.phone")).payload).toEqual(encode({ email: "x" }));
    expect(mask(given, paths("$.*")).payload).toEqual(encode({ email: R }));
    expect(mask(given, paths("$..name")).payload).toEqual(encode({ email: "x" }));
  });

  test("is looked at in the message that the path leads to, not elsewhere", () => {
    const inside = Buffer.concat([Buffer.from([0x22, unknown.length]), unknown]); // customer
    const { payload } = mask(Buffer.concat([unknown, inside]), paths("$.customer.phone"));
    expect(payload).toEqual(Buffer.concat([unknown, Buffer.from([0x22, 0])]));
  });
});

describe("messages within messages", () => {
  test("have lengths that follow what is in them, over every level", () => {
    const text = `syntax = "proto3"; message Order { Order in = 1; string email = 2; }`;
    const deep = (email: string) => {
      let message: object = { email };
      for (let depth = 0; depth < 60; depth++) message = { in: message };
      return message;
    };
    expect(masked(text, deep("x"), paths("$..email"))).toEqual(deep(R));
    expect(masked(text, deep("x".repeat(300)), paths("$..email"))).toEqual(deep(R));
  });

  test("may be groups", () => {
    const text = `syntax = "proto2"; message Order { optional group Item = 1 { optional string name = 2; required int32 n = 3; } optional string end = 4; }`;
    const { mask } = setUp(text);
    const name = Buffer.from([0x12, 0x01, 0x61]);
    const end = Buffer.from([0x22, 0x01, 0x62]);
    const item = (...inside: Buffer[]) => Buffer.concat([Buffer.from([0x0b]), ...inside, Buffer.from([0x0c]), end]);
    const masks = (path: string) => mask(item(name, Buffer.from([0x18, 0x05])), paths(path)).payload;
    const redacted = Buffer.concat([Buffer.from([0x12, 10]), Buffer.from(R)]);
    expect(masks("$.item.name")).toEqual(item(redacted, Buffer.from([0x18, 0x05])));
    expect(masks("$.item")).toEqual(item(Buffer.from([0x18, 0x00])));
  });

  test("keep the fields that they require", () => {
    const text = `syntax = "proto2"; message Order { required Item item = 1; required string email = 2; }
      message Item { required string name = 1; required Kind kind = 2; optional int32 n = 3; required In in = 4; }
      message In { required bool yes = 1; } enum Kind { B = 3; A = 0; }`;
    const item = { name: "n", kind: "A", n: 5, in: { yes: true } };
    expect(masked(text, { item, email: "x" }, paths("$.item"))).toEqual({
      item: { name: R, kind: "B", in: { yes: false } },
      email: "x",
    });
  });
});

describe("well-known types", () => {
  const text = `syntax = "proto3"; import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
    import "google/protobuf/any.proto"; import "missing/one.proto";
    message Order { google.protobuf.Timestamp at = 1; google.protobuf.StringValue name = 2; google.protobuf.Int64Value n = 3;
      google.protobuf.Any any = 4; missing.One other = 5; string email = 6; }`;
  const { mask } = setUp(text.replace('import "missing/one.proto";', "").replace("missing.One other", "bytes other"), {
    schema: { text },
  });
  const field = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);
  const at = field(1, Buffer.from([0x08, 0x7b, 0x10, 0x05]));
  const name = field(2, Buffer.concat([Buffer.from([0x0a, 0x03]), Buffer.from("Ann")]));
  const any = field(4, Buffer.from("anything"));
  const other = field(5, Buffer.from("whatever"));

  test("are masked as the one value that they stand for", () => {
    const redacted = field(2, Buffer.concat([Buffer.from([0x0a, 10]), Buffer.from(R)]));
    expect(mask(Buffer.concat([at, name]), paths("$.name")).payload).toEqual(Buffer.concat([at, redacted]));
    expect(mask(Buffer.concat([at, name]), paths("$.at")).payload).toEqual(
      Buffer.concat([field(1, Buffer.alloc(0)), name]),
    );
  });

  test("that hold anything, and types that are missing, lose it where a path leads into them", () => {
    const both = Buffer.concat([any, other]);
    const none = Buffer.alloc(0);
    expect(mask(both, paths("$.email")).payload).toEqual(both);
    expect(mask(both, paths("$.any.secret")).payload).toEqual(Buffer.concat([field(4, none), other]));
    expect(mask(both, paths("$.other.secret")).payload).toEqual(Buffer.concat([any, field(5, none)]));
    expect(mask(both, paths("$..secret")).payload).toEqual(Buffer.concat([field(4, none), field(5, none)]));
  });
});

describe("tags of a Protobuf schema", () => {
  const text = `syntax = "proto3"; import "confluent/meta.proto"; import "customer.proto";
    message Order {
      string email = 1 [(confluent.field_meta).tags = "PII", (confluent.field_meta).tags = "CONTACT"];
      string note = 2 [(confluent.field_meta) = { doc: "free text", tags: ["FREE", "PII"] }];
      crm.Customer customer = 3; Secret secret = 4; string city = 5;
    }
    message Secret { option (confluent.message_meta).tags = "SECRET"; string word = 1; }`;
  const customer = `syntax = "proto3"; package crm; message Customer { string name = 1 [(confluent.field_meta).tags = "PII"]; string city = 2; }`;
  const plain = `syntax = "proto3"; message Order { string email = 1; string note = 2; Customer customer = 3; Secret secret = 4; string city = 5; }
    message Customer { string name = 1; string city = 2; } message Secret { string word = 1; }`;
  const schema = {
    text,
    references: [{ name: "customer.proto", text: customer }],
    tags: [{ pattern: "crm.*.city", tags: ["PLACE"] }],
  };
  const value = {
    email: "e",
    note: "n",
    customer: { name: "Ann", city: "Bonn" },
    secret: { word: "w" },
    city: "Rome",
  };

  test.each<[string, object]>([
    ["PII", { email: R, note: R, customer: { name: R, city: "Bonn" } }],
    ["CONTACT", { email: R }],
    ["FREE", { note: R }],
    ["SECRET", { secret: {} }],
    ["PLACE", { customer: { name: "Ann", city: R } }],
    ["OTHER", {}],
  ])("%s masks every field that has it", (tag, expected) => {
    expect(masked(plain, value, [redactTag(tag)], { schema })).toEqual({ ...value, ...expected });
  });
});

describe("which message it is", () => {
  const text = `syntax = "proto3"; message First { string email = 1; }
    message Order { string email = 1; message In { string email = 2; } enum E { A = 0; } message Other { string email = 3; } }
    message Maps { map<string, string> m = 1; message A { string email = 1; } message B { string email = 2; } }`;

  test.each<[string, readonly number[], string]>([
    ["First", [0], "the first, said in short"],
    ["First", [2, 0], "the first, said in full"],
    ["Order", [2, 2], "the second"],
    ["Order.In", [4, 2, 0], "one inside of it"],
    ["Order.Other", [4, 2, 2], "the second inside of it"],
    ["Maps.A", [4, 4, 0], "the first beside a map"],
  ])("%s by the indexes %j: %s", (type, indexes) => {
    expect(masked(text, { email: "x" }, paths("$.email"), { type, indexes })).toEqual({ email: R });
  });

  test.each<[string, readonly number[]]>([
    ["is none: beyond the last", [2, 6]],
    ["is none: below zero", [2, 1]],
    ["is none: no indexes at all", []],
    ["is none: too many", [0xfe, 0xff, 0x03]],
    ["is not clear: beside a map clients count in two ways", [4, 4, 2]],
  ])("%s", (_, indexes) => {
    const { raw, frame } = setUp(text, { type: "First", indexes });
    expect(raw(frame(Buffer.from([0x0a, 0x01, 0x78])), paths("$.email")).value).toEqual(whole);
  });

  test("may be said in the header, behind the GUID", () => {
    const guid = Buffer.concat([Buffer.from([1]), Buffer.alloc(16, 0xab)]);
    const known = { "guids/abababab-abab-abab-abab-abababababab": registered("PROTOBUF", text) };
    const headers = [{ key: Buffer.from("__value_schema_id"), value: Buffer.concat([guid, Buffer.from([2, 2])]) }];
    const result = maskWith(known, paths("$.email"))(Buffer.from([0x0a, 0x01, 0x78]), { headers });
    expect(result.value).toEqual(Buffer.concat([Buffer.from([0x0a, 10]), Buffer.from(R)]));
  });
});

describe("Protobuf that cannot be read to the letter", () => {
  const { raw, frame, encode } = setUp(order, { type: "shop.Order" });
  const good = encode({ customer: { name: "Ann" } });
  const bytes = (...each: number[]) => Buffer.from(each);

  test.each<[string, Buffer]>([
    ["bytes that are cut off", good.subarray(0, -1)],
    ["a length beyond the message around it", Buffer.concat([bytes(0x22, 0x03, 0x0a, 0x05), Buffer.from("secret")])],
    ["the field number 0", bytes(0x00, 0x01)],
    ["a wire type that there is not", bytes(0x0e)],
    ["the end of a group that did not begin", bytes(0x0c)],
    ["a group without an end", bytes(0xab, 0x06, 0x08, 0x01)],
    ["a group that ends as another", bytes(0xab, 0x06, 0xb4, 0x06)],
    ["a number without an end", Buffer.alloc(12, 0xff)],
    ["a tag of more than 32 bits", bytes(0x92, 0x80, 0x80, 0x80, 0x80, 0x01, 0x01, 0x78)],
    ["two keys in one entry", bytes(0x2a, 0x06, 0x0a, 0x01, 0x61, 0x0a, 0x01, 0x62)],
    ["endless groups", Buffer.alloc(2_000, 0x0b)],
  ])("is masked as a whole: %s", (_, payload) => {
    const result = raw(frame(payload), paths("$.email", "$.labels.x", "$.customer.name"));
    expect(result.value).toEqual(whole);
    expect(result.counts.masked).toEqual({});
  });

  test("numbers that are longer than need be are read, as readers do, and stay so", () => {
    const { mask } = setUp(order, { type: "shop.Order" });
    const long = Buffer.concat([bytes(0x92, 0x80, 0x00, 0x81, 0x80, 0x00), Buffer.from("x"), bytes(0x88, 0x00, 0x01)]);
    expect(mask(long, paths("$.email")).payload).toEqual(
      Buffer.concat([bytes(0x92, 0x80, 0x00, 10), Buffer.from(R), bytes(0x88, 0x00, 0x01)]),
    );
  });

  test.each([
    ["no Protobuf", "message {"],
    ["a name that would be lost", `syntax = "proto3"; message __proto__ { } message Order { string email = 1; }`],
  ])("has a schema that is %s", (_, text) => {
    const known = { "ids/7": registered("PROTOBUF", text) };
    expect(maskWith(known, paths("$.email"))(frame(good)).value).toEqual(whole);
  });
});

describe("a schema in Base64", () => {
  // FileDescriptorProto: package shop, message Order { string email = 1 [tags PII]; map<string, string> labels = 2; message In { … } }
  const bytes = (number: number, content: Buffer | string) => {
    const body = Buffer.from(content);
    return Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
  };
  const varint = (given: number) => {
    const out: number[] = [];
    for (let left = given; ; left >>>= 7) {
      if (left < 0x80) return Buffer.from([...out, left]);
      out.push((left & 0x7f) | 0x80);
    }
  };
  const int = (number: number, given: number) => Buffer.concat([varint(number * 8), varint(given)]);
  const field = (name: string, number: number, type: number, ...more: Buffer[]) =>
    bytes(2, Buffer.concat([bytes(1, name), int(3, number), int(4, 1), int(5, type), ...more]));
  const entry = bytes(
    3,
    Buffer.concat([bytes(1, "LabelsEntry"), field("key", 1, 9), field("value", 2, 9), bytes(7, int(7, 1))]),
  );
  const tags = bytes(8, bytes(1088, bytes(3, "PII")));
  const message = Buffer.concat([
    bytes(1, "Order"),
    field("email", 1, 9, tags),
    bytes(
      2,
      Buffer.concat([bytes(1, "labels"), int(3, 2), int(4, 3), int(5, 11), bytes(6, ".shop.Order.LabelsEntry")]),
    ),
    entry,
    bytes(3, Buffer.concat([bytes(1, "In"), field("email", 1, 9)])),
    field("in", 3, 11, bytes(6, ".shop.Order.In")),
  ]);
  const file = Buffer.concat([bytes(1, "order.proto"), bytes(2, "shop"), bytes(4, message), bytes(12, "proto3")]);
  const text = `syntax = "proto3"; message Order { string email = 1; map<string, string> labels = 2; In in = 3; message In { string email = 1; } }`;
  const schema = { text: file.toString("base64") };
  const value = { email: "e", labels: { a: "1", b: "2" }, in: { email: "f" } };

  test("is read like the text that it stands for, tags included", () => {
    expect(masked(text, value, paths("$.labels.a", "$.in.email"), { schema })).toEqual({
      email: "e",
      labels: { a: R, b: "2" },
      in: { email: R },
    });
    expect(masked(text, value, [redactTag("PII")], { schema })).toEqual({ ...value, email: R });
  });
});
