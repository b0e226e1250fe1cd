// Damage to bytes, as fuzzers do it: bits, bytes, numbers at the edges of their types, pieces left out, doubled, moved and taken from others.
import type { Random } from "./random.ts";

const edges = [0, 1, -1, 127, 128, -128, 255, 256, 32767, 32768, -32768, 65535, 0x7fffffff, -0x80000000, 0x7ffffffe];
const varints = [
  "00",
  "01",
  "7f",
  "8001",
  "ff01",
  "ffff03",
  "ffffffff07",
  "ffffffff0f",
  "8080808010",
  "ffffffffffffffffff01",
];

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const splice = (bytes: Buffer, at: number, removed: number, put: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)]);

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const at = random.int(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.int(8));
    return copy;
  },
  (bytes, random) => splice(bytes, random.int(bytes.length), 1, random.bytes(1)),
  (bytes, random) => splice(bytes, random.int(bytes.length + 1), 0, random.bytes(1 + random.int(8))),
  (bytes, random) => splice(bytes, random.int(bytes.length), 1 + random.int(8), Buffer.alloc(0)),
  (bytes, random) => bytes.subarray(0, random.int(bytes.length + 1)),
  (bytes, random) => {
    const at = random.int(bytes.length);
    return splice(bytes, random.int(bytes.length + 1), 0, bytes.subarray(at, at + 1 + random.int(64)));
  },
  (bytes, random) => {
    const put = Buffer.alloc(4);
    put.writeInt32BE(random.pick(edges) | 0);
    const width = random.pick([1, 2, 4]);
    return splice(bytes, random.int(bytes.length), width, put.subarray(4 - width));
  },
  (bytes, random) => {
    const put = Buffer.alloc(8);
    put.writeBigInt64BE(random.pick([0n, -1n, 1n, 2n ** 63n - 1n, -(2n ** 63n)]));
    return splice(bytes, random.int(bytes.length), 8, put);
  },
  (bytes, random) => splice(bytes, random.int(bytes.length), 1, Buffer.from(random.pick(varints), "hex")),
  (bytes, random, other) => {
    const at = random.int(other.length + 1);
    return splice(bytes, random.int(bytes.length + 1), random.int(16), other.subarray(at, at + random.int(64)));
  },
];

/** One to four damages, or none at all once in sixteen. `other` lends pieces. */
export function mutated(bytes: Buffer, random: Random, other: Buffer): Buffer {
  if (random.oneIn(16)) return bytes;
  let result = bytes;
  for (let count = 1 + random.int(4); count > 0; count--) {
    if (result.length === 0) return random.bytes(1 + random.int(8));
    result = random.pick(mutations)(result, random, other);
  }
  return result;
}
