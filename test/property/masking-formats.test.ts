// Masking beyond redaction in JSON: members that go, the other formats, every method that shows nothing. Against models that are written down otherwise.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Sensitive } from "../../src/base/sensitive.ts";
import type { MaskRule } from "../../src/model/decision.ts";
import { maskedPart, maskRule } from "../support/masking.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const keys = new Map([["pii", { id: "k1", secret: new Sensitive("0123456789abcdef0123456789abcdef") }]]);
const names = ["a", "b", "ssn", "é"];
const name = fc.constantFrom(...names);

const { document } = fc.letrec<{ document: Json }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom<Json>(null, true, 1.5, "text", '\u2028"\\'),
    fc.array(tie("document"), { maxLength: 4 }),
    fc.dictionary(name, tie("document"), { maxKeys: 4 }),
  ),
}));

/** Some white space after each piece of structure, drawn in order. */
function spaced(value: Json, spaces: readonly string[]): string {
  let at = 0;
  return JSON.stringify(value).replaceAll(
    /"(?:[^"\\]|\\.)*"|[[\]{},:]/g,
    (piece) => piece + spaces[at++ % spaces.length]!,
  );
}

function without(value: Json, dropped: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return value.map((each) => without(each, dropped));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([member]) => !dropped.has(member));
  return Object.fromEntries(kept.map(([member, each]) => [member, without(each, dropped)]));
}

test("members that are dropped go with exactly their comma, wherever they stand", () => {
  const spaces = fc.array(fc.constantFrom("", " ", "\n", "\t "), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(document, fc.uniqueArray(name, { maxLength: 4 }), spaces, (value, dropped, between) => {
      const rules = dropped.map((each) => maskRule(`$..['${each}']`, { method: { name: "drop", options: {} } }));
      const output = maskedPart(rules, spaced(value, between));
      expect(JSON.parse(output)).toEqual(without(value, new Set(dropped)));
    }),
    { numRuns: 2000 },
  );
});

const hiding: readonly MaskRule["method"][] = [
  { name: "redact", options: {} },
  { name: "constant", options: { value: "n/a" } },
  { name: "null", options: {} },
  { name: "drop", options: {} },
  { name: "hash", options: { key: "pii" } },
  { name: "token", options: { key: "pii" } },
  { name: "fpe", options: { key: "pii", alphabet: "alphanumeric" } },
];
const method = fc.constantFrom(...hiding);
const secret = fc.stringMatching(/^[A-Za-z0-9]{8,40}$/);

/** The secret in a JSON string, some of its characters escaped. */
const inJson = (text: string, flips: boolean[]) =>
  `"${Array.from(text, (c, at) => (flips[at % flips.length]! ? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}` : c)).join("")}"`;

const decoded = (output: string) =>
  output.replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

test("no secret occurs in the output of any method that hides, in any spelling, in any document", () => {
  const flips = fc.array(fc.boolean(), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(document, name, secret, method, flips, (value, member, hidden, by, spelling) => {
      const mark = "MARK";
      const marked = JSON.stringify(placed(value, member, mark));
      const source = marked.replaceAll(JSON.stringify(mark), () => inJson(hidden, spelling));
      const output = maskedPart([maskRule(`$..['${member}']`, { method: by })], source, { keys });
      expect(decoded(source).includes(hidden)).toBe(true);
      expect(decoded(output).includes(hidden)).toBe(false);
      expect(() => void JSON.parse(output)).not.toThrow();
    }),
    { numRuns: 1000 },
  );
});

/** The document with the secret under this name at every level. */
function placed(value: Json, member: string, text: string): Json {
  if (Array.isArray(value)) return [...value.map((each) => placed(each, member, text)), { [member]: text }];
  if (typeof value !== "object" || value === null) return { [member]: text, value };
  return {
    ...Object.fromEntries(Object.entries(value).map(([each, below]) => [each, placed(below, member, text)])),
    [member]: [text],
  };
}

const cell = fc.record({
  text: fc.string({ unit: fc.constantFrom("a", "1", " ", ",", '"', "\n", "é", "="), maxLength: 8 }),
  quoted: fc.boolean(),
});

test("CSV: the masked column goes in every row, every other byte stays", () => {
  const width = 3;
  const rows = fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 });
  const ends = fc.constantFrom("\n", "\r\n");
  fc.assert(
    fc.property(rows, fc.nat(width - 1), ends, fc.boolean(), (table, column, end, last) => {
      const write = (masked: boolean) =>
        table
          .map((row) =>
            row
              .map(({ text, quoted }, index) => {
                const quotes = quoted || /[",\n]/.test(text);
                const value = masked && index === column ? "[redacted]" : text;
                return quotes ? `"${value.replaceAll('"', '""')}"` : value;
              })
              .join(","),
          )
          .join(end) + (last ? end : "");
      const rule = maskRule(`$[${column}]`, { format: "csv", formatOptions: { columns: ["x", "y", "z"] } });
      expect(maskedPart([rule], write(false))).toBe(write(true));
    }),
    { numRuns: 2000 },
  );
});

test("logfmt: the masked values go, every other byte stays", () => {
  const pair = fc.tuple(fc.constantFrom("a", "b", "c.d"), cell);
  const gaps = fc.array(fc.constantFrom(" ", "  ", "\t", "\n"), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 6 }), fc.constantFrom("a", "b", "c.d"), gaps, (pairs, member, between) => {
      const write = (masked: boolean) =>
        pairs
          .map(([each, { text, quoted }], index) => {
            const spelled = quoted || /[\s"=]/.test(text) ? JSON.stringify(text) : text;
            return `${each}=${masked && each === member ? "[redacted]" : spelled}${between[index % between.length]!}`;
          })
          .join("");
      const source = write(false);
      fc.pre(source !== "");
      expect(maskedPart([maskRule(`$['${member}']`, { format: "logfmt" })], source)).toBe(write(true));
    }),
    { numRuns: 2000 },
  );
});
