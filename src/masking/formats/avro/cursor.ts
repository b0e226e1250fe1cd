// Reads Avro's binary encoding, and passes over what nobody asks for. Every length is checked against what is left. Throws Malformed.
// Source: Apache Avro 1.12 specification, "Binary Encoding".
import { limits } from "../../../base/limits.ts";
import { malformed } from "../schema-problem.ts";
import { encodeVarint, unzigzag, zigzag } from "../varint.ts";
import type { AvroType } from "./schema.ts";

/** A block's size stands in `[start, end)`. What is returned is called behind the block. */
interface BlockOpened {
  (start: number, end: number, size: number): () => void;
}

export class AvroCursor {
  readonly bytes: Uint8Array;
  at: number;
  private depth = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** A whole number that counts something: exact up to 2^53, which no count here can reach. */
  count(): number {
    const first = this.bytes[this.at];
    if (first !== undefined && first < 0x80) {
      this.at++;
      return (first >>> 1) ^ -(first & 1);
    }
    let value = 0;
    let scale = 1;
    for (let read = 0; read < 10; read++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw malformed("a number is cut off");
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw malformed("a number is too long");
  }

  /** The same, exactly. */
  long(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw malformed("a number is cut off");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, unzigzag(value));
    }
    throw malformed("a number is too long");
  }

  /** Passes over so many bytes. */
  take(length: number): void {
    if (length < 0 || length > this.bytes.length - this.at) throw malformed("a length is beyond the end");
    this.at += length;
  }

  /** The place of a branch or symbol among `count`. */
  choice(count: number): number {
    const index = this.count();
    if (index < 0 || index >= count) throw malformed("there is no such branch or symbol");
    return index;
  }

  /** Lists and maps come in blocks; a size that stands before one is not believed, only checked. Calls `each` before every item. */
  blocks(each: (index: number) => void, opened?: BlockOpened): void {
    this.deeper();
    let index = 0;
    let empty = 0;
    for (;;) {
      const count = this.count();
      if (count === 0) break;
      const sizeStart = this.at;
      const size = count < 0 ? this.count() : null;
      const start = this.at;
      const close = size === null ? undefined : opened?.(sizeStart, start, size);
      for (let left = Math.abs(count); left > 0; left--) {
        const before = this.at;
        each(index++);
        if (this.at === before && ++empty > limits.emptyElementsMax)
          throw malformed("there are too many empty elements");
      }
      if (size !== null && this.at - start !== size) throw malformed("a block has another size than it says");
      close?.();
    }
    this.depth--;
  }

  /** Bounds how deep values may hold values. `leave` afterwards. */
  deeper(): void {
    if (++this.depth > limits.binaryDepthMax) throw malformed("it is nested too deep");
  }

  leave(): void {
    this.depth--;
  }

  skip(type: AvroType): void {
    switch (type.kind) {
      case "null":
        return;
      case "boolean":
        if (this.bytes[this.at]! > 1) throw malformed("a boolean is neither true nor false");
        return this.take(1);
      case "int":
      case "long":
        return this.skipNumber();
      case "float":
        return this.take(4);
      case "double":
        return this.take(8);
      case "bytes":
      case "string":
        return this.take(this.count());
      case "fixed":
        return this.take(type.size);
      case "enum":
        return void this.choice(type.symbols.length);
      case "union":
        return this.skip(type.branches[this.choice(type.branches.length)]!);
      case "array":
        return this.blocks(() => this.skip(type.items));
      case "map":
        return this.blocks(() => {
          this.take(this.count());
          this.skip(type.values);
        });
      case "record":
        this.deeper();
        for (const field of type.fields) this.skip(field.type);
        return this.leave();
    }
  }

  private skipNumber(): void {
    for (let read = 0; read < 10; read++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw malformed("a number is cut off");
      if (byte < 0x80) return;
    }
    throw malformed("a number is too long");
  }
}

/** As Avro writes every whole number. */
export function encodeLong(value: bigint | number): Buffer {
  return encodeVarint(zigzag(BigInt(value)));
}
