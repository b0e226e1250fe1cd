// fpe: format-preserving encryption, FF1 of NIST SP 800-38G with AES-256. A card number becomes another sequence of as many digits, one to one;
// whoever has the key can reverse it. Separators stay where they are. NIST asks for a million possible values at least: shorter ones are redacted.
import type * as ff1 from "@noble/ciphers/ff1.js";
import { z } from "zod";
import { assert } from "../../base/assert.ts";
import { lazily, loadNow } from "../../base/lazy.ts";
import { derivedKey } from "../keys.ts";
import type { MaskMethod, ReadyMethod } from "../method.ts";
import { byKind } from "./by-kind.ts";

const library = lazily((): typeof ff1 => loadNow("@noble/ciphers/ff1.js"));

const digits = "0123456789";
const lower = "abcdefghijklmnopqrstuvwxyz";
const alphabets = { digits, lower, alphanumeric: digits + lower.toUpperCase() + lower };

const options = z.strictObject({
  /** The characters that values are made of, beside separators. A value with another letter or digit is redacted. */
  alphabet: z.enum(["digits", "lower", "alphanumeric"]).default("digits"),
  /** FF1's tweak: the same value becomes another in another place. Not secret. */
  tweak: z.string().max(256).default(""),
});

/** FF1 takes longer with the square of the length, and no number that people write has more. */
const charactersMax = 256;
const possibleMin = 1_000_000;
/** A number keeps its first digit from being 0 and its range by encrypting again; so many times in a row has not been seen. */
const walksMax = 1_000;

interface Cipher {
  readonly alphabet: string;
  encrypt(digits: number[]): number[];
}

export const fpe: MaskMethod<z.output<typeof options>> = {
  name: "fpe",
  deterministic: true,
  shows: 1,
  keyed: true,
  options,
  prepare({ alphabet, tweak }, key) {
    assert(key !== null, "fpe without a key");
    const characters = alphabets[alphabet];
    const secret = Uint8Array.from(derivedKey(key, "fpe", 32));
    const text = library().FF1(characters.length, secret, Uint8Array.from(Buffer.from(tweak)));
    const number = library().FF1(digits.length, secret, Uint8Array.from(Buffer.from(tweak)));
    const ciphers = { text: { alphabet: characters, ...text }, number: { alphabet: digits, ...number } };
    return { constant: null, apply: encrypted(ciphers) };
  },
};

function encrypted({ text, number }: { text: Cipher; number: Cipher }): ReadyMethod["apply"] {
  return byKind({
    text(value) {
      const result = encryptedText(value.text, text);
      return result === null ? null : { ...value, text: result };
    },
    number(value) {
      if (!/^-?[1-9]\d*$/.test(value.text)) return null;
      const result = encryptedNumber(value.text, number, () => true);
      return result === null ? null : { ...value, text: result };
    },
    integer(value) {
      const fits = (result: string) => BigInt(result) >= value.min && BigInt(result) <= value.max;
      const result = encryptedNumber(value.value.toString(), number, fits);
      return result === null ? null : { ...value, value: BigInt(result) };
    },
  });
}

const letterOrDigit = /[\p{L}\p{N}\p{M}]/u;

/** Null where it cannot be encrypted, or would let something through that is neither encrypted nor a separator. */
function encryptedText(text: string, { alphabet, encrypt }: Cipher): string | null {
  const characters = Array.from(text);
  const places = characters.flatMap((character, index) => (alphabet.includes(character) ? index : []));
  const others = characters.filter((character) => !alphabet.includes(character));
  if (places.length > charactersMax || alphabet.length ** places.length < possibleMin) return null;
  if (others.some((character) => letterOrDigit.test(character))) return null;
  const result = encrypt(places.map((index) => alphabet.indexOf(characters[index]!)));
  for (const [at, index] of places.entries()) characters[index] = alphabet[result[at]!]!;
  const encryptedAll = characters.join("");
  // Once in a million times and less a value would become itself.
  return encryptedAll === text ? null : encryptedAll;
}

/** Encrypts until the first digit is not 0 and the number fits: still one to one (cycle walking). The sign stays. */
function encryptedNumber(text: string, cipher: Cipher, fits: (result: string) => boolean): string | null {
  let result: string | null = text;
  for (let walks = 0; walks < walksMax; walks++) {
    result = encryptedText(result, cipher);
    if (result === null) return null;
    if (/^-?[1-9]/.test(result) && fits(result)) return result;
  }
  return null;
}
