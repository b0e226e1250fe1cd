// A growing buffer with a bound: what records are rewritten into. Knows varints and nothing else of Kafka.
// Source: Protocol Buffers' zigzag varints, which records use for lengths and deltas (KIP-98).
import { scratchFor } from "../../../base/scratch.ts";
import { tooLarge } from "./failures.ts";

export class ByteSink {
  length = 0;
  private bytes: Buffer;
  private bytesMax: number;

  /** `sizeHint` is a guess; growing beyond `bytesMax` throws LockkeeperError `records-too-large`. */
  constructor(sizeHint: number, bytesMax: number) {
    this.bytes = Buffer.allocUnsafe(Math.min(sizeHint, bytesMax));
    this.bytesMax = bytesMax;
  }

  /** Begins anew in the same memory: what was viewed is overwritten. */
  restart(sizeHint: number, bytesMax: number): this {
    this.length = 0;
    this.bytesMax = bytesMax;
    this.bytes = scratchFor(Math.min(sizeHint, bytesMax), this.bytes);
    return this;
  }

  append(source: Uint8Array): void {
    if (source.length === 0) return;
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** Without a view of it, which would cost more than most copies. */
  appendPart(source: Buffer, start: number, end: number): void {
    if (end === start) return;
    this.reserve(end - start);
    this.length += source.copy(this.bytes, this.length, start, end);
  }

  int8(value: number): void {
    this.reserve(1);
    this.length = this.bytes.writeInt8(value, this.length);
  }

  int32(value: number): void {
    this.reserve(4);
    this.length = this.bytes.writeInt32BE(value, this.length);
  }

  int64(value: bigint): void {
    this.reserve(8);
    this.length = this.bytes.writeBigInt64BE(value, this.length);
  }

  /** A signed 32-bit number. */
  varint(value: number): void {
    this.reserve(5);
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  /** A signed 64-bit number. */
  varlong(value: bigint): void {
    this.reserve(10);
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    while (rest > 0x7fn) {
      this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }

  /** What was written, as a view: valid until the next write. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    // first: memory that is used again may be larger than this bound
    if (needed > this.bytesMax) throw tooLarge(this.bytesMax);
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.min(this.bytesMax, Math.max(needed, this.bytes.length * 2, 256)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/** How many bytes `ByteSink.varint` writes for it. */
export function varintSize(value: number): number {
  const rest = ((value << 1) ^ (value >> 31)) >>> 0;
  return rest < 0x80 ? 1 : rest < 0x4000 ? 2 : rest < 0x200000 ? 3 : rest < 0x10000000 ? 4 : 5;
}
