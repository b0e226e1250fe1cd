// JSON from a schema registry: the prefix stays, paths work as in any JSON, and a schema's tags are places.
import { describe, expect, test } from "vitest";
import type { RegisteredSchema } from "../../../../src/masking/registry/schema.ts";
import type { MaskRule } from "../../../../src/model/decision.ts";
import { maskWith, prefixed, redactField, redactTag, registered } from "./registry-in-test.ts";

const R = "[redacted]";
const whole = Buffer.from(`"${R}"`);

function mask(schema: object, text: string, rules: readonly MaskRule[], over: Partial<RegisteredSchema> = {}): string {
  const known = { "ids/7": registered("JSON", JSON.stringify(schema), over) };
  const { value, counts } = maskWith(known, rules)(prefixed(7, Buffer.from(text)));
  expect(counts.failed).toEqual({});
  expect(value.subarray(0, 5)).toEqual(prefixed(7, Buffer.alloc(0)));
  return value.subarray(5).toString();
}

const pii = { type: "string", "confluent:tags": ["PII"] };
const object = (properties: object, over: object = {}) => ({ type: "object", properties, ...over });

describe("JSON behind a schema's id", () => {
  test("is masked by paths, and the rest of the text stays", () => {
    expect(mask(object({}), ' {"a" : "x", "b":1.0}', [redactField("$.a")])).toBe(` {"a" : "${R}", "b":1.0}`);
  });

  test("needs no registry for paths where the rule says that it is JSON", () => {
    const rules = [redactField("$.a", { format: "json" })];
    expect(
      maskWith(
        null,
        rules,
      )(prefixed(7, Buffer.from('{"a":1}')))
        .value.subarray(5)
        .toString(),
    ).toBe(`{"a":"${R}"}`);
  });

  test("is unreadable where it is no JSON, or names a schema that is not there", () => {
    const known = { "ids/7": registered("JSON", "{}") };
    expect(maskWith(known, [redactField("$.a")])(prefixed(7, Buffer.from('{"a":'))).value).toEqual(whole);
    expect(maskWith(known, [redactTag("PII")])(prefixed(8, Buffer.from('{"a":1}'))).value).toEqual(whole);
  });

  test("may have the id in a header, and may have none at all", () => {
    const known = { "ids/7": registered("JSON", JSON.stringify(object({ a: pii }))) };
    const headers = [{ key: Buffer.from("__value_schema_id"), value: prefixed(7, Buffer.alloc(0)) }];
    const json = Buffer.from('{"a":"x"}');
    expect(maskWith(known, [redactTag("PII")])(json, { headers }).value.toString()).toBe(`{"a":"${R}"}`);
    expect(maskWith(known, [redactTag("PII"), redactField("$.a")])(json).value.toString()).toBe(`{"a":"${R}"}`);
  });
});

describe("tags of a JSON Schema", () => {
  const address = { $id: "https://example.com/address.json", ...object({ street: pii, city: { type: "string" } }) };
  test.each<[string, object, string, string]>([
    ["of a property", object({ a: pii, b: {} }), '{"a":"x","b":"y"}', `{"a":"${R}","b":"y"}`],
    [
      "of a property in another",
      object({ a: object({ b: pii }) }),
      '{"a":{"b":"x","c":1}}',
      `{"a":{"b":"${R}","c":1}}`,
    ],
    ["of an object", object({ a: object({}, { "confluent:tags": ["PII"] }) }), '{"a":{"b":1}}', `{"a":"${R}"}`],
    ["of elements", object({ a: { type: "array", items: pii } }), '{"a":["x","y"]}', `{"a":["${R}","${R}"]}`],
    ["of a tuple's elements", object({ a: { prefixItems: [{}, pii] } }), '{"a":["x","y"]}', `{"a":["${R}","${R}"]}`],
    ["of properties by pattern", object({}, { patternProperties: { "^s": pii } }), '{"ssn":"x"}', `{"ssn":"${R}"}`],
    ["of other properties", object({ a: {} }, { additionalProperties: pii }), '{"b":"x"}', `{"b":"${R}"}`],
    ["in alternatives", { anyOf: [{}, { allOf: [object({ a: pii })] }] }, '{"a":"x"}', `{"a":"${R}"}`],
    ["under a condition", { if: {}, then: object({ a: pii }) }, '{"a":"x"}', `{"a":"${R}"}`],
    [
      "through a reference",
      { ...object({ a: { $ref: "#/$defs/A~1b" } }), $defs: { "A/b": object({ c: pii }) } },
      '{"a":{"c":"x"}}',
      `{"a":{"c":"${R}"}}`,
    ],
    [
      "through an anchor",
      { ...object({ a: { $ref: "#here" } }), $defs: { A: { $anchor: "here", ...pii } } },
      '{"a":"x"}',
      `{"a":"${R}"}`,
    ],
    [
      "through another document",
      object({ home: { $ref: "address.json" }, work: { $ref: "https://example.com/address.json" } }),
      '{"home":{"street":"x","city":"y"},"work":{"street":"z"}}',
      `{"home":{"street":"${R}","city":"y"},"work":{"street":"${R}"}}`,
    ],
    [
      "at every depth of what holds itself",
      {
        ...object({ tree: { $ref: "#/$defs/node" }, name: {} }),
        $defs: { node: object({ name: pii, next: { items: { $ref: "#/$defs/node" } } }) },
      },
      '{"tree":{"name":"x","next":[{"name":"y","next":[{"name":"z"}]}]},"name":"stays"}',
      `{"tree":{"name":"${R}","next":[{"name":"${R}","next":[{"name":"${R}"}]}]},"name":"stays"}`,
    ],
  ])("%s mask what they mark", (_, schema, given, expected) => {
    const references = [{ name: "address.json", text: JSON.stringify(address) }];
    expect(mask(schema, given, [redactTag("PII")], { references })).toBe(expected);
    expect(mask(schema, given, [redactTag("OTHER")], { references })).toBe(given);
  });

  test("come from the registry's metadata too", () => {
    const tags = [{ pattern: "$.a.*", tags: ["PII"] }];
    const schema = object({ a: object({ b: {} }), b: {} });
    expect(mask(schema, '{"a":{"b":1},"b":2}', [redactTag("PII")], { tags })).toBe(`{"a":{"b":"${R}"},"b":2}`);
  });

  test("and paths work side by side, and count by their rules", () => {
    const known = { "ids/7": registered("JSON", JSON.stringify(object({ a: pii, b: {} }))) };
    const result = maskWith(known, [redactTag("PII"), redactField("$.b")])(
      prefixed(7, Buffer.from('{"a":1,"b":2,"c":3}')),
    );
    expect(result.value.subarray(5).toString()).toBe(`{"a":"${R}","b":"${R}","c":3}`);
    expect(result.counts.masked).toEqual({ PII: 1, "$.b": 1 });
  });

  test.each<[string, object]>([
    ["a reference that leads nowhere", object({ a: { $ref: "#/nowhere" } })],
    ["a document that is not there", object({ a: { $ref: "other.json" } })],
    [
      "more branches than are good",
      {
        $defs: Object.fromEntries(
          Array.from({ length: 20 }, (_, n) => [
            `n${n}`,
            { anyOf: [{ $ref: `#/$defs/n${n + 1}` }, { $ref: `#/$defs/n${n + 1}` }] },
          ]),
        ),
        $ref: "#/$defs/n0",
      },
    ],
  ])("make a record unreadable where the schema has %s, since a tag may hide behind it", (_, schema) => {
    const given = {
      $defs: { n20: {} },
      ...schema,
      ...("$defs" in schema ? { $defs: { ...(schema.$defs as object), n20: {} } } : {}),
    };
    const known = { "ids/7": registered("JSON", JSON.stringify(given)) };
    expect(maskWith(known, [redactTag("PII")])(prefixed(7, Buffer.from('{"a":1}'))).value).toEqual(whole);
  });
});
