// token: another value of the same form: digits become digits, letters letters of the same case, the rest stays. One to one for values of one form up to
// about 38 digits or 27 letters; longer ones differ but for a collision that nobody meets. Never the value itself. Not made to be reversed.
import { z } from "zod";
import { assert } from "../../base/assert.ts";
import { derivedKey } from "../keys.ts";
import type { MaskMethod, ReadyMethod } from "../method.ts";
import { byKind } from "./by-kind.ts";
import { type Pseudonyms, pseudonyms } from "./pseudonyms.ts";

export const token: MaskMethod = {
  name: "token",
  deterministic: true,
  shows: 1,
  keyed: true,
  options: z.strictObject({}),
  prepare(_, key) {
    assert(key !== null, "token without a key");
    return { constant: null, apply: tokenOf(pseudonyms(derivedKey(key, "token", 32))) };
  },
};

function tokenOf(made: Pseudonyms): ReadyMethod["apply"] {
  return byKind({
    text(value) {
      const text = textToken(value.text, made);
      return text === null ? null : { ...value, text };
    },
    number(value) {
      const text = numberToken(value.text, made, () => true);
      return text === null ? null : { ...value, text };
    },
    integer(value) {
      const fits = (text: string) => BigInt(text) >= value.min && BigInt(text) <= value.max;
      const text = numberToken(value.value.toString(), made, fits);
      return text === null ? null : { ...value, value: BigInt(text) };
    },
  });
}

interface Alphabet {
  readonly characters: string;
  /** Which characters become one of these. */
  readonly takes: RegExp;
}

const digits: Alphabet = { characters: "0123456789", takes: /^\p{N}$/u };
const upper: Alphabet = { characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", takes: /^[\p{Lu}\p{Lt}]$/u };
const lower: Alphabet = { characters: "abcdefghijklmnopqrstuvwxyz", takes: /^[\p{L}\p{M}]$/u };
/** The first digit of a whole number: another is no number. */
const leading: Alphabet = { characters: "123456789", takes: /^[1-9]$/ };

/** Null where nothing in it can change. */
function textToken(text: string, made: Pseudonyms): string | null {
  return replaced(Array.from(text), alphabetFor, made);
}

function alphabetFor(character: string): Alphabet | undefined {
  return [digits, upper, lower].find(
    ({ characters, takes }) => characters.includes(character) || takes.test(character),
  );
}

/** Numbers without a fraction or exponent, whose places would tell their size. The sign stays. */
function numberToken(text: string, made: Pseudonyms, fits: (text: string) => boolean): string | null {
  if (!/^-?\d+$/.test(text)) return null;
  const first = text.startsWith("-") ? 1 : 0;
  const alphabetAt = (character: string, at: number) => {
    if (character === "-") return undefined;
    return at === first && text.length - first > 1 ? leading : digits;
  };
  let result: string | null = text;
  // Again until it fits: still one to one, since every value of this form has exactly one before it.
  do {
    result = replaced(Array.from(result), alphabetAt, made);
  } while (result !== null && !fits(result) && result !== text);
  return result === text ? null : result;
}

function replaced(
  characters: string[],
  alphabetOf: (character: string, at: number) => Alphabet | undefined,
  made: Pseudonyms,
): string | null {
  const places: { at: number; alphabet: Alphabet; digit: number }[] = [];
  // The form, with what of a foreign letter its digit leaves out: values of different forms have nothing to do with each other.
  let form = "";
  for (const [at, character] of characters.entries()) {
    const alphabet = alphabetOf(character, at);
    if (alphabet === undefined) {
      form += `=${character}`;
      continue;
    }
    const known = alphabet.characters.indexOf(character);
    const point = character.codePointAt(0) ?? 0;
    const radix = alphabet.characters.length;
    places.push({ at, alphabet, digit: known >= 0 ? known : point % radix });
    form += known >= 0 ? alphabet.characters[0]! : `+${radix}.${Math.floor(point / radix)}`;
  }
  if (places.length === 0) return null;
  const radixes = places.map(({ alphabet }) => alphabet.characters.length);
  const result = made.replace(
    form,
    radixes,
    places.map(({ digit }) => digit),
  );
  for (const [index, { at, alphabet }] of places.entries()) characters[at] = alphabet.characters[result[index]!]!;
  return characters.join("");
}
