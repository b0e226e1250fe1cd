// Reads Kafka's primitive types from a frame. Every length is checked against what is left before anything is made of it; bytes
// come back as views of the frame, never as copies. Knows no message: that is schema.ts and plan.ts.
// Source: Kafka protocol guide, "Protocol Primitive Types"; KIP-482 for compact lengths.
import { isUtf8 } from "node:buffer";
import { LockkeeperError } from "../../base/errors.ts";

export function malformed(what: string): LockkeeperError {
  return new LockkeeperError("message-malformed", what);
}

/** Kafka's own readers refuse longer strings in every encoding. */
export const stringBytesMax = 0x7fff;

export class Reader {
  readonly bytes: Buffer;
  /** First offset that may not be read. */
  readonly end: number;
  offset: number;
  readonly #view: DataView;

  constructor(bytes: Buffer, offset = 0, end: number = bytes.length) {
    if (offset < 0 || offset > end || end > bytes.length) throw malformed("offset outside of the frame");
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** The offset of the next `length` bytes, which are then consumed. */
  #take(length: number): number {
    const at = this.offset;
    if (length > this.end - at) throw malformed(`${length} bytes expected, ${this.end - at} left`);
    this.offset = at + length;
    return at;
  }

  bool(): boolean {
    return this.#view.getInt8(this.#take(1)) !== 0;
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  /** `count` of them; replica lists make up most of a Metadata answer. */
  int32s(count: number): number[] {
    this.expectElements(count, 4);
    let at = this.#take(4 * count);
    const values: number[] = [];
    for (let i = 0; i < count; i++, at += 4) values.push(this.#view.getInt32(at));
    return values;
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** Kafka's text form of a uuid: 22 characters of URL-safe base64. */
  uuid(): string {
    const at = this.#take(16);
    return this.bytes.toString("base64url", at, at + 16);
  }

  /**
   * An unsigned varint of at most 32 bits. A longer one is malformed. Encodings with needless continuation bytes within five
   * bytes are read, as Kafka reads them.
   */
  uvarint(): number {
    const bytes = this.bytes;
    const at = this.offset;
    if (at < this.end) {
      const first = bytes[at] as number;
      if (first < 0x80) {
        this.offset = at + 1;
        return first;
      }
      if (at + 1 < this.end) {
        const second = bytes[at + 1] as number;
        if (second < 0x80) {
          this.offset = at + 2;
          return (second << 7) | (first & 0x7f);
        }
      }
    }
    return this.#longUvarint();
  }

  #longUvarint(): number {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = this.bytes[this.#take(1)] as number;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw malformed("varint longer than 32 bits");
  }

  /** `length` bytes as text. Invalid UTF-8 is malformed: it would not be written back as it came. */
  string(length: number): string {
    if (length > stringBytesMax) throw malformed(`string of ${length} bytes`);
    const at = this.#take(length);
    const end = at + length;
    const bytes = this.bytes;
    for (let i = at; i < end; i++) {
      if ((bytes[i] as number) >= 0x80) return this.#wideString(at, end);
    }
    return bytes.toString("latin1", at, end);
  }

  #wideString(at: number, end: number): string {
    if (!isUtf8(this.bytes.subarray(at, end))) throw malformed("string is not UTF-8");
    return this.bytes.toString("utf8", at, end);
  }

  /** A view of the next `length` bytes. */
  slice(length: number): Buffer {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Refuses a count of elements that cannot be in what is left, each taking at least `bytesMin` (≥ 1). */
  expectElements(count: number, bytesMin: number): void {
    if (count * bytesMin > this.end - this.offset) {
      throw malformed(`${count} elements announced, ${this.end - this.offset} bytes left`);
    }
  }
}
