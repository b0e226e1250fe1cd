// The tokens of JSON as byte ranges, to the letter of RFC 8259: whatever a lenient parser might read otherwise is refused here.
// The text ends with a zero byte that belongs to no token, so that no loop needs to look for the end. UTF-8 is checked elsewhere.

export const code = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  backslash: 0x5c,
  openArray: 0x5b,
  closeArray: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

/** Bytes of a string that stand for themselves: no quote, backslash or control character. */
const plain = new Uint8Array(256).fill(1, 0x20);
plain[code.quote] = 0;
plain[code.backslash] = 0;

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number): boolean =>
  isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);

export function skipSpace(text: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const byte = text[at]!;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
    at++;
  }
}

/** A text that is read by its bytes and, where that is faster, by four of them at once: both see the same memory, from its beginning. */
export interface Text {
  readonly bytes: Buffer;
  readonly words: Int32Array;
}

/** The first byte at or after `start` that does not stand for itself. Most of a document is inside of strings: this loop is most of reading one. */
export function plainEnd({ bytes, words }: Text, start: number): number {
  let at = start;
  const aligned = (start + 3) & ~3;
  while (at < aligned) {
    if (plain[bytes[at]!] !== 1) return at;
    at++;
  }
  let word = at >> 2;
  while (arePlain(words[word]!)) word++;
  at = word << 2;
  while (plain[bytes[at]!] === 1) at++;
  return at;
}

/**
 * Four bytes at once: false where one of them is below 0x20, a quote or a backslash. Taking 0x20 (or 1, of what would be zero) from each byte borrows
 * from its high bit where it is smaller; a borrow may reach the byte above it, so that it says too little of that one, never too much of the first.
 */
function arePlain(word: number): boolean {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  const small = (word - 0x20202020) & ~word;
  const found = small | ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes);
  return (found & 0x80808080) === 0;
}

/** `start` follows the opening quote; the result follows the closing one, or is -1. */
export function stringEnd(text: Text, start: number): number {
  const { bytes } = text;
  let at = plainEnd(text, start);
  while (bytes[at] !== code.quote) {
    if (bytes[at] !== code.backslash) return -1;
    at = escapeEnd(bytes, at + 1);
    if (at < 0) return -1;
    at = plainEnd(text, at);
  }
  return at + 1;
}

function escapeEnd(text: Uint8Array, at: number): number {
  switch (text[at]!) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 1;
    case 0x75: // u
      for (let digit = at + 1; digit <= at + 4; digit++) if (!isHex(text[digit]!)) return -1;
      return at + 5;
    default:
      return -1;
  }
}

/** The end of the number that starts at `start`, or -1. */
export function numberEnd(text: Uint8Array, start: number): number {
  let at = text[start] === 0x2d ? start + 1 : start;
  const first = text[at]!;
  if (!isDigit(first)) return -1;
  at = first === 0x30 ? at + 1 : digitsEnd(text, at);
  if (text[at] === 0x2e) {
    at = digitsEnd(text, at + 1);
    if (at < 0) return -1;
  }
  if (text[at] === 0x65 || text[at] === 0x45) {
    const sign = text[at + 1];
    at = digitsEnd(text, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
  }
  return at;
}

/** Past at least one digit, or -1. */
function digitsEnd(text: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(text[at]!)) at++;
  return at === start ? -1 : at;
}

const literals = ["true", "false", "null"].map((word) => Buffer.from(word));

/** The end of `true`, `false` or `null`, or -1. */
export function literalEnd(text: Uint8Array, start: number): number {
  for (const word of literals) {
    let at = 0;
    while (at < word.length && word[at] === text[start + at]) at++;
    if (at === word.length) return start + at;
  }
  return -1;
}
