// Filters: which records a reader does not see, and which may not be written.
import { describe, expect, test } from "vitest";
import { formats } from "../../../src/masking/formats/index.ts";
import { createMasking } from "../../../src/masking/mask.ts";
import type { FilterRule } from "../../../src/model/decision.ts";
import type { RecordView } from "../../../src/model/record.ts";
import { maskRule, recordOf } from "../../support/masking.ts";

const masking = createMasking({ keys: new Map(), formats });

function filterRule(over: Partial<FilterRule> = {}): FilterRule {
  return {
    rule: "tenant",
    on: "read",
    in: "value",
    format: "auto",
    formatOptions: {},
    field: "$.tenant",
    tag: null,
    detect: [],
    action: "keep",
    values: ["acme"],
    missing: "hide",
    ...over,
  };
}

const json = (value: unknown): Partial<RecordView> => ({ value: Buffer.from(JSON.stringify(value)) });
const raw = (text: string): Partial<RecordView> => ({ value: Buffer.from(text) });
const header = (...pairs: readonly (readonly [string, string | null])[]): Partial<RecordView> => ({
  headers: pairs.map(([key, value]) => ({ key: Buffer.from(key), value: value === null ? null : Buffer.from(value) })),
});

function seen(record: Partial<RecordView>, rule: Partial<FilterRule> = {}): boolean {
  const counts = { masked: {}, failed: {}, filtered: {} as Record<string, number> };
  const answer = masking.rewriter([], [filterRule(rule)], counts)(recordOf(record));
  expect(counts.filtered).toEqual(answer === "hide" ? { tenant: 1 } : {});
  return answer !== "hide";
}

describe("keep", () => {
  test.each([
    ["the value that is named", json({ tenant: "acme" }), true],
    ["another", json({ tenant: "other" }), false],
    ["another spelling of it", raw('{"\\u0074enant":"\\u0061cme"}'), true],
    ["one that begins like it", json({ tenant: "acme2" }), false],
    ["nothing there", json({ other: 1 }), false],
    ["null there", json({ tenant: null }), false],
    ["an object there", json({ tenant: { acme: "acme" } }), false],
    ["the field twice, once another", raw('{"tenant":"acme","tenant":"other"}'), false],
    ["the field twice, both the same", raw('{"tenant":"acme","tenant":"acme"}'), true],
    ["what is no JSON", raw('{"tenant":"acme"'), false],
    ["JSON and more", raw('{"tenant":"acme"} {"tenant":"other"}'), false],
    ["a tombstone", { value: null }, false],
    ["an empty value", raw(""), false],
  ])("%s", (_, record, expected) => expect(seen(record)).toBe(expected));

  test("an empty list keeps nothing", () => {
    expect(seen(json({ tenant: "acme" }), { values: [] })).toBe(false);
    expect(seen(json({ tenant: "" }), { values: [] })).toBe(false);
  });

  test("what is missing is kept where the rule says so, and what cannot be read never", () => {
    expect(seen(json({}), { missing: "keep" })).toBe(true);
    expect(seen({ value: null }, { missing: "keep" })).toBe(true);
    expect(seen(raw("{"), { missing: "keep" })).toBe(false);
  });

  test("every element of a list must be named", () => {
    const rule = { field: "$.tenants[*]", values: ["a", "b"] };
    expect(seen(json({ tenants: ["a", "b"] }), rule)).toBe(true);
    expect(seen(json({ tenants: ["a", "c"] }), rule)).toBe(false);
  });
});

describe("hide", () => {
  const rule = { action: "hide", values: ["secret"], missing: "keep" } as const;
  test.each([
    ["the value that is named", json({ tenant: "secret" }), false],
    ["another", json({ tenant: "other" }), true],
    ["nothing there", json({}), true],
    ["the field twice, once it", raw('{"tenant":"other","tenant":"secret"}'), false],
    ["what cannot be read", raw("secret"), false],
    ["a tombstone", { value: null }, true],
  ])("%s", (_, record, expected) => expect(seen(record, rule)).toBe(expected));

  test("what is missing is hidden where the rule says so", () => {
    expect(seen(json({}), { ...rule, missing: "hide" })).toBe(false);
  });
});

describe("what is compared", () => {
  test.each([
    ["7", "7"],
    ["7", "7.0"],
    ["7", "0.7e1"],
    ["7", "700E-2"],
    ["-0.5", "-5e-1"],
    ["0", "-0.00"],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
  ])("a number is its decimal value: %s and %s", (named, spelled) => {
    expect(seen(raw(`{"tenant":${spelled}}`), { values: [named] })).toBe(true);
  });

  test.each([
    ["7", "70"],
    ["7", "0.07"],
    ["7", "-7"],
    ["123456789012345678901234567890", "123456789012345678901234567891"],
  ])("%s is not %s", (named, spelled) => {
    expect(seen(raw(`{"tenant":${spelled}}`), { values: [named] })).toBe(false);
  });

  test("a text is no number, and a number no text", () => {
    expect(seen(json({ tenant: "7.0" }), { values: ["7"] })).toBe(false);
    expect(seen(json({ tenant: "7" }), { values: ["7"] })).toBe(true);
    expect(seen(json({ tenant: "7e0" }), { values: ["7"] })).toBe(false);
  });

  test("true and false by their names", () => {
    expect(seen(json({ tenant: true }), { values: ["true"] })).toBe(true);
    expect(seen(json({ tenant: false }), { values: ["true"] })).toBe(false);
  });
});

describe("the part", () => {
  const rule = { in: "header:tenant", field: null } as const;

  test("a header of that name, and all of them", () => {
    expect(seen(header(["tenant", "acme"], ["x", "other"]), rule)).toBe(true);
    expect(seen(header(["tenant", "other"]), rule)).toBe(false);
    expect(seen(header(["tenant", "acme"], ["tenant", "other"]), rule)).toBe(false);
    expect(seen(header(["Tenant", "acme"]), rule)).toBe(false);
    expect(seen(header(["tenant", null]), rule)).toBe(false);
    expect(seen({}, rule)).toBe(false);
  });

  test("the key", () => {
    expect(seen({ key: Buffer.from("acme") }, { in: "key", field: null })).toBe(true);
    expect(seen({ key: Buffer.from("acme ") }, { in: "key", field: null })).toBe(false);
    expect(seen({ key: null }, { in: "key", field: null })).toBe(false);
  });

  test("bytes that are no text are unreadable", () => {
    expect(seen({ key: Buffer.of(0xff) }, { in: "key", field: null, missing: "keep" })).toBe(false);
  });
});

describe("beside others", () => {
  test("several filters: the first by name that hides is the one that is counted", () => {
    const counts = { masked: {}, failed: {}, filtered: {} };
    const rules = [filterRule({ rule: "z" }), filterRule({ rule: "a" })];
    expect(masking.rewriter([], rules, counts)(recordOf(json({ tenant: "other" })))).toBe("hide");
    expect(counts.filtered).toEqual({ a: 1 });
  });

  test("what is hidden is not masked, and what is seen is", () => {
    const counts = { masked: {}, failed: {}, filtered: {} };
    const rewrite = masking.rewriter([maskRule("$.tenant")], [filterRule()], counts);
    expect(rewrite(recordOf(json({ tenant: "other" })))).toBe("hide");
    expect(rewrite(recordOf(json({ tenant: "acme" })))).toEqual({ value: Buffer.from('{"tenant":"[redacted]"}') });
    expect(counts).toEqual({ masked: { "$.tenant": 1 }, failed: {}, filtered: { tenant: 1 } });
  });

  test("on writes a record is refused, with the rule's name and no value", () => {
    const counts = { masked: {}, failed: {}, filtered: {} };
    const answer = masking.rewriter(
      [],
      [filterRule({ on: "write" })],
      counts,
    )(recordOf(json({ tenant: "other-4711" })));
    expect(answer).toEqual({ refuse: "The filter tenant refuses this record: what it says of the value." });
    expect(counts.filtered).toEqual({});
  });

  test("a place that cannot be is a mistake in the policy", () => {
    expect(masking.filterProblem(filterRule({ field: "tenant" }))).toContain("begins with $");
    expect(masking.filterProblem(filterRule())).toBeNull();
  });
});
