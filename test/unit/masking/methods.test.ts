// What each method makes of values, one example a line; what all of them promise is in test/contracts/masking-method.test.ts.

import { FF1 } from "@noble/ciphers/ff1.js";
import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { Sensitive } from "../../../src/base/sensitive.ts";
import { methodNamed } from "../../../src/masking/methods/index.ts";
import { pseudonyms } from "../../../src/masking/methods/pseudonyms.ts";
import type { Found, Replacement } from "../../../src/masking/scalar.ts";

const key = { id: "k2", secret: new Sensitive("0123456789abcdef0123456789abcdef") };

function apply(name: string, options: object, value: Found): Replacement {
  const method = methodNamed(name)!;
  return method.prepare(method.options.parse(options), method.keyed ? key : null).apply(value);
}

const text = (value: string): Found => ({ kind: "text", text: value });
const number = (value: string): Found => ({ kind: "number", text: value, typed: false });
const integer = (value: bigint): Found => ({ kind: "integer", value, min: -(1n << 31n), max: (1n << 31n) - 1n });
const time = (value: bigint, unit: "days" | "millis"): Found => ({ kind: "time", value, unit });
const shown = (replacement: Replacement): unknown =>
  "text" in replacement ? replacement.text : "value" in replacement ? replacement.value : replacement.kind;

describe("partial", () => {
  test.each([
    [{ last: 4 }, text("4111111111111234"), "************1234"],
    [{ first: 2, last: 2 }, text("jane.doe"), "ja****oe"],
    [{ first: 1, with: "•" }, text("Zoë"), "Z••"],
    [{ last: 4 }, text("1234567"), "*******"], // more than half would stay
    [{ last: 4 }, text("12345678"), "****5678"],
    [{ first: 1 }, text("😀😀"), "😀*"],
    [{ last: 4 }, text(""), ""],
    [{ last: 4 }, number("4111111111111234"), "************1234"],
    [{ last: 2 }, number("1.5"), "redacted"],
    [{ last: 2 }, integer(123456n), 56n],
    [{ first: 2 }, integer(-123456n), 120000n],
    [{ last: 2 }, { kind: "composite" } as const, "redacted"],
  ])("%o of %o", (options, value, expected) => {
    expect(shown(apply("partial", options, value))).toEqual(expected);
  });
});

describe("hash", () => {
  it("tells its key's id, and is the same for a number and its text", () => {
    const hashed = shown(apply("hash", {}, text("42")));
    expect(hashed).toMatch(/^hmac:k2:[A-Za-z0-9_-]{43}$/);
    expect(shown(apply("hash", {}, number("42")))).toBe(hashed);
  });

  it("stays within the type of a whole number, and as long as fixed bytes", () => {
    expect(shown(apply("hash", {}, integer(7n)))).toBeGreaterThanOrEqual(0n);
    const fixed = apply("hash", {}, { kind: "bytes", bytes: new Uint8Array(50), fixed: true });
    expect(fixed.kind === "bytes" && fixed.bytes.length).toBe(50);
  });
});

describe("token", () => {
  it.each(["4111-1111-1111-1111", "Jane.Doe@example.com", "DE89370400440532013000", "a", "7", "x".repeat(5000)])(
    "keeps the form of %s",
    (value) => {
      const form = (given: string) => given.replaceAll(/\d/g, "9").replaceAll(/[A-Z]/g, "A").replaceAll(/[a-z]/g, "a");
      const token = String(shown(apply("token", {}, text(value))));
      expect(form(token)).toBe(form(value));
      expect(token).not.toBe(value);
    },
  );

  it("lets no letter of another script through", () => {
    expect(shown(apply("token", {}, text("Ünal Ωmega 東京 ٣")))).toMatch(/^[A-Z][a-z]{3} [A-Z][a-z]{4} [a-z]{2} \d$/);
  });

  it("redacts what has no letter and no digit", () => {
    expect(apply("token", {}, text("---")).kind).toBe("redacted");
  });

  it("keeps numbers numbers, of as many digits, in the range of their type", () => {
    expect(shown(apply("token", {}, number("-1234567890123456789")))).toMatch(/^-[1-9]\d{18}$/);
    expect(apply("token", {}, number("1e5")).kind).toBe("redacted");
    expect(String(shown(apply("token", {}, integer(2_147_483_647n))))).toMatch(/^[12]\d{9}$/);
  });
});

describe("pseudonyms", () => {
  it("are one to one, and none is the value itself, for every size of domain", () => {
    const { replace } = pseudonyms(Buffer.alloc(32, 7));
    for (const radixes of [[2], [3], [10], [26, 10], [10, 10, 10], [9, 10, 26]]) {
      const values = radixes.reduce<number[][]>(
        (lists, radix) => lists.flatMap((list) => Array.from({ length: radix }, (_, digit) => [...list, digit])),
        [[]],
      );
      const results = values.map((digits) => replace("form", radixes, digits).join());
      expect(new Set(results).size).toBe(values.length);
      expect(values.filter((digits, index) => results[index] === digits.join())).toEqual([]);
    }
  });

  it("of long values are as long, and differ where the values do", () => {
    const { replace } = pseudonyms(Buffer.alloc(32, 7));
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 30, maxLength: 60 }), fc.nat(29), (digits, at) => {
        const radixes = digits.map(() => 10);
        const other = digits.with(at, (digits[at]! + 1) % 10);
        expect(replace("f", radixes, digits)).toHaveLength(digits.length);
        expect(replace("f", radixes, digits)).not.toEqual(replace("f", radixes, other));
      }),
      { numRuns: 50 },
    );
  });
});

describe("fpe", () => {
  // NIST's samples 1, 2 and 7 for FF1, and 3 with radix 36.
  const aes128 = "2B7E151628AED2A6ABF7158809CF4F3C";
  test.each([
    [aes128, "", 10, "0123456789", "2433477484"],
    [aes128, "39383736353433323130", 10, "0123456789", "6124200773"],
    [aes128, "3737373770717273373737", 36, "0123456789abcdefghi", "a9tv40mll9kdu509eum"],
    [`${aes128}EF4359D8D580AA4F7F036D6F04FC6A94`, "", 10, "0123456789", "6657667009"],
  ])("FF1 is NIST's: key %s, tweak %s, radix %i", (secret, tweak, radix, plain, encrypted) => {
    const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
    const digits = Array.from(plain, (digit) => Number.parseInt(digit, radix));
    const result = FF1(radix, bytes(secret), bytes(tweak)).encrypt(digits);
    expect(result.map((digit) => digit.toString(radix)).join("")).toBe(encrypted);
  });

  test.each([
    [{}, text("4111-1111 1111.1111"), /^\d{4}-\d{4} \d{4}\.\d{4}$/],
    [{}, text("12345"), /^redacted$/], // less than a million possible values
    [{}, text("123456x"), /^redacted$/], // the letter would stay
    [{}, text(""), /^redacted$/],
    [{ alphabet: "alphanumeric" }, text("Ab-1"), /^redacted$/],
    [{ alphabet: "alphanumeric" }, text("Ab-123xyz"), /^[A-Za-z0-9]{2}-[A-Za-z0-9]{6}$/],
    [{}, number("-123456789"), /^-[1-9]\d{8}$/],
    [{}, number("0.123456789"), /^redacted$/],
    [{}, integer(2_000_000_000n), /^[12]\d{9}$/],
  ])("%o of %o", (options, value, expected) => {
    const result = apply("fpe", options, value);
    expect(String(shown(result))).toMatch(expected);
    expect(result).not.toEqual(value);
  });
});

describe("truncate-date", () => {
  test.each([
    ["year", text("2026-11-25"), "2026-01-01"],
    ["month", text("2026-11-25T09:14:02.113+02:00"), "2026-11-01T00:00:00.000+02:00"],
    ["day", text("2026-11-25 09:14:02"), "2026-11-25 00:00:00"],
    ["hour", text("2026-11-25T09:14Z"), "2026-11-25T09:00Z"],
    ["year", text("25.11.2026"), "redacted"],
    ["month", time(BigInt(Date.UTC(2024, 1, 29, 13)), "millis"), BigInt(Date.UTC(2024, 1, 1))],
    ["year", time(-1n, "days"), -365n],
    ["day", time(-1n, "millis"), -86_400_000n],
    ["hour", time(3_700_000n, "millis"), 3_600_000n],
    ["day", number("1764062042113"), "redacted"],
    ["year", time(1n << 62n, "days"), "redacted"],
  ] as const)("to the %s: %o", (to, value, expected) => {
    expect(shown(apply("truncate-date", { to }, value))).toBe(expected);
  });

  it("takes plain numbers where it is told what they count", () => {
    expect(shown(apply("truncate-date", { to: "day", unit: "seconds" }, number("86399")))).toBe("0");
  });
});

describe("bucket", () => {
  test.each([
    [10, number("47"), "40"],
    [10, number("-1"), "-10"],
    [10, number("-0.5"), "-10"],
    [1000, number("123456789012345678901234.9"), "123456789012345678901000"],
    [10, text("47.9"), "40"],
    [10, text("forty"), "redacted"],
    [10, number("1e3"), "redacted"],
    [100, integer(-250n), -300n],
    [1_000_000_000, integer(-2_100_000_000n), "redacted"],
  ])("of %i: %o", (size, value, expected) => {
    expect(shown(apply("bucket", { size }, value))).toBe(expected);
  });
});
