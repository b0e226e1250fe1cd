// Keyed one-to-one replacement of digits in mixed radixes, the value itself excepted. For numbers below 2^128 a permutation: a Feistel network over a × b ≥ N
// values (Black and Rogaway 2002, as in NIST's FF1) with AES-256 as its round function, E, of which E⁻¹(E(x) + 1) is used where N is not huge: no x becomes itself then.
// Longer ones are drawn from AES in counter mode under a digest of the whole: two that meet are as likely as two equal digests.
import { createCipheriv, createHmac } from "node:crypto";

export interface Pseudonyms {
  /** `digits[i]` below `radixes[i]`, in and out. Values of different `form` have nothing to do with each other. */
  replace(form: string, radixes: readonly number[], digits: readonly number[]): readonly number[];
}

const permutedMax = 1n << 128n;
const rounds = 10;
/** From here on E itself serves: that it makes of a value itself is as likely as one in so many. */
const neverItselfMin = 1n << 60n;
const formsKeptMax = 1_000;

/** `key`: 32 bytes. */
export function pseudonyms(key: Buffer): Pseudonyms {
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  // The same few forms come again and again: sixteen digits, a word and a number.
  const forms = new Map<string, Buffer>();
  const tweakOf = (form: string): Buffer => {
    const known = forms.get(form) ?? digestOf(form);
    if (forms.size >= formsKeptMax) forms.clear();
    forms.set(form, known);
    return known;
  };
  const digestOf = (text: string) => createHmac("sha256", key).update(text).digest().subarray(0, 16);
  return {
    replace(form, radixes, digits) {
      const size = sizeOf(radixes);
      if (size === null) return drawn(cipher, digestOf(`${form}\0${digits.join()}`), radixes);
      if (size === 1n) return digits;
      const domain = new Domain(cipher, tweakOf(form), size);
      return toDigits(domain.replace(toNumber(digits, radixes)), radixes);
    },
  };
}

type Cipher = ReturnType<typeof createCipheriv>;

class Domain {
  private readonly cipher: Cipher;
  private readonly tweak: Buffer;
  private readonly size: bigint;
  private readonly a: bigint;
  private readonly b: bigint;

  constructor(cipher: Cipher, tweak: Buffer, size: bigint) {
    this.cipher = cipher;
    this.tweak = tweak;
    this.size = size;
    this.a = rootOf(size);
    this.b = (size + this.a - 1n) / this.a;
  }

  replace(value: bigint): bigint {
    const next = this.within(value, this.forward);
    return this.size >= neverItselfMin ? next : this.within((next + 1n) % this.size, this.backward);
  }

  /** a × b is a little more than there is: what falls outside goes round again, which is still one to one. */
  private within(value: bigint, turn: (value: bigint) => bigint): bigint {
    let result = value;
    do result = turn(result);
    while (result >= this.size);
    return result;
  }

  private readonly forward = (value: bigint): bigint => {
    let left = value / this.b;
    let right = value % this.b;
    for (let round = 0; round < rounds; round += 2) {
      left = (left + this.random(round, right)) % this.a;
      right = (right + this.random(round + 1, left)) % this.b;
    }
    return left * this.b + right;
  };

  private readonly backward = (value: bigint): bigint => {
    let left = value / this.b;
    let right = value % this.b;
    for (let round = rounds - 2; round >= 0; round -= 2) {
      right = modulo(right - this.random(round + 1, left), this.b);
      left = modulo(left - this.random(round, right), this.a);
    }
    return left * this.b + right;
  };

  /** 128 bits, of which a remainder by less than 2^65 is even enough. Halves have 64 bits, or one more: it goes beside the round. */
  private random(round: number, half: bigint): bigint {
    const block = Buffer.from(this.tweak);
    block[0]! ^= round + 1;
    block[1]! ^= Number(half >> 64n);
    for (let at = 15, rest = half; at >= 8; at--, rest >>= 8n) block[at]! ^= Number(rest & 0xffn);
    const random = this.cipher.update(block);
    return (random.readBigUInt64BE() << 64n) | random.readBigUInt64BE(8);
  }
}

/** How many values there are; null where they are too many to permute. */
function sizeOf(radixes: readonly number[]): bigint | null {
  let size = 1n;
  for (const radix of radixes) {
    size *= BigInt(radix);
    if (size > permutedMax) return null;
  }
  return size;
}

function drawn(cipher: Cipher, seed: Buffer, radixes: readonly number[]): number[] {
  let block = seed;
  return radixes.map((radix, index) => {
    const at = (index % 4) * 4;
    if (at === 0) {
      const counter = Buffer.from(seed);
      counter.writeUInt32BE((counter.readUInt32BE() ^ (index / 4 + 1)) >>> 0);
      block = cipher.update(counter);
    }
    return block.readUInt32BE(at) % radix;
  });
}

function toNumber(digits: readonly number[], radixes: readonly number[]): bigint {
  return digits.reduce((value, digit, index) => value * BigInt(radixes[index]!) + BigInt(digit), 0n);
}

function toDigits(value: bigint, radixes: readonly number[]): number[] {
  let rest = value;
  return radixes
    .toReversed()
    .map((radix) => {
      const digit = Number(rest % BigInt(radix));
      rest /= BigInt(radix);
      return digit;
    })
    .toReversed();
}

const modulo = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

/** The smallest number whose square is not below `value` (Newton's method). */
function rootOf(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) break;
    root = next;
  }
  return root * root < value ? root + 1n : root;
}
