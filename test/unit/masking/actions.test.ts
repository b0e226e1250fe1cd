// What rules do at one place, with detectors that find fixed words.
import { describe, expect, test } from "vitest";
import { maskAction } from "../../../src/masking/actions.ts";
import type { Detector } from "../../../src/masking/detectors/detector.ts";
import { methodNamed } from "../../../src/masking/methods/index.ts";
import type { ReadyRule } from "../../../src/masking/rule.ts";
import type { Found } from "../../../src/masking/scalar.ts";
import { maskRule } from "../../support/masking.ts";

/** Finds each occurrence of `word`; with a field, only there. */
function finds(word: string, field: string | null = null): Detector {
  return {
    name: word,
    find: (text, at) =>
      field !== null && field !== at
        ? []
        : Array.from(text.matchAll(new RegExp(word, "g")), ({ index }) => ({ start: index, end: index + word.length })),
  };
}

function looking(detectors: readonly Detector[], method = "redact", options: object = {}): ReadyRule {
  const { prepare, shows, options: schema } = methodNamed(method)!;
  const target = { steps: [], tag: null, below: detectors.length > 0 };
  return {
    rule: maskRule("$"),
    place: { target, detectors, formats: [], walk: "" },
    method: prepare(schema.parse(options), null),
    shows,
  };
}

function apply(rules: readonly ReadyRule[], value: Found, name = "") {
  const hits: ReadyRule[] = [];
  const replacement = maskAction(rules, (rule) => hits.push(rule))?.apply(value, name) ?? null;
  return { replacement, hits };
}

const text = (value: string): Found => ({ kind: "text", text: value });

describe("rules with detectors", () => {
  test("mask what was found and leave the rest of the text", () => {
    const { replacement, hits } = apply([looking([finds("cat")])], text("a cat, a catfish"));
    expect(replacement).toEqual(text("a [redacted], a [redacted]fish"));
    expect(hits).toHaveLength(2);
  });

  test("leave a value in which nothing is found", () => {
    expect(apply([looking([finds("cat")])], text("a dog")).replacement).toBeNull();
  });

  test("each mask what they found; what overlaps goes as one, by the rule that comes first", () => {
    const first = looking([finds("abc")]);
    const second = looking([finds("cde"), finds("x")], "constant", { value: "-" });
    expect(apply([first, second], text("_abcde_x_abc")).replacement).toEqual(text("_[redacted]_-_[redacted]"));
  });

  test("see the nearest field's name", () => {
    const rule = looking([finds("1", "pin")]);
    expect(apply([rule], text("1"), "pin").replacement).toEqual(text("[redacted]"));
    expect(apply([rule], text("1"), "count").replacement).toBeNull();
  });

  test("mask a number, bytes or a symbol as a whole: a part of it cannot go", () => {
    const rules = [looking([finds("41")])];
    const whole: readonly Found[] = [
      { kind: "number", text: "74112", typed: false },
      { kind: "integer", value: 41n, min: 0n, max: 100n },
      { kind: "bytes", bytes: Buffer.from("xx41"), fixed: false },
      { kind: "enum", symbol: "A41", symbols: ["A41"] },
    ];
    for (const value of whole) expect(apply(rules, value).replacement).toEqual({ kind: "redacted" });
  });

  test("find nothing in what has no text", () => {
    const none: readonly Found[] = [
      { kind: "null" },
      { kind: "boolean", value: true },
      { kind: "bytes", bytes: new Uint8Array([0xff]), fixed: false },
    ];
    for (const value of none) expect(apply([looking([finds("")])], value).replacement).toBeNull();
  });

  test("whose method makes no text of it change the value as a whole", () => {
    expect(apply([looking([finds("cat")], "null")], text("a cat")).replacement).toEqual({ kind: "null" });
  });
});

test("a rule that takes the whole value leaves nothing to detectors", () => {
  const { replacement, hits } = apply([looking([finds("cat")]), looking([])], text("a cat"));
  expect(replacement).toEqual({ kind: "redacted" });
  expect(hits).toHaveLength(1);
});
