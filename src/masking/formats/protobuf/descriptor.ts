// A Protobuf schema as some registries give it out: a FileDescriptorProto in Base64, as clients in JavaScript register it. Made into the text
// that it stands for, so that there is one way in. Only what decides how data are read is kept, which proto2 can say of all of them.
// Source: google/protobuf/descriptor.proto.
import { SchemaProblem } from "../schema-problem.ts";
import { WireCursor, wire } from "./wire.ts";

/** Text has spaces and brackets; Base64 has neither. */
export function isDescriptor(schema: string): boolean {
  return schema.length > 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(schema);
}

/** The schema's text. Throws SchemaProblem, and Malformed for bytes that are no message at all. */
export function descriptorText(base64: string): string {
  const file = new Fields(Buffer.from(base64, "base64"));
  const space = file.text(2);
  return [
    'syntax = "proto2";',
    space === "" ? "" : `package ${typeName(space)};`,
    ...file.messages(4).map((message) => messageText(message)),
    ...file.messages(5).map(enumText),
    ...file.messages(7).map(extensionText),
  ].join("\n");
}

function messageText(message: Fields): string {
  const maps = new Map<string, Fields>();
  const nested: Fields[] = [];
  for (const each of message.messages(3)) {
    if (each.message(7)?.number(7) === 1) maps.set(each.text(1), each);
    else nested.push(each);
  }
  const fields = message.messages(2).map((field) => {
    const entry = maps.get(field.text(6).split(".").at(-1) ?? "");
    return entry === undefined ? fieldText(field) : mapText(field, entry);
  });
  const inside = [...nested.map((each) => messageText(each)), ...message.messages(4).map(enumText)];
  return [
    `message ${identifier(message.text(1))} {`,
    "extensions 1 to max;",
    ...fields,
    ...inside,
    ...message.messages(6).map(extensionText),
    "}",
  ].join("\n");
}

const labels: Readonly<Record<number, string>> = { 1: "optional", 2: "required", 3: "repeated" };
/** By number; 10 is a group, which only old schemas have, and 11 and 14 are named. */
const types = `double float int64 uint64 int32 fixed64 fixed32 bool string - - bytes uint32 - sfixed32 sfixed64 sint32 sint64`;
const scalars = types.split(" ");

function fieldText(field: Fields): string {
  return `${labels[field.number(4)] ?? "optional"} ${typeText(field)} ${nameAndOptions(field)};`;
}

function mapText(field: Fields, entry: Fields): string {
  const [key, value] = [1, 2].map((number) => entry.messages(2).find((each) => each.number(3) === number));
  if (key === undefined || value === undefined) throw new SchemaProblem("a map has no key or no value");
  return `map<${typeText(key)}, ${typeText(value)}> ${nameAndOptions(field)};`;
}

function typeText(field: Fields): string {
  const number = field.number(5);
  if (number === 11 || number === 14 || number === 0) return typeName(field.text(6));
  const scalar = scalars[number - 1];
  if (scalar === undefined || scalar === "-") throw new SchemaProblem("a field has a type that is not supported");
  return scalar;
}

function nameAndOptions(field: Fields): string {
  const meta = field.message(8)?.message(1088);
  const options = [
    ...(field.has(10) ? [`json_name = ${JSON.stringify(field.text(10))}`] : []),
    ...(meta?.texts(3) ?? []).map((tag) => `(confluent.field_meta).tags = ${JSON.stringify(tag)}`),
  ];
  const number = `${identifier(field.text(1))} = ${field.number(3)}`;
  return options.length === 0 ? number : `${number} [${options.join(", ")}]`;
}

function enumText(it: Fields): string {
  const values = it.messages(2).map((value) => `${identifier(value.text(1))} = ${value.number(2)};`);
  return [`enum ${identifier(it.text(1))} {`, "option allow_alias = true;", ...values, "}"].join("\n");
}

function extensionText(field: Fields): string {
  return `extend ${typeName(field.text(2))} { ${fieldText(field)} }`;
}

/** What goes into the text is nothing but names. */
function identifier(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new SchemaProblem("it has a name that is none");
  return name;
}

function typeName(name: string): string {
  if (!/^\.?[A-Za-z_][\w.]*$/.test(name)) throw new SchemaProblem("it has a name that is none");
  return name;
}

/** The fields of one message by number, of which a descriptor's reader knows the types. */
class Fields {
  private readonly values = new Map<number, (number | Uint8Array)[]>();

  constructor(bytes: Uint8Array) {
    const cursor = new WireCursor(bytes, 0, bytes.length);
    while (cursor.at < bytes.length) {
      const tag = cursor.uint32();
      const start = cursor.at;
      const number = tag >>> 3;
      const list = this.values.get(number) ?? [];
      this.values.set(number, list);
      if ((tag & 7) === wire.varint) list.push(Number(BigInt.asIntN(32, cursor.uint64())));
      else cursor.skip(tag & 7, number);
      if ((tag & 7) !== wire.bytes) continue;
      const end = cursor.at;
      cursor.at = start;
      cursor.uint32();
      list.push(bytes.subarray(cursor.at, end));
      cursor.at = end;
    }
  }

  has(number: number): boolean {
    return this.values.has(number);
  }

  number(number: number): number {
    const value = this.values.get(number)?.at(-1);
    return typeof value === "number" ? value : 0;
  }

  text(number: number): string {
    return this.texts(number).at(-1) ?? "";
  }

  texts(number: number): string[] {
    return this.bytes(number).map((each) => Buffer.from(each).toString("utf8"));
  }

  message(number: number): Fields | undefined {
    return this.messages(number).at(-1);
  }

  messages(number: number): Fields[] {
    return this.bytes(number).map((each) => new Fields(each));
  }

  private bytes(number: number): Uint8Array[] {
    return (this.values.get(number) ?? []).filter((each) => typeof each !== "number");
  }
}
