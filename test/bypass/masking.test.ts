// Ways around a mask that were thought of: values that a consumer reads and a careless masker does not. Each must be masked, or count as unreadable.
import { describe, expect, test } from "vitest";
import type { MaskRule } from "../../src/model/decision.ts";
import { maskedPart, maskRule, testMasking } from "../support/masking.ts";

const secret = "S3cr3t-4711";
const ssn = maskRule("$..ssn");
const spelled = (text: string) =>
  Array.from(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
const deep = (depth: number) => `${'{"a":'.repeat(depth)}{"ssn":"${secret}"}${"}".repeat(depth)}`;

/** However a reader might put the text together again. */
function readings(output: string): readonly string[] {
  const unescaped = output.replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return [output, unescaped, output.replaceAll("\0", ""), unescaped.replaceAll(/[\\"]/g, "")];
}

function expectHidden(rules: readonly MaskRule[], value: string | Uint8Array): void {
  for (const reading of readings(maskedPart(rules, value))) expect(reading).not.toContain(secret);
}

describe("JSON", () => {
  test.each<readonly [string, string | Buffer]>([
    ["an escaped name", `{"\\u0073\\u0073\\u006e":"${secret}"}`],
    ["a name that is escaped in part", `{"s\\u0073n":"${secret}"}`],
    ["a name in capital hexadecimal", `{"ss\\u006E":"${secret}"}`],
    ["an escaped value", `{"ssn":"${spelled(secret)}"}`],
    ["a duplicate name, the first", `{"ssn":"${secret}","ssn":1}`],
    ["a duplicate name, the last", `{"ssn":1,"ssn":"${secret}"}`],
    ["a duplicate name in another spelling", `{"ssn":1,"\\u0073sn":"${secret}"}`],
    ["duplicates of the object above", `{"a":{"ssn":1},"a":{"ssn":"${secret}"}}`],
    ["nesting as deep as is read", deep(999)],
    ["nesting deeper than is read", deep(1_001)],
    ["nesting that would overflow a stack", deep(100_000)],
    ["an object where a text was expected", `{"ssn":{"digits":["${secret}"]}}`],
    ["a byte order mark", `\ufeff{"ssn":"${secret}"}`],
    ["UTF-16, little endian", Buffer.from(`{"ssn":"${secret}"}`, "utf16le")],
    ["UTF-16 with a byte order mark", Buffer.from(`\ufeff{"ssn":"${secret}"}`, "utf16le")],
    ["UTF-16, big endian", Buffer.from(`{"ssn":"${secret}"}`, "utf16le").swap16()],
    ["UTF-32", Buffer.from(Array.from(`{"ssn":"${secret}"}`, (c) => `${c}\0\0\0`).join(""), "latin1")],
    [
      "invalid UTF-8 before it",
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from(`","ssn":"${secret}"}`)]),
    ],
    [
      "an overlong quote",
      Buffer.concat([Buffer.from(`{"a":"`), Buffer.from([0xc0, 0xa2]), Buffer.from(`,"ssn":"${secret}"}`)]),
    ],
    [
      "a surrogate in UTF-8 in the name",
      Buffer.concat([Buffer.from('{"ssn'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(`":"x","ssn":"${secret}"}`)]),
    ],
    ["half a surrogate pair before it", `{"a":"\\ud800","ssn":"${secret}"}`],
    ["half a surrogate pair in the value", `{"ssn":"\\udc00${secret}\\ud800"}`],
    ["NaN", `{"a":NaN,"ssn":"${secret}"}`],
    ["Infinity", `{"a":-Infinity,"ssn":"${secret}"}`],
    ["a huge number before it", `{"a":1${"0".repeat(5_000)}e999999999,"ssn":"${secret}"}`],
    ["single quotes", `{'ssn':'${secret}'}`],
    ["a name without quotes", `{ssn:"${secret}"}`],
    ["a comment", `{"a":1,/* */"ssn":"${secret}"}`],
    ["a trailing comma", `{"ssn":"${secret}",}`],
    ["a line feed in a string", `{"a":"\n","ssn":"${secret}"}`],
    ["two documents", `{"a":1}{"ssn":"${secret}"}`],
    ["lines of JSON", `{"a":1}\n{"ssn":"${secret}"}`],
    ["a record separator before it", `\u001e{"ssn":"${secret}"}`],
    ["a zero byte at the end", `{"ssn":"${secret}"}\0`],
    ["no end", `{"ssn":"${secret}"`],
    ["Confluent's framing", Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from(`{"ssn":"${secret}"}`)])],
    ["gzip's first bytes", Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.from(`{"ssn":"${secret}"}`)])],
    ["another format", `ssn=${secret}`],
  ])("with %s hides it", (_, value) => {
    expectHidden([ssn], value);
    expectHidden([{ ...ssn, format: "json" }], value);
  });

  test("a number that is masked goes with every digit, however large it is", () => {
    const digits = "1234567890".repeat(50);
    for (const number of [digits, `-${digits}`, `0.${digits}`, `${digits}e-308`, `1E+${digits}`]) {
      for (const method of ["redact", "null", "drop"]) {
        const rule = maskRule("$.n", { method: { name: method, options: {} } });
        expect(maskedPart([rule], `{"n":${number},"m":1}`)).not.toMatch(/12345/);
      }
    }
  });

  test("a name like that of an object's own machinery is a name", () => {
    for (const name of ["__proto__", "constructor", "toString", ""]) {
      expectHidden([maskRule(`$['${name}']`)], `{"${name}":"${secret}"}`);
    }
  });

  test("a rule for a list's elements is none for an object with the same names, and the other way round", () => {
    expect(maskedPart([maskRule("$[0]")], '{"0":1}')).toBe('{"0":1}');
    expect(maskedPart([maskRule("$['0']")], "[1]")).toBe("[1]");
  });
});

describe("a rule without a format", () => {
  test.each<readonly [string, string | Buffer]>([
    ["a row of CSV", `1,${secret}`],
    ["logfmt", `ssn=${secret}`],
    ["XML", `<ssn>${secret}</ssn>`],
    ["text in quotes", `'${secret}'`],
    ["bytes", Buffer.from([0xff, 0xfe, ...Buffer.from(secret)])],
  ])("finds no field in %s and therefore lets nothing of it through", (_, value) => {
    expectHidden([ssn], value);
  });

  test("for a tag does not load where the format has no schema: it would match nothing", () => {
    const rule = maskRule("", { field: null, tag: "PII", format: "json" });
    expect(testMasking().problem(rule)).toContain("tags are read from schemas");
  });
});

describe("CSV", () => {
  const rule = maskRule("$.ssn", { format: "csv", formatOptions: { columns: ["id", "ssn", "city"] } });
  test.each<readonly [string, string | Buffer]>([
    ["a delimiter that nobody quoted before it", `1,2,${secret},Berlin`],
    ["a row that is too short", secret],
    ["a line end in quotes", `"1\n2",${secret},Berlin`],
    ["an open quote before it", `"1,${secret},Berlin`],
    ["a quote in the middle", `1"x",${secret},Berlin`],
    ["UTF-16", Buffer.from(`1,${secret},Berlin`, "utf16le")],
    ["a second row", `1,2,3\n4,${secret},5`],
    ["a carriage return alone", `1,2,3\r4,${secret},5`],
  ])("with %s hides it", (_, value) => {
    expectHidden([rule], value);
  });
});

describe("logfmt", () => {
  const rule = maskRule("$.ssn", { format: "logfmt" });
  test.each([
    ["a quote that ends early", `a="x"ssn=${secret}`],
    ["an equals sign too many", `a=b=c ssn=${secret}`],
    ["an escaped quote", `a="\\" ssn=" ssn=${secret}`],
    ["a second one", `ssn=1 ssn=${secret}`],
    ["a line feed as separator", `a=1\nssn=${secret}`],
    ["a vertical tab as separator", `a=1\vssn=${secret}`],
    ["a no-break space as separator", `a=1\u00a0ssn=${secret}`],
    ["an escaped value", `ssn="${spelled(secret)}"`],
  ])("with %s hides it", (_, value) => {
    expectHidden([rule], value);
  });
});
