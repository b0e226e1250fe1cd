// Which part of a record a rule means, which rule wins, and what makes a rule impossible.
import { describe, expect, test } from "vitest";
import { Sensitive } from "../../../src/base/sensitive.ts";
import type { MaskRule } from "../../../src/model/decision.ts";
import type { RecordEdit, RecordView } from "../../../src/model/record.ts";
import { maskRule, recordOf, testMasking } from "../../support/masking.ts";

const keys = new Map([["pii", { id: "k1", secret: new Sensitive("0123456789abcdef0123456789abcdef") }]]);
const hash = { name: "hash", options: { key: "pii" } };

function whole(part: MaskRule["in"], over: Partial<MaskRule> = {}): MaskRule {
  return maskRule("", { rule: part, in: part, field: null, ...over });
}

function masked(rules: readonly MaskRule[], record: Partial<RecordView>) {
  const counts = { masked: {} as Record<string, number>, failed: {} as Record<string, number> };
  const answer = testMasking(keys).masker(rules, counts)(recordOf(record));
  const edit: RecordEdit = typeof answer === "object" && !("refuse" in answer) ? answer : {};
  const text = (bytes: Uint8Array | null | undefined) => (bytes ? Buffer.from(bytes).toString() : bytes);
  return {
    key: text(edit.key),
    value: text(edit.value),
    headers: edit.headers?.map(({ key, value }) => [text(key), text(value)]),
    counts,
  };
}

const header = (key: string, value: string | null) => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
});

describe("the key", () => {
  test("is hashed as a whole, and the value stays", () => {
    const { key, value, counts } = masked([whole("key", { method: hash })], {
      key: Buffer.from("4711"),
      value: Buffer.from("{}"),
    });
    expect(key).toMatch(/^hmac:k1:/);
    expect(value).toBeUndefined();
    expect(counts.masked).toEqual({ key: 1 });
  });

  test("may be JSON, of which one field is masked", () => {
    const rule = maskRule("$.ssn", { in: "key", method: hash });
    expect(masked([rule], { key: Buffer.from('{"id":1,"ssn":"x"}') }).key).toMatch(
      /^\{"id":1,"ssn":"hmac:k1:[\w-]{43}"\}$/,
    );
  });

  test("that is null or empty stays", () => {
    expect(masked([whole("key", { method: hash })], { key: null }).key).toBeUndefined();
    expect(masked([whole("key", { method: hash })], { key: Buffer.alloc(0) }).key).toBeUndefined();
  });

  test.each(["redact", "constant", "null", "drop", "partial", "bucket", "truncate-date"])(
    "is not for %s, which makes different keys equal",
    (name) => {
      expect(testMasking(keys).problem(whole("key", { method: { name, options: {} } }))).toContain(
        "compaction would then lose records",
      );
    },
  );

  test.each(["hash", "token", "fpe"])("may be changed by %s", (name) => {
    expect(testMasking(keys).problem(whole("key", { method: { name, options: { key: "pii" } } }))).toBeNull();
  });
});

describe("headers", () => {
  const headers = [header("user", "jane"), header("trace", "1"), header("user", "joe"), header("none", null)];

  test("of one name are masked, all of them, and every other stays in its place", () => {
    const { headers: after, counts } = masked([whole("header:user")], { headers });
    expect(after).toEqual([
      ["user", "[redacted]"],
      ["trace", "1"],
      ["user", "[redacted]"],
      ["none", null],
    ]);
    expect(counts.masked).toEqual({ "header:user": 2 });
  });

  test("are all masked, null excepted", () => {
    const after = masked([whole("headers")], { headers }).headers;
    expect(after?.map(([, value]) => value)).toEqual(["[redacted]", "[redacted]", "[redacted]", null]);
  });

  test("stay as they are where no rule means them", () => {
    expect(masked([whole("header:User")], { headers }).headers).toBeUndefined();
  });

  test("may be JSON", () => {
    const { headers: after } = masked([maskRule("$.a", { in: "header:h" })], {
      headers: [header("h", '{"a":1,"b":2}')],
    });
    expect(after).toEqual([["h", '{"a":"[redacted]","b":2}']]);
  });
});

describe("several rules", () => {
  const value = Buffer.from('{"card":"4111111111111234"}');
  const partial = maskRule("$.card", { rule: "a", method: { name: "partial", options: { last: 4 } } });
  const hashed = maskRule("$.*", { rule: "b", method: hash });
  const redacted = maskRule("$..card", { rule: "c" });

  test("at one value: the one that shows least wins, in whatever order they come", () => {
    for (const rules of [
      [partial, hashed, redacted],
      [redacted, hashed, partial],
      [hashed, redacted, partial],
    ]) {
      expect(masked(rules, { value }).value).toBe('{"card":"[redacted]"}');
    }
    expect(masked([partial, hashed], { value }).value).toContain("hmac:k1:");
    expect(masked([partial], { value }).value).toBe('{"card":"************1234"}');
  });

  test("that read the value in different formats follow each other, and what one cannot read is redacted", () => {
    const csv = maskRule("$[0]", { rule: "csv", format: "csv" });
    expect(masked([maskRule("$.a"), csv], { value: Buffer.from('{"a":"x"}') }).value).toBe("[redacted]");
  });

  test("for several parts change each of them", () => {
    const {
      key,
      value: after,
      headers,
    } = masked([whole("key", { method: hash }), redacted, whole("headers")], {
      key: Buffer.from("k"),
      value,
      headers: [header("h", "x")],
    });
    expect(key).toMatch(/^hmac/);
    expect(after).toBe('{"card":"[redacted]"}');
    expect(headers).toEqual([["h", "[redacted]"]]);
  });
});

describe("a rule that cannot be applied is told in words", () => {
  const method = (name: string, options: Record<string, unknown> = {}) =>
    maskRule("$.a", { method: { name, options } });
  test.each<readonly [string, MaskRule, RegExp]>([
    ["no such key", method("hash", { key: "pi" }), /no key "pi" in masking\.keys of the configuration; it has pii/],
    ["no key", method("token"), /the method token needs a key: name one of masking\.keys/],
    ["a key where none is used", method("redact", { key: "pii" }), /redact uses no key/],
    ["a misspelt option", method("partial", { lst: 4 }), /options of partial are wrong: .*lst/],
    ["an option of the wrong kind", method("bucket", { size: "10" }), /options of bucket are wrong: size/],
    ["nothing that stays", method("partial"), /first or last is needed/],
    ["an unknown detector", maskRule("$", { detect: ["shoe-size"] }), /no detector "shoe-size"/],
    ["a tag in CSV", whole("value", { format: "csv", tag: "PII" }), /tags are read from schemas/],
  ])("%s", (_, rule, sentence) => {
    expect(testMasking(keys).problem(rule)).toMatch(sentence);
  });
});
