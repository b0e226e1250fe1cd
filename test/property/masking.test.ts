// Masking against a model: JSON.parse, a walk over the parsed tree, and the promise that no secret and no other byte is touched.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type PathStep, parsePath } from "../../src/masking/path.ts";
import type { MaskRule } from "../../src/model/decision.ts";
import { maskRule, recordOf, testMasking } from "../support/masking.ts";

type Tree = { readonly text: string } | { readonly items: readonly Tree[] } | { readonly members: readonly Member[] };
interface Member {
  readonly name: string;
  readonly spelled: string;
  readonly value: Tree;
}

const R = '"[redacted]"';
const names = ["a", "b", "ssn", "é", "x y", "😀"];
const space = fc.stringMatching(/^[ \n\r\t]{0,2}$/);

/** A name in one of its many spellings. */
const spelling = fc.tuple(fc.constantFrom(...names), fc.infiniteStream(fc.boolean())).map(([name, flips]) => {
  const escaped = name
    .split("")
    .map((unit) => (flips.next().value ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : unit))
    .join("");
  // Half of an escaped pair beside half of a plain one is no text.
  const spelled = /[\ud800-\udfff]/.test(name) ? (escaped.length === 12 ? escaped : name) : escaped;
  return { name, spelled: `"${spelled}"` };
});

const scalar = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
  fc.constantFrom("null", "true", "false", "1.50", "-0", "1E+2", '"\\/\\u0041"', '"\\ud800"'),
);

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    scalar.map((text) => ({ text })),
    fc.array(tie("tree"), { maxLength: 4 }).map((items) => ({ items })),
    fc.array(fc.tuple(spelling, tie("tree")), { maxLength: 4 }).map((members) => ({
      members: members.map(([name, value]) => ({ ...name, value })),
    })),
  ),
}));

const step = fc.oneof(
  fc.constantFrom(...names).map((name) => `['${name}']`),
  fc.nat(2).map((index) => `[${index}]`),
  fc.constant("[*]"),
);
const path = fc
  .array(fc.tuple(fc.boolean(), step), { maxLength: 3 })
  .map((steps) => `$${steps.map(([deep, text]) => (deep ? `..${text}` : text)).join("")}`);

/** True when the steps lead along the whole trail: the definition, by plain recursion. */
function leads(steps: readonly PathStep[], trail: readonly (string | number)[]): boolean {
  const [first, ...rest] = steps;
  if (first === undefined) return trail.length === 0;
  const [edge, ...below] = trail;
  if (edge === undefined) return false;
  const fits = first.kind === "any" || (first.kind === "name" ? first.name === edge : first.index === edge);
  return (fits && leads(rest, below)) || (first.deep && leads(steps, below));
}

function write(
  node: Tree,
  paths: readonly (readonly PathStep[])[],
  trail: readonly (string | number)[],
  pad: () => string,
): string {
  // White space is drawn in the same order whether masked or not, so that both texts agree elsewhere.
  let text: string;
  if ("text" in node) text = node.text;
  else if ("items" in node) {
    const items = node.items.map((item, index) => pad() + write(item, paths, [...trail, index], pad) + pad());
    text = `[${items.length === 0 ? pad() : items.join(",")}]`;
  } else {
    const members = node.members.map(
      ({ name, spelled, value }) =>
        `${pad()}${spelled}${pad()}:${pad()}${write(value, paths, [...trail, name], pad)}${pad()}`,
    );
    text = `{${members.length === 0 ? pad() : members.join(",")}}`;
  }
  return paths.some((steps) => leads(steps, trail)) ? R : text;
}

function mask(value: Buffer, paths: readonly string[], otherwise: MaskRule["otherwise"] = "refuse"): Buffer {
  const rules = paths.map((field, index) => maskRule(field, { rule: `r${index}`, otherwise }));
  const edit = testMasking().masker(rules, { masked: {}, failed: {} })(recordOf({ value }));
  return Buffer.from(typeof edit === "object" && "value" in edit && edit.value ? edit.value : value);
}

test("exactly what the paths name is replaced, in any document, spelling and white space", () => {
  fc.assert(
    fc.property(
      tree,
      fc.array(path, { minLength: 1, maxLength: 4 }),
      fc.array(space, { minLength: 1, maxLength: 7 }),
      (node, paths, spaces) => {
        const padding = () => {
          let at = 0;
          return () => spaces[at++ % spaces.length] ?? "";
        };
        const source = write(node, [], [], padding());
        const expected = write(node, paths.map(parsePath), [], padding());
        const output = mask(Buffer.from(source), paths).toString();
        expect(output).toBe(expected);
        expect(JSON.parse(output)).toEqual(JSON.parse(expected));
      },
    ),
    { numRuns: 3000 },
  );
});

function nest(layers: readonly string[], inner: string): string {
  return layers.reduceRight((text, layer) => layer.replace("#", () => text), inner);
}

test("no secret occurs in the output, wherever it stands below a masked name", () => {
  const secret = "S3CR3T-4711";
  const wrapped = fc.array(fc.constantFrom('{"k":#}', "[#]", '{"z":[1,#],"y":2}', '[{"q":#}]'), { maxLength: 5 });
  fc.assert(
    fc.property(wrapped, wrapped, spelling, (above, below, { name, spelled }) => {
      const document = nest(above, `{${spelled}:${nest(below, JSON.stringify(secret))}}`);
      expect(mask(Buffer.from(document), [`$..['${name}']`]).includes(secret)).toBe(false);
    }),
  );
});

test("whatever the bytes are, they are JSON to us exactly when they are to JSON.parse", () => {
  const almost = fc
    .tuple(
      tree,
      fc.array(
        fc.tuple(
          fc.nat(),
          fc.constantFrom("", '"', "\\", ",", "}", "]", "{", "[", "0", "-", ".", "e", "\n", "\0", "u", "x"),
        ),
      ),
    )
    .map(([node, edits]) => {
      let text = write(node, [], [], () => "");
      for (const [at, insert] of edits) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + insert + text.slice(place + (insert === "" ? 1 : 0));
      }
      return Buffer.from(text);
    });
  fc.assert(
    fc.property(
      fc.oneof(
        almost,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        fc.pre(bytes.length > 0);
        let isJson = true;
        try {
          // A strict decoder; a byte order mark counts as text and is then refused by JSON.parse.
          JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
        } catch {
          isJson = false;
        }
        expect(mask(bytes, ["$.nothing.here"], "redact").equals(isJson ? bytes : Buffer.from(R))).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});
