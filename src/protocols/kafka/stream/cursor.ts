// Reads Kafka's primitive types where the bytes may not have come yet: `needMore` is thrown then, and the caller starts that part again once
// they are there. Everything else as in reader.ts. Source: Kafka protocol guide, "Protocol Primitive Types".
import { malformed, stringBytesMax } from "../reader.ts";

/** Thrown where the bytes end; one object, since it is an answer and no failure. */
export const needMore: unique symbol = Symbol("need more bytes");

export class Cursor {
  bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  skip(length: number): number {
    if (length < 0) throw malformed(`length ${length}`);
    const at = this.at;
    // oxlint-disable-next-line typescript/only-throw-error
    if (length > this.bytes.length - at) throw needMore;
    this.at = at + length;
    return at;
  }

  int16(): number {
    return this.bytes.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.skip(4));
  }

  uuid(): string {
    const at = this.skip(16);
    return this.bytes.toString("base64url", at, at + 16);
  }

  uvarint(): number {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = this.bytes[this.skip(1)] as number;
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

  string(flexible: boolean): string {
    const length = flexible ? this.uvarint() - 1 : this.int16();
    if (length < 0 || length > stringBytesMax) throw malformed(`string of ${length} bytes`);
    const at = this.skip(length);
    return this.bytes.toString("utf8", at, at + length);
  }

  /** The tagged fields of a struct (KIP-482), passed over. `each` is told where each one's content lies. */
  tags(each?: (tag: number, start: number, end: number) => void): void {
    const count = this.uvarint();
    let last = -1;
    for (let i = 0; i < count; i++) {
      const tag = this.uvarint();
      if (tag <= last) throw malformed(`tag ${tag} after ${last}`);
      last = tag;
      const size = this.uvarint();
      const start = this.skip(size);
      each?.(tag, start, start + size);
    }
  }
}
