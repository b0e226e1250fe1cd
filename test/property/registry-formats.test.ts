// Avro and Protobuf against a model: random schemas, values and paths. What an independent library decodes from the masked bytes is what it
// decoded before with exactly the named values replaced, and no masked text is anywhere in the bytes.
import avsc from "avsc";
import * as fc from "fast-check";
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import { type PathStep, parsePath } from "../../src/masking/path.ts";
import { avroSchema, maskWith, prefixed, redactField, registered } from "../unit/masking/formats/registry-in-test.ts";

type Type =
  | { readonly kind: "text" | "number" }
  | { readonly kind: "list" | "map" | "maybe"; readonly of: Type }
  | { readonly kind: "record"; readonly fields: readonly (readonly [name: string, type: Type])[] };

/** A value of a type: a text, a number, a list, an object, or null. */
type Value = string | number | null | readonly Value[] | { readonly [key: string]: Value };
type Trail = readonly (string | number)[];

const R = "[redacted]";
const names = ["a", "b", "ssn", "d"];
const keys = ["a", "ssn", "x y"];

const leaf = fc.constantFrom<Type>({ kind: "text" }, { kind: "number" });
const { record } = fc.letrec<{ type: Type; record: Type & { kind: "record" } }>((tie) => ({
  record: fc
    .tuple(fc.subarray(names, { minLength: 1 }), fc.array(tie("type"), { minLength: 4, maxLength: 4 }))
    .map(([chosen, types]) => ({ kind: "record", fields: chosen.map((name, index) => [name, types[index]!]) })),
  type: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    leaf,
    tie("record"),
    tie("type").map((of): Type => ({ kind: "list", of })),
    tie("type").map((of): Type => ({ kind: "map", of })),
    tie("type").map((of): Type => (of.kind === "maybe" ? of : { kind: "maybe", of })),
  ),
}));

/** Texts tell themselves apart from everything else, so that each can be looked for. */
let count = 0;
function valueOf(of: Type, seeds: Iterator<number>): Value {
  const pick = (below: number) => (seeds.next().value ?? 0) % below;
  switch (of.kind) {
    case "text":
      return `secret-${count++}-`.padEnd(12 + pick(3) * 70, "x");
    case "number":
      return pick(1_000_000) - 500_000;
    case "list":
      return Array.from({ length: pick(4) }, () => valueOf(of.of, seeds));
    case "map":
      return Object.fromEntries(keys.slice(0, pick(4)).map((key) => [key, valueOf(of.of, seeds)]));
    case "maybe":
      return pick(3) === 0 ? null : valueOf(of.of, seeds);
    case "record":
      return Object.fromEntries(of.fields.map(([name, its]) => [name, valueOf(its, seeds)]));
  }
  return of satisfies never;
}

const step = fc.oneof(
  fc.constantFrom(...names, ...keys).map((name) => `['${name}']`),
  fc.nat(2).map((index) => `[${index}]`),
  fc.constant("[*]"),
);
const path = fc
  .array(fc.tuple(fc.boolean(), step), { minLength: 1, maxLength: 4 })
  .map((steps) => `$${steps.map(([deep, text]) => (deep ? `..${text}` : text)).join("")}`);

/** The definition, by plain recursion. */
function leads(steps: readonly PathStep[], trail: Trail): boolean {
  const [first, ...rest] = steps;
  if (first === undefined) return trail.length === 0;
  const [edge, ...below] = trail;
  if (edge === undefined) return false;
  const fits = first.kind === "any" || (first.kind === "name" ? first.name === edge : first.index === edge);
  return (fits && leads(rest, below)) || (first.deep && leads(steps, below));
}

interface Model {
  /** What the library decodes where a value of the type was masked. */
  redacted(of: Type): unknown;
  /** What it decodes of a value that was not, given what it decodes of its parts. */
  plain(of: Type, value: Value, part: (of: Type, value: Value, edge: string | number | null) => unknown): unknown;
}

function expected(of: Type, value: Value, paths: readonly (readonly PathStep[])[], model: Model, gone: string[]) {
  const visit = (its: Type, at: Value, trail: Trail): unknown => {
    if (paths.some((steps) => leads(steps, trail))) {
      gone.push(...texts(at));
      return model.redacted(its);
    }
    return model.plain(its, at, (part, partValue, edge) =>
      visit(part, partValue, edge === null ? trail : [...trail, edge]),
    );
  };
  return visit(of, value, []);
}

function texts(value: Value): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap((each: Value) => texts(each)) : [];
}

function mapped(value: Value, each: (value: Value, key: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item: Value, index) => each(item, index));
  return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, each(item as Value, key)]));
}

const fieldsOf = (
  of: Type & { kind: "record" },
  value: Value,
  each: (of: Type, value: Value, name: string) => unknown,
) =>
  Object.fromEntries(of.fields.map(([name, its]) => [name, each(its, (value as Record<string, Value>)[name]!, name)]));

// Avro -----------------------------------------------------------------------------------------------------------------------------------

function avroOf(of: Type, trail: string): avsc.Schema {
  switch (of.kind) {
    case "text":
      return "string";
    case "number":
      return "int";
    case "list":
      return { type: "array", items: avroOf(of.of, `${trail}_l`) };
    case "map":
      return { type: "map", values: avroOf(of.of, `${trail}_m`) };
    case "maybe":
      return ["null", avroOf(of.of, `${trail}_u`)] as avsc.Schema;
    case "record":
      return {
        type: "record",
        name: trail,
        fields: of.fields.map(([name, its]) => ({ name, type: avroOf(its, `${trail}_${name}`) })),
      };
  }
  return of satisfies never;
}

const avro: Model = {
  redacted(of) {
    switch (of.kind) {
      case "text":
        return R;
      case "number":
        return 0;
      case "list":
        return [];
      case "map":
        return {};
      case "maybe":
        return of.of.kind === "text" ? R : null;
      case "record":
        return Object.fromEntries(of.fields.map(([name, its]) => [name, avro.redacted(its)]));
    }
    return of satisfies never;
  },
  plain(of, value, part) {
    if (of.kind === "record" && value !== null) return fieldsOf(of, value, part);
    if (value === null || !("of" in of)) return value;
    if (of.kind === "maybe") return part(of.of, value, null);
    return mapped(value, (each, edge) => part(of.of, each, edge));
  },
};

test("Avro: exactly what the paths name is replaced, and the rest decodes to what it was", () => {
  fc.assert(
    fc.property(
      record,
      fc.infiniteStream(fc.nat()),
      fc.array(path, { minLength: 1, maxLength: 4 }),
      (of, seeds, paths) => {
        const schema = avroOf(of, "Root");
        const codec = avsc.Type.forSchema(schema);
        const value = valueOf(of, seeds);
        const payload = codec.toBuffer(value);
        const gone: string[] = [];
        const wanted = expected(of, value, paths.map(parsePath), avro, gone);
        const rules = paths.map((field, index) => redactField(field, { rule: `r${index}`, otherwise: "refuse" }));
        const masked = maskWith({ "ids/1": avroSchema(schema) }, rules)(prefixed(1, payload)).value;
        expect(codec.fromBuffer(masked.subarray(5))).toEqual(wanted);
        expect(gone.filter((text) => masked.includes(text))).toEqual([]);
      },
    ),
    { numRuns: 600 },
  );
});

// Protobuf: lists and maps hold no lists and maps, so those in between get a message around them. -------------------------------------------

function protoOf(of: Type & { kind: "record" }, name: string): string {
  const nested: string[] = [];
  const single = (its: Type, at: string): string => {
    if (its.kind === "text") return "string";
    if (its.kind === "number") return "sint32";
    if (its.kind === "maybe") return single(its.of, at);
    nested.push(protoOf(its.kind === "record" ? its : { kind: "record", fields: [["d", its]] }, at));
    return at;
  };
  const fields = of.fields.map(([field, its], index) => {
    const number = index + 1;
    if (its.kind === "list") return `repeated ${single(its.of, `${name}_${field}`)} ${field} = ${number};`;
    if (its.kind === "map") return `map<string, ${single(its.of, `${name}_${field}`)}> ${field} = ${number};`;
    return `optional ${single(its, `${name}_${field}`)} ${field} = ${number};`;
  });
  return `message ${name} { ${fields.join(" ")} ${nested.join(" ")} }`;
}

/** The type as Protobuf has it: the messages in between are records of one field `d`. */
function protoType(of: Type): Type {
  switch (of.kind) {
    case "text":
    case "number":
      return of;
    case "maybe":
      return protoType(of.of);
    case "record":
      return { kind: "record", fields: of.fields.map(([name, its]) => [name, protoType(its)]) };
    case "list":
    case "map": {
      const inner = protoType(of.of);
      const isBox = inner.kind === "list" || inner.kind === "map";
      return { kind: of.kind, of: isBox ? { kind: "record", fields: [["d", inner]] } : inner };
    }
  }
  return of satisfies never;
}

const proto: Model = {
  redacted(of) {
    switch (of.kind) {
      case "text":
        return R;
      case "number":
        return 0;
      case "record":
        return {};
      case "list":
      case "map":
      case "maybe":
        return undefined;
    }
    return of satisfies never;
  },
  plain(of, value, part) {
    if (of.kind === "record" && value !== null) return fieldsOf(of, value, part);
    if (value === null || !("of" in of)) return value;
    if (of.kind === "maybe") return part(of.of, value, null);
    const empty = Object.keys(value as object).length === 0;
    return empty ? undefined : mapped(value, (each, edge) => part(of.of, each, edge));
  },
};

test("Protobuf: exactly what the paths name is replaced, and the rest decodes to what it was", () => {
  fc.assert(
    fc.property(
      record,
      fc.infiniteStream(fc.nat()),
      fc.array(path, { minLength: 1, maxLength: 4 }),
      (shape, seeds, paths) => {
        const of = protoType(shape) as Type & { kind: "record" };
        const text = `syntax = "proto3"; ${protoOf(of, "Root")}`;
        const codec = protobuf.parse(text, { keepCase: true }).root.lookupType("Root");
        const value = valueOf(of, seeds);
        const payload = codec.encode(codec.fromObject(value as object)).finish();
        const gone: string[] = [];
        const wanted = expected(of, value, paths.map(parsePath), proto, gone);
        const rules = paths.map((field, index) => redactField(field, { rule: `r${index}`, otherwise: "refuse" }));
        const framed = prefixed(1, Buffer.concat([Buffer.from([0]), payload]));
        const masked = maskWith({ "ids/1": registered("PROTOBUF", text) }, rules)(framed).value;
        expect(codec.toObject(codec.decode(masked.subarray(6)))).toEqual(wanted);
        expect(gone.filter((each) => masked.includes(each))).toEqual([]);
      },
    ),
    { numRuns: 600 },
  );
});

test("whatever the bytes are, nothing else than unreadable comes of them", () => {
  const schema = avroOf(
    { kind: "record", fields: [["a", { kind: "list", of: { kind: "map", of: { kind: "text" } } }]] },
    "Root",
  );
  const text = `syntax = "proto3"; message Root { Root a = 1; repeated string ssn = 2; map<string, Root> d = 3; }`;
  const known = { "ids/1": avroSchema(schema), "ids/2": registered("PROTOBUF", text) };
  const mask = maskWith(known, [redactField("$..ssn"), redactField("$.a[*]")]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(1, 2), (bytes, id) => {
      expect(() => mask(prefixed(id, bytes))).not.toThrow();
    }),
    { numRuns: 2_000 },
  );
});
