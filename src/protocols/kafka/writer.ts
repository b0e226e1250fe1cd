// Writes Kafka's primitive types into one growing buffer, or, when gathering, into pieces that take big byte fields as they are.
// One pass: the size is not computed first. A value outside of its type is a bug of ours and throws.
// Source: Kafka protocol guide, "Protocol Primitive Types"; KIP-482 for compact lengths.
import { assert } from "../../base/assert.ts";
import { stringBytesMax } from "./reader.ts";

/** Below this a copy is cheaper than a piece of its own. */
const gatherBytesMin = 4096;
/** Up to here a loop beats the call into native code. */
const shortStringMax = 48;

export interface ByteField {
  /** Offset in all that was written. */
  readonly at: number;
  readonly value: Buffer;
}

export class Writer {
  #bytes: Buffer;
  #view: DataView;
  #offset = 0;
  /** Where the piece begins that is being written. */
  #start = 0;
  #pieces: Buffer[] | null;
  #piecesBytes = 0;
  /** Where byte fields begin, when gathering. */
  readonly #marks: ByteField[] | null;

  /** `gather`: byte fields of 4 KiB or more are not copied; `pieces()` then returns them in their place. */
  constructor(options?: { readonly bytesHint?: number; readonly gather?: boolean }) {
    this.#bytes = Buffer.allocUnsafe(options?.bytesHint ?? 512);
    this.#view = viewOf(this.#bytes);
    this.#pieces = options?.gather === true ? [] : null;
    this.#marks = this.#pieces && [];
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#piecesBytes + this.#offset - this.#start;
  }

  /** Makes room for `length` bytes and returns their offset. */
  #room(length: number): number {
    const at = this.#offset;
    const end = at + length;
    if (end <= this.#bytes.length) {
      this.#offset = end;
      return at;
    }
    return this.#grow(length);
  }

  #grow(length: number): number {
    const used = this.#offset - this.#start;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, used + length));
    this.#bytes.copy(grown, 0, this.#start, this.#offset);
    this.#bytes = grown;
    this.#view = viewOf(grown);
    this.#start = 0;
    this.#offset = used + length;
    return used;
  }

  bool(value: boolean): void {
    assert(typeof value === "boolean", "not a bool");
    const at = this.#room(1);
    this.#view.setInt8(at, value ? 1 : 0);
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) throw outside("int8", value);
    const at = this.#room(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) throw outside("int16", value);
    const at = this.#room(2);
    this.#view.setInt16(at, value);
  }

  int32(value: number): void {
    if ((value | 0) !== value) throw outside("int32", value);
    const at = this.#room(4);
    this.#view.setInt32(at, value);
  }

  int32s(values: readonly number[]): void {
    let at = this.#room(4 * values.length);
    for (const value of values) {
      if ((value | 0) !== value) throw outside("int32", value);
      this.#view.setInt32(at, value);
      at += 4;
    }
  }

  int64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw outside("int64", value);
    const at = this.#room(8);
    this.#view.setBigInt64(at, value);
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) throw outside("uint16", value);
    const at = this.#room(2);
    this.#view.setUint16(at, value);
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) throw outside("uint32", value);
    const at = this.#room(4);
    this.#view.setUint32(at, value);
  }

  float64(value: number): void {
    assert(typeof value === "number", "not a float64");
    const at = this.#room(8);
    this.#view.setFloat64(at, value);
  }

  uuid(value: string): void {
    if (value.length !== 22) throw outside("uuid", value);
    const at = this.#room(16);
    if (this.#bytes.write(value, at, 16, "base64url") !== 16) throw outside("uuid", value);
  }

  uvarint(value: number): void {
    if (value >>> 0 !== value) throw outside("uvarint", value);
    const at = this.#room(uvarintBytes(value));
    putUvarint(this.#bytes, at, value);
  }

  /** Text after its length: two bytes, or where `compact` a varint of one more. */
  string(value: string, compact: boolean): void {
    if (typeof value !== "string") throw outside("string", value);
    if (value.length > shortStringMax || !this.#shortAscii(value, compact)) this.#anyString(value, compact);
  }

  #shortAscii(value: string, compact: boolean): boolean {
    const length = value.length;
    const prefix = compact ? 1 : 2;
    const before = this.length;
    const at = this.#room(prefix + length);
    const bytes = this.#bytes;
    if (compact) bytes[at] = length + 1;
    else {
      bytes[at] = 0;
      bytes[at + 1] = length;
    }
    for (let i = 0, to = at + prefix; i < length; i++, to++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.#offset -= this.length - before;
        return false;
      }
      bytes[to] = unit;
    }
    return true;
  }

  #anyString(value: string, compact: boolean): void {
    const length = Buffer.byteLength(value);
    assert(length <= stringBytesMax, `string of ${length} bytes`);
    if (compact) this.uvarint(length + 1);
    else this.int16(length);
    const at = this.#room(length);
    this.#bytes.write(value, at, length, "utf8");
  }

  /** Bytes without a length before them. */
  raw(value: Buffer): void {
    if (this.#pieces !== null) this.#marks?.push({ at: this.length, value });
    if (this.#pieces !== null && value.length >= gatherBytesMin) {
      this.#cut(this.#pieces);
      this.#pieces.push(value);
      this.#piecesBytes += value.length;
      return;
    }
    const at = this.#room(value.length);
    value.copy(this.#bytes, at);
  }

  #cut(pieces: Buffer[]): void {
    if (this.#offset === this.#start) return;
    pieces.push(this.#bytes.subarray(this.#start, this.#offset));
    this.#piecesBytes += this.#offset - this.#start;
    this.#start = this.#offset;
  }

  /** Writes what `body` writes, with its size as a varint before it: a tagged field. Nothing inside becomes a piece. */
  sized(body: () => void): void {
    const pieces = this.#pieces;
    this.#pieces = null;
    const from = this.#offset - this.#start;
    body();
    const size = this.#offset - this.#start - from;
    const prefix = uvarintBytes(size);
    this.#room(prefix);
    const at = this.#start + from;
    this.#bytes.copyWithin(at + prefix, at, at + size);
    putUvarint(this.#bytes, at, size);
    this.#pieces = pieces;
  }

  /** Everything in one buffer. */
  finish(): Buffer {
    assert(this.#pieces === null, "a gathering writer gives pieces");
    return this.#bytes.subarray(this.#start, this.#offset);
  }

  /** The byte fields that were written outside of tagged fields, when gathering, in order: what is to be left out of recordings. */
  get byteFields(): readonly ByteField[] {
    return this.#marks ?? [];
  }

  /** Everything in order; byte fields that were not copied are pieces of their own. */
  pieces(): Buffer[] {
    const pieces = this.#pieces ?? [];
    this.#cut(pieces);
    return pieces;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function uvarintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

function putUvarint(bytes: Buffer, at: number, value: number): void {
  let rest = value;
  let to = at;
  while (rest >= 0x80) {
    bytes[to++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[to] = rest;
}

function outside(type: string, value: unknown): Error {
  return new Error(`assertion failed: a value of type ${typeof value} is no ${type}`);
}
