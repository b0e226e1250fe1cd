// CSV, logfmt and plain text: which bytes go, which stay, what counts as unreadable. JSON is in mask.test.ts.
import { describe, expect, test } from "vitest";
import type { MaskRule } from "../../../src/model/decision.ts";
import { maskedPart, maskRule, testMasking } from "../../support/masking.ts";

const unreadable = "[redacted]";

function csv(
  field: string,
  formatOptions: MaskRule["formatOptions"] = {},
  method: MaskRule["method"]["name"] = "redact",
) {
  return maskRule(field, { format: "csv", formatOptions, method: { name: method, options: {} } });
}
const logfmt = (field: string, method = "redact") =>
  maskRule(field, { format: "logfmt", method: { name: method, options: {} } });

describe("CSV", () => {
  const named = { columns: ["id", "email", "note"] };
  test.each([
    ["by index", csv("$[1]"), "7,jane@example.com,x", "7,[redacted],x"],
    ["in every row", csv("$[1]"), "1,a\r\n2,b\r\n", "1,[redacted]\r\n2,[redacted]\r\n"],
    ["by name", csv("$.email", named), "7,jane@example.com,x", "7,[redacted],x"],
    ["by index where there are names", csv("$[1]", named), "7,jane@example.com,x", "7,[redacted],x"],
    [
      "by the names of a header row",
      csv("$.email", { columns: "header" }),
      "id,email\n1,a\n2,b",
      "id,email\n1,[redacted]\n2,[redacted]",
    ],
    ["with another delimiter", csv("$[1]", { delimiter: ";" }), "1;a,b;c", "1;[redacted];c"],
    ["in quotes, with what looks like structure", csv("$[1]"), '1,"a,""b""\n",c', '1,"[redacted]",c'],
    ["in quotes that are not masked, as they were", csv("$[0]"), 'a,"b","c""d"', '[redacted],"b","c""d"'],
    ["empty", csv("$[1]"), "1,,3", "1,[redacted],3"],
    ["that is null, as an empty column", csv("$[1]", {}, "null"), "1,2,3", "1,,3"],
    ["that is dropped, as an empty column: others must not move", csv("$[1]", {}, "drop"), "1,2,3", "1,,3"],
    ["that the row does not have", csv("$[9]"), "1,2", "1,2"],
    ["any column", csv("$[*]"), "1,2", "[redacted],[redacted]"],
  ])("masks a column %s", (_, rule, value, expected) => {
    expect(maskedPart([rule], value)).toBe(expected);
  });

  test.each([
    ["a quote in a plain column", csv("$[1]"), '1,a"b'],
    ["text after a closing quote", csv("$[1]"), '1,"a"b'],
    ["an open quote", csv("$[1]"), '1,"a'],
    ["a carriage return alone", csv("$[1]"), "1\r2"],
    [
      "more columns than are listed: a delimiter that nobody quoted moves all behind it",
      csv("$.note", named),
      "7,Doe, Jane,x",
    ],
    ["fewer columns than are listed", csv("$.email", named), "7,8"],
    ["UTF-16", csv("$[0]"), Buffer.from("a,b", "utf16le")],
    ["invalid UTF-8", csv("$[0]"), Buffer.from([0x61, 0x2c, 0xff])],
  ])("is unreadable with %s", (_, rule, value) => {
    expect(maskedPart([rule], value)).toBe(unreadable);
  });
});

describe("logfmt", () => {
  test.each([
    ["a plain value", logfmt("$.user"), "level=info user=jane n=1", "level=info user=[redacted] n=1"],
    ["a quoted value", logfmt("$.msg"), 'a=1 msg="two \\"words\\"" b=2', "a=1 msg=[redacted] b=2"],
    ["every occurrence", logfmt("$.a"), "a=1 b=2 a=3", "a=[redacted] b=2 a=[redacted]"],
    ["in every line", logfmt("$.a"), "a=1 b=2\na=3\n", "a=[redacted] b=2\na=[redacted]\n"],
    ["an empty value", logfmt("$.a"), "a= b=2", "a=[redacted] b=2"],
    ["a name with dots", logfmt("$['user.email']"), "user.email=x", "user.email=[redacted]"],
    ["a flag, of which there is nothing to mask", logfmt("$.a"), "a b=1", "a b=1"],
    ["null, as nothing", logfmt("$.a", "null"), "a=1 b=2", "a= b=2"],
    ["a dropped pair", logfmt("$.b", "drop"), "a=1 b=2 c=3", "a=1 c=3"],
    ["a dropped pair at the end of a line", logfmt("$.b", "drop"), "a=1 b=2\nc=3", "a=1 \nc=3"],
  ])("masks %s", (_, rule, value, expected) => {
    expect(maskedPart([rule], value)).toBe(expected);
  });

  test("writes a text that needs quotes in quotes", () => {
    const method = { name: "constant", options: { value: 'a "b" =c' } };
    expect(maskedPart([maskRule("$.a", { format: "logfmt", method })], "a=1")).toBe('a="a \\"b\\" =c"');
  });

  test.each([
    ["an equals sign in a plain value", "a=b=c"],
    ["a quote in a plain value", 'a=b"c"'],
    ["an open quote", 'a="b'],
    ["an unknown escape", 'a="\\x41"'],
    ["a line end in quotes", 'a="b\nc"'],
    ["a value without a name", "=b"],
    ["text after a closing quote", 'a="b"c'],
    ["a zero byte", "a=b\0"],
  ])("is unreadable with %s", (_, value) => {
    expect(maskedPart([logfmt("$.a")], value)).toBe(unreadable);
  });
});

describe("plain text", () => {
  const whole = maskRule("$", { format: "text" });

  test("is masked as a whole", () => {
    expect(maskedPart([whole], "any text")).toBe("[redacted]");
    expect(maskedPart([whole], Buffer.from([0xff, 0x00]))).toBe("[redacted]");
  });

  test("has no fields, and a rule that names one is told so", () => {
    expect(testMasking().problem(maskRule("$.a", { format: "text" }))).toContain("has no fields");
    expect(testMasking().problem(maskRule("$.a", { format: "csv", formatOptions: { colums: [] } }))).toContain(
      "colums",
    );
    expect(testMasking().problem(maskRule("$.a", { format: "json", formatOptions: { a: 1 } }))).toContain(
      "has no options",
    );
  });
});
