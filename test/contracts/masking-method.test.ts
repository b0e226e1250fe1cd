// What every masking method promises, over every kind of value.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sensitive } from "../../src/base/sensitive.ts";
import type { ReadyMethod } from "../../src/masking/method.ts";
import { methods } from "../../src/masking/methods/index.ts";
import type { Found, Replacement, Scalar } from "../../src/masking/scalar.ts";

/** Options with which each method is tried; a method that is not here fails. */
const tried: Readonly<Record<string, readonly object[]>> = {
  redact: [{}],
  constant: [{ value: "n/a" }, { value: 0.5 }, { value: true }],
  null: [{}],
  drop: [{}],
  partial: [{ first: 2 }, { last: 4 }, { first: 1, last: 1, with: "•" }],
  hash: [{}],
  token: [{}],
  fpe: [{}, { alphabet: "alphanumeric", tweak: "orders" }],
  "truncate-date": [{ to: "year" }, { to: "month" }, { to: "day", unit: "millis" }, { to: "hour", unit: "seconds" }],
  bucket: [{ size: 10 }],
};

const key = { id: "k1", secret: new Sensitive("a secret of more than thirty-two characters") };

function ready(name: string, options: object): ReadyMethod {
  const method = methods.find((each) => each.name === name)!;
  return method.prepare(method.options.parse(options), method.keyed ? key : null);
}

const cases = methods.flatMap(({ name, shows, deterministic }) =>
  (tried[name] ?? [null]).map((options) => ({ name, options, shows, deterministic, of: JSON.stringify(options) })),
);

const int64 = { min: -(1n << 63n), max: (1n << 63n) - 1n };
const int32 = { min: -(1n << 31n), max: (1n << 31n) - 1n };
const uint64 = { min: 0n, max: (1n << 64n) - 1n };
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...Array.from("0123456789- ")), maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...Array.from("aZ9é😀@. ")), maxLength: 300 }),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.bigInt(int64).map(String),
);
const kinds: Readonly<Record<Found["kind"], fc.Arbitrary<Found>>> = {
  text: text.map((value) => ({ kind: "text", text: value })),
  number: fc.tuple(number, fc.boolean()).map(([value, typed]) => ({ kind: "number", text: value, typed })),
  integer: fc
    .constantFrom(int64, int32, uint64)
    .chain((range) => fc.bigInt(range).map((value) => ({ kind: "integer", value, ...range }))),
  boolean: fc.boolean().map((value) => ({ kind: "boolean", value })),
  bytes: fc.tuple(fc.uint8Array(), fc.boolean()).map(([bytes, fixed]) => ({ kind: "bytes", bytes, fixed })),
  enum: fc.constantFrom("A", "B").map((symbol) => ({ kind: "enum", symbol, symbols: ["A", "B"] })),
  time: fc
    .tuple(fc.bigInt(int64), fc.constantFrom("days", "seconds", "millis", "micros", "nanos"))
    .map(([value, unit]) => ({ kind: "time", value, unit })),
  null: fc.constant({ kind: "null" }),
  composite: fc.constant({ kind: "composite" }),
};
const anything = fc.oneof(...Object.values(kinds));

/** A format can write it in place of `value`, or has a word of its own for it. */
function fits(replacement: Replacement, value: Found): boolean {
  if (replacement.kind === "redacted" || replacement.kind === "removed" || replacement.kind === "null") return true;
  if (replacement.kind === "integer")
    return replacement.value >= replacement.min && replacement.value <= replacement.max;
  if (replacement.kind === "number") return Number.isFinite(Number(replacement.text)) && replacement.text !== "";
  if (replacement.kind === "bytes" && value.kind === "bytes" && value.fixed)
    return replacement.bytes.length === value.bytes.length;
  return true;
}

describe.each(cases)("$name $of", ({ name, options }) => {
  const method = ready(name, options!);

  it("never throws, and gives what can stand in a field of the value's kind", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const replacement = method.constant ?? method.apply(value);
        expect(fits(replacement, value)).toBe(true);
        if (method.constant !== null) expect(method.apply(value)).toEqual(method.constant);
        const typed = value.kind === "integer" || (value.kind === "number" && value.typed) || value.kind === "time";
        if (typed && method.constant === null) expect([value.kind, "redacted"]).toContain(replacement.kind);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same for the same, also when it is made anew", () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(ready(name, options!).apply(value)).toEqual(method.apply(value));
      }),
    );
  });
});

describe.each(cases.filter(({ shows }) => shows < 2))("$name $of", ({ name, options }) => {
  const method = ready(name, options!);

  it("never gives the value back", () => {
    const filled = fc.constantFrom("text", "number", "integer", "bytes").chain((kind) => kinds[kind]);
    const mayBeMasked = filled.filter((value) => textOf(value).length > 0);
    fc.assert(
      fc.property(mayBeMasked, (value) => {
        const replacement = method.apply(value);
        if (name !== "constant") expect(replacement).not.toEqual(value);
        // A digest may well hold a letter of a short value.
        if (textOf(value).length > 8) expect(textOf(replacement)).not.toContain(textOf(value));
      }),
      { numRuns: 1000 },
    );
  });
});

describe.each(cases.filter(({ deterministic }) => deterministic))("$name $of", ({ name, options }) => {
  const method = ready(name, options!);

  it("gives different things for different ones", () => {
    const same = fc.constantFrom("text", "integer").chain((kind) => fc.tuple(kinds[kind], kinds[kind]));
    fc.assert(
      fc.property(same, ([a, b]) => {
        fc.pre(textOf(a) !== textOf(b));
        const [one, other] = [method.apply(a), method.apply(b)];
        fc.pre(one.kind !== "redacted" || other.kind !== "redacted");
        expect(one).not.toEqual(other);
      }),
    );
  });
});

/** What it says, "" where that is nothing that one could look for. */
function textOf(value: Found | Replacement): string {
  if (value.kind === "text" || value.kind === "number") return value.text;
  if (value.kind === "integer") return value.value.toString();
  return value.kind === "bytes" ? Buffer.from(value.bytes).toString("latin1") : "";
}

it("other keys give other values", () => {
  for (const { name, keyed, prepare, options } of methods.filter((method) => method.keyed)) {
    const value: Scalar = { kind: "text", text: "4111111111111111" };
    const another = { id: "k1", secret: new Sensitive("another secret of more than thirty-two characters") };
    const next = { id: "k2", secret: key.secret };
    const results = [key, another, next].map((each) => prepare(options.parse({}), each).apply(value));
    expect(new Set(results.map(textOf)).size, name).toBe(3);
    expect(keyed).toBe(true);
  }
});
