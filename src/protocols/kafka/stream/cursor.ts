// Reads Kafka's primitive types from bytes in one or several pieces, of which the last may not have come yet: `needMore` is thrown then.
// For those who look at a message's structure and leave its bytes where they are; who wants the message decoded uses reader.ts.
// Source: Kafka protocol guide, "Protocol Primitive Types"; KIP-482.
import { malformed, stringBytesMax } from "../reader.ts";

/** Thrown where the bytes end; one object, since it is an answer and no failure. */
export const needMore: unique symbol = Symbol("need more bytes");

export class Cursor {
  /** The piece that is being read, and where in it. */
  bytes: Buffer;
  at: number;
  #pieces: readonly Buffer[];
  #next = 1;
  /** Bytes of the pieces before `bytes`. */
  #passed = 0;
  /** Where the latest span lies: `bytes`, or a copy where it crosses pieces. */
  #span: Buffer;

  constructor(pieces: readonly Buffer[], at = 0) {
    this.#pieces = pieces;
    this.bytes = pieces[0] as Buffer;
    this.#span = this.bytes;
    this.at = at;
  }

  /** Goes on in other bytes, of one piece. */
  reset(bytes: Buffer, at: number): void {
    this.bytes = bytes;
    this.at = at;
  }

  /** Offset in all pieces together. */
  get position(): number {
    return this.#passed + this.at;
  }

  /** True where nothing is left of the last piece. */
  get atEnd(): boolean {
    return this.at === this.bytes.length && this.#next >= this.#pieces.length;
  }

  skip(length: number): void {
    if (length < 0) throw malformed(`length ${length}`);
    for (let left = length; left > 0; ) {
      const run = this.run(left);
      left -= run;
      this.at += run;
    }
  }

  /** How many of the next `most` bytes lie in the current piece, at least 1. */
  run(most: number): number {
    while (this.at === this.bytes.length) {
      // oxlint-disable-next-line typescript/only-throw-error
      if (this.#next >= this.#pieces.length) throw needMore;
      this.#passed += this.bytes.length;
      this.bytes = this.#pieces[this.#next++] as Buffer;
      this.at = 0;
    }
    return Math.min(most, this.bytes.length - this.at);
  }

  /** Offset in `#span` of the next `length` bytes, which are then consumed. */
  #take(length: number): number {
    const at = this.at;
    if (length <= this.bytes.length - at) {
      this.#span = this.bytes;
      this.at = at + length;
      return at;
    }
    const copy = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      const run = this.run(length - filled);
      this.bytes.copy(copy, filled, this.at, this.at + run);
      filled += run;
      this.at += run;
    }
    this.#span = copy;
    return 0;
  }

  int8(): number {
    return this.#span.readInt8(this.#take(1));
  }

  int16(): number {
    const at = this.#take(2);
    return this.#span.readInt16BE(at);
  }

  int32(): number {
    const at = this.#take(4);
    return this.#span.readInt32BE(at);
  }

  uuid(): string {
    const at = this.#take(16);
    return this.#span.toString("base64url", at, at + 16);
  }

  uvarint(): number {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const at = this.#take(1);
      const byte = this.#span[at] as number;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw malformed("varint longer than 32 bits");
  }

  /** An announced length or count; -1 for null. */
  length(flexible: boolean): number {
    const length = flexible ? this.uvarint() - 1 : this.int32();
    if (length < -1) throw malformed(`length ${length}`);
    return length;
  }

  /** Refuses what is not plain UTF-8, and the replacement character with it: who meets one decodes the message. */
  string(flexible: boolean): string {
    return this.nullableString(flexible) ?? this.#refuseNull();
  }

  nullableString(flexible: boolean): string | null {
    const length = flexible ? this.uvarint() - 1 : this.int16();
    if (length === -1) return null;
    if (length < 0 || length > stringBytesMax) throw malformed(`string of ${length} bytes`);
    const at = this.#take(length);
    const text = this.#span.toString("utf8", at, at + length);
    if (text.includes("\ufffd")) throw malformed("string is not plain UTF-8");
    return text;
  }

  #refuseNull(): never {
    throw malformed("null in a field that cannot be null");
  }

  /** The tagged fields of a struct (KIP-482), passed over. `each` is told the tag, with the cursor behind its content. */
  tags(each?: (tag: number) => void): void {
    const count = this.uvarint();
    let last = -1;
    for (let i = 0; i < count; i++) {
      const tag = this.uvarint();
      if (tag <= last) throw malformed(`tag ${tag} after ${last}`);
      last = tag;
      this.skip(this.uvarint());
      each?.(tag);
    }
  }
}
