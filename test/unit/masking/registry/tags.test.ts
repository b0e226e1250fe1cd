// The registry's patterns over full field names.
import { expect, test } from "vitest";
import { matchesPattern, tagsOf } from "../../../../src/masking/registry/tags.ts";

test.each<[string, string, boolean]>([
  ["eve", "eve*", true],
  ["eve", "eve", true],
  ["evening", "eve", false],
  ["alice.bob.eve", "a*.bob.eve", true],
  ["alice.bob.eve", "a*.bob.e*", true],
  ["alice.bob.eve", "a*", false],
  ["alice.bob.eve", "a**", true],
  ["alice.bob.eve", "alice.bob*", false],
  ["alice.bob.eve", "alice.bob**", true],
  ["alice.bob.eve", "**.eve", true],
  ["eve", "**.*", true],
  ["a.b", "?.b", true],
  ["a.b", "a?b", false],
  ["a*b", "a\\*b", true],
  ["axb", "a\\*b", false],
  ["a(b", "a(b", true],
  ["", "*", true],
  ["a", "", false],
])("%s and %s", (name, pattern, expected) => {
  expect(matchesPattern(name, pattern)).toBe(expected);
});

test("the tags of all patterns that match are given", () => {
  const patterns = [
    { pattern: "a.*", tags: ["PII"] },
    { pattern: "**", tags: ["ALL"] },
    { pattern: "b", tags: ["NONE"] },
  ];
  expect(tagsOf(patterns, "a.b")).toEqual(["PII", "ALL"]);
});

test("a pattern that is made to take long is linear in the name", () => {
  expect(matchesPattern("a".repeat(2_000), `${"**a".repeat(50)}b`)).toBe(false);
});
