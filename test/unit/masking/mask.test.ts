// What a masker does to one value: which bytes go, which stay, what counts as unreadable.
import { describe, expect, test } from "vitest";
import type { MaskRule } from "../../../src/model/decision.ts";
import { maskRule, recordOf, testMasking } from "../../support/masking.ts";

const rule = (field: string, otherwise: MaskRule["otherwise"] = "redact") => maskRule(field, { otherwise });
const record = (value: Uint8Array | null) => recordOf({ value });

function masking(rules: readonly MaskRule[]) {
  const counts = { masked: {} as Record<string, number>, failed: {} as Record<string, number> };
  const rewrite = testMasking().masker(rules, counts);
  const mask = (value: string | Uint8Array): string => {
    const bytes = Buffer.from(value);
    const edit = rewrite(record(bytes));
    return Buffer.from(typeof edit === "object" && "value" in edit && edit.value ? edit.value : bytes).toString(
      "latin1",
    );
  };
  return { mask, rewrite, counts };
}

const R = '"[redacted]"';
const mask = (field: string, value: string): string => masking([rule(field)]).mask(value);

describe("a field path", () => {
  test.each([
    ["$.a.b", '{"a":{"b":1,"c":2},"b":3}', `{"a":{"b":${R},"c":2},"b":3}`],
    ["$['odd name']", '{"odd name":"x","odd":"y"}', `{"odd name":${R},"odd":"y"}`],
    ["$[1]", "[1,2,3]", `[1,${R},3]`],
    ["$.a[0].b", '{"a":[{"b":1},{"b":2}]}', `{"a":[{"b":${R}},{"b":2}]}`],
    ["$.a[*].b", '{"a":[{"b":1},{"b":2},3]}', `{"a":[{"b":${R}},{"b":${R}},3]}`],
    ["$.a.*", '{"a":{"x":1,"y":[2]},"b":3}', `{"a":{"x":${R},"y":${R}},"b":3}`],
    [
      "$..ssn",
      '{"ssn":1,"a":[{"ssn":{"ssn":2}},{"b":{"ssn":3}}]}',
      `{"ssn":${R},"a":[{"ssn":${R}},{"b":{"ssn":${R}}}]}`,
    ],
    ["$..a..b", '{"a":{"x":{"b":1}},"b":2}', `{"a":{"x":{"b":${R}}},"b":2}`],
    ["$..[0]", "[[1,2],[3]]", `[${R},[${R}]]`],
    ["$", ' {"a":1} ', ` ${R} `],
    ["$.a", '{"a":{"deep":["secret"]}}', `{"a":${R}}`],
    ["$.a", '{"a":null}', `{"a":${R}}`],
    ["$.a", '{"a":{}, "b":[]}', `{"a":${R}, "b":[]}`],
    ["$.a", '{"b":1}', '{"b":1}'],
    ["$.a", '[{"a":1}]', '[{"a":1}]'],
    ["$[0]", '{"0":1}', '{"0":1}'],
  ])("%s masks in %s", (field, value, expected) => {
    expect(mask(field, value)).toBe(expected);
  });

  test("matches a name however its letters are escaped", () => {
    expect(mask("$.ssn", '{"\\u0073\\u0073n":"123"}')).toBe(`{"\\u0073\\u0073n":${R}}`);
    expect(mask("$['a/b']", '{"a\\/b":"123"}')).toBe(`{"a\\/b":${R}}`);
    expect(mask("$['😀']", '{"\\ud83d\\ude00":1}')).toBe(`{"\\ud83d\\ude00":${R}}`);
  });

  test("does not match a name that only begins or ends like it", () => {
    expect(mask("$.ssn", '{"ssn2":1,"xssn":2,"ss":3,"":4}')).toBe('{"ssn2":1,"xssn":2,"ss":3,"":4}');
  });

  test("masks every occurrence of a duplicate name, since consumers differ in which one they take", () => {
    expect(mask("$.a", '{"a":1,"b":2,"a":3}')).toBe(`{"a":${R},"b":2,"a":${R}}`);
  });

  test("leaves white space, order, number spelling and escapes of the rest as they were", () => {
    const value = ' {\t"z" : 1.50E+3 ,\r\n "a":"\\u0041\\/" , "s" : -0 , "m":[ ] }\n';
    expect(mask("$.s", value)).toBe(value.replace("-0", R));
  });

  test("matches strings that hold structure as text", () => {
    expect(mask("$.b", '{"a":"\\"b\\":\\"}{,","b":"x\\\\"}')).toBe(`{"a":"\\"b\\":\\"}{,","b":${R}}`);
  });
});

describe("several rules", () => {
  test("work in one pass and count by rule", () => {
    const { mask: run, counts } = masking([rule("$.a"), rule("$.b[*]"), rule("$.absent")]);
    expect(run('{"a":1,"b":[2,3]}')).toBe(`{"a":${R},"b":[${R},${R}]}`);
    expect(counts).toEqual({ masked: { "$.a": 1, "$.b[*]": 2 }, failed: {} });
  });

  test("that name the same value or something in it mask it once", () => {
    const { mask: run, counts } = masking([rule("$.a.b"), rule("$.a"), rule("$.*")]);
    expect(run('{"a":{"b":1}}')).toBe(`{"a":${R}}`);
    expect(counts.masked).toEqual({ "$.*": 1 }); // the first by name: rules have no order
  });

  test("keep their matches apart from value to value", () => {
    const { mask: run } = masking([rule("$..b[1]")]);
    expect(run('{"b":[1,2]}')).toBe(`{"b":[1,${R}]}`);
    expect(run('{"b":[1')).toBe(R);
    expect(run('{"b":[1,2]}')).toBe(`{"b":[1,${R}]}`);
  });
});

const unreadable: readonly (readonly [string, string | Buffer])[] = [
  ["plain text", "ssn=123"],
  ["a byte order mark", '\ufeff{"a":1}'],
  ["trailing text", '{"a":1} x'],
  ["two documents", '{"a":1}{"a":2}'],
  ["lines of JSON", '{"a":1}\n{"a":2}'],
  ["a trailing zero byte", '{"a":1}\0'],
  ["NaN", '{"a":NaN}'],
  ["Infinity", '{"a":-Infinity}'],
  ["single quotes", "{'a':1}"],
  ["a name without quotes", "{a:1}"],
  ["a comment", '{"a":1/* */}'],
  ["a trailing comma", '{"a":1,}'],
  ["a trailing comma in an array", "[1,]"],
  ["a leading comma", "[,1]"],
  ["a missing colon", '{"a" 1}'],
  ["a missing value", '{"a":}'],
  ["a missing comma", '{"a":1 "b":2}'],
  ["a wrong bracket", '{"a":1]'],
  ["an open object", '{"a":1'],
  ["an open string", '{"a":"x'],
  ["a string that ends in a backslash", '{"a":"x\\'],
  ["a line feed in a string", '{"a":"x\ny"}'],
  ["an unknown escape", '{"a":"\\x41"}'],
  ["a short escape", '{"a":"\\u12"}'],
  ["an escape that is cut off in a name", '{"\\u00'],
  ["a leading zero", '{"a":01}'],
  ["a plus", '{"a":+1}'],
  ["a bare point", '{"a":1.}'],
  ["a point without digits before it", '{"a":.5}'],
  ["an exponent without digits", '{"a":1e+}'],
  ["a hexadecimal number", '{"a":0x10}'],
  ["a lone minus", "-"],
  ["a misspelt literal", '{"a":True}'],
  ["a literal that is cut off", '{"a":tru'],
  ["a form feed as space", '{"a":\f1}'],
  ["a no-break space", '{"a":\u00a01}'],
  ["only white space", "  "],
  ["invalid UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ["an overlong quote", Buffer.from([0x22, 0xc0, 0xa2, 0x22])],
  ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["UTF-16", Buffer.from('{"a":1}', "utf16le")],
  ["Confluent's framing", Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from('{"a":1}')])],
  ["nesting beyond the limit", `${"[".repeat(1001)}${"]".repeat(1001)}`],
];

describe("a value that is not one JSON text", () => {
  test.each(unreadable)("is redacted whole: %s", (_, value) => {
    const { mask: run, counts } = masking([rule("$.a")]);
    expect(run(value)).toBe(R);
    expect(counts).toEqual({ masked: {}, failed: { "$.a": 1 } });
  });

  test("is refused when one rule says so", () => {
    const { mask: run, counts } = masking([rule("$.a", "pass"), rule("$.b", "refuse"), rule("$.c")]);
    expect(() => run("secret")).toThrow(expect.objectContaining({ code: "mask-refused" }));
    expect(() => run("secret")).not.toThrow("secret");
    expect(counts.failed).toEqual({ "$.a": 2, "$.b": 2, "$.c": 2 });
  });

  test("passes only when every rule says so", () => {
    expect(masking([rule("$.a", "pass")]).mask("text")).toBe("text");
    expect(masking([rule("$.a", "pass"), rule("$.b", "redact")]).mask("text")).toBe(R);
  });
});

function nested(order: readonly string[]): string {
  return order.reduceRight((inner, name) => `{"${name}":${inner}}`, '{"end":1}');
}

describe("a value that is JSON", () => {
  test.each([
    '"s"',
    "0",
    "-1.5e-7",
    "1E5",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    '"\\ud800"',
    `${"[".repeat(1000)}${"]".repeat(1000)}`,
  ])("is read: %s", (value) => {
    const { mask: run, counts } = masking([rule("$.a.b", "refuse")]);
    expect(run(value)).toBe(value);
    expect(counts).toEqual({ masked: {}, failed: {} });
  });

  test("of many bytes is read after a small one and before one", () => {
    const { mask: run } = masking([rule("$.a")]);
    const filler = "x".repeat(3_000_000);
    expect(run('{"a":1}')).toBe(`{"a":${R}}`);
    expect(run(`{"f":"${filler}","a":1}`)).toBe(`{"f":"${filler}","a":${R}}`);
    expect(run('{"a":1}')).toBe(`{"a":${R}}`);
  });

  test("with paths that multiply states stays correct beyond the number that is kept", () => {
    const names = "abcdefghijklm".split("");
    const { mask: run } = masking(names.map((name) => rule(`$..${name}..end`)));
    for (let subset = 1; subset < 2 ** names.length; subset += 1) {
      const order = names.filter((_, index) => subset & (1 << index));
      expect(run(nested(order))).toBe(nested(order).replace("1", R));
    }
  });
});

test("null and empty values pass: a tombstone stays one", () => {
  const { rewrite, counts } = masking([rule("$", "refuse")]);
  expect(rewrite(record(null))).toBeUndefined();
  expect(rewrite(record(Buffer.alloc(0)))).toBeUndefined();
  expect(counts).toEqual({ masked: {}, failed: {} });
});

test("a mask that cannot be applied is told in words", () => {
  const { problem, masker } = testMasking();
  const method = { name: "scramble", options: {} };
  expect(problem(rule("$.a"))).toBeNull();
  expect(problem(maskRule("$.a", { method }))).toMatch(/^there is no masking method "scramble"; there is .*redact/);
  expect(problem(rule("a"))).toContain("begins with $");
  expect(() => masker([rule("a")], { masked: {}, failed: {} })).toThrow(
    expect.objectContaining({ code: "policy-invalid" }),
  );
});
