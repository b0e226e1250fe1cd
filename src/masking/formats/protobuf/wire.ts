// Protobuf's wire format: numbers, tags, and what is passed over. Every length is checked against what is left. Throws Malformed.
// Source: protobuf.dev, "Encoding". Readers take numbers that are longer than need be, so we do; what some cut off to 32 bits is refused.
import { limits } from "../../../base/limits.ts";
import { malformed } from "../schema-problem.ts";
import { encodeVarint } from "../varint.ts";
import type { ProtoType, ScalarKind } from "./schema.ts";

export const wire = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

const byScalar: Readonly<Record<ScalarKind, number>> = {
  double: wire.fixed64,
  fixed64: wire.fixed64,
  sfixed64: wire.fixed64,
  float: wire.fixed32,
  fixed32: wire.fixed32,
  sfixed32: wire.fixed32,
  int32: wire.varint,
  int64: wire.varint,
  uint32: wire.varint,
  uint64: wire.varint,
  sint32: wire.varint,
  sint64: wire.varint,
  bool: wire.varint,
  string: wire.bytes,
  bytes: wire.bytes,
};

/** Of one value of the type: a packed list is `bytes`, a group begins with `groupStart`. */
export function wireOf(type: ProtoType): number {
  if (type.kind === "scalar") return byScalar[type.scalar];
  return type.kind === "enum" ? wire.varint : wire.bytes;
}

export class WireCursor {
  readonly bytes: Uint8Array;
  at: number;
  /** What is read now ends here. */
  end: number;
  private depth = 0;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** A tag or a length. */
  uint32(): number {
    if (this.at < this.end && this.bytes[this.at]! < 0x80) return this.bytes[this.at++]!;
    let value = 0;
    let scale = 1;
    for (let read = 0; read < 10; read++) {
      if (this.at >= this.end) throw malformed("a number is cut off");
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte >= 0x80) continue;
      if (value > 0xffff_ffff) throw malformed("a tag or length has more than 32 bits");
      return value;
    }
    throw malformed("a number is too long");
  }

  /** The 64 bits of a number. */
  uint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.at >= this.end) throw malformed("a number is cut off");
      const byte = this.bytes[this.at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed("a number is too long");
  }

  /** Passes over so many bytes. */
  take(length: number): void {
    if (length > this.end - this.at) throw malformed("a length is beyond the end");
    this.at += length;
  }

  /** Passes over one value of a wire type; of a group, up to its end. */
  skip(type: number, number: number): void {
    switch (type) {
      case wire.varint:
        return this.skipVarint();
      case wire.fixed64:
        return this.take(8);
      case wire.fixed32:
        return this.take(4);
      case wire.bytes:
        return this.take(this.uint32());
      case wire.groupStart:
        return this.skipGroup(number);
      default:
        throw malformed("there is no such wire type, or a group ends that did not begin");
    }
  }

  deeper(): void {
    if (++this.depth > limits.binaryDepthMax) throw malformed("it is nested too deep");
  }

  leave(): void {
    this.depth--;
  }

  private skipVarint(): void {
    for (let read = 0; read < 10; read++) {
      if (this.at >= this.end) throw malformed("a number is cut off");
      if (this.bytes[this.at++]! < 0x80) return;
    }
    throw malformed("a number is too long");
  }

  private skipGroup(number: number): void {
    this.deeper();
    for (;;) {
      const tag = this.uint32();
      if ((tag & 7) === wire.groupEnd) {
        if (tag >>> 3 !== number) throw malformed("a group ends as another");
        return this.leave();
      }
      this.skip(tag & 7, tag >>> 3);
    }
  }
}

export function encodeTag(number: number, type: number): Buffer {
  return encodeVarint((BigInt(number) << 3n) | BigInt(type));
}
