// Protobuf's values that hold no other: from their bytes (without the tag) to what methods and detectors see, and back. Pure.
import type { Scalar } from "../../scalar.ts";
import { floatBytes, integerOf, integerScalar } from "../numbers.ts";
import { encodeVarint, unzigzag, zigzag } from "../varint.ts";
import type { ProtoEnum, ProtoScalar, ScalarKind } from "./schema.ts";
import { WireCursor, wire, wireOf } from "./wire.ts";

type Leaf = ProtoScalar | ProtoEnum;

interface IntegerRule {
  readonly bits: 32 | 64;
  readonly isSigned: boolean;
  readonly form: "varint" | "zigzag" | "fixed";
}

const integers: Readonly<Partial<Record<ScalarKind, IntegerRule>>> = {
  int32: { bits: 32, isSigned: true, form: "varint" },
  int64: { bits: 64, isSigned: true, form: "varint" },
  uint32: { bits: 32, isSigned: false, form: "varint" },
  uint64: { bits: 64, isSigned: false, form: "varint" },
  sint32: { bits: 32, isSigned: true, form: "zigzag" },
  sint64: { bits: 64, isSigned: true, form: "zigzag" },
  fixed32: { bits: 32, isSigned: false, form: "fixed" },
  fixed64: { bits: 64, isSigned: false, form: "fixed" },
  sfixed32: { bits: 32, isSigned: true, form: "fixed" },
  sfixed64: { bits: 64, isSigned: true, form: "fixed" },
};

/** The value at `[start, end)`; a length that stands before text or bytes is part of it. */
export function readScalar(type: Leaf, bytes: Uint8Array, start: number, end: number): Scalar {
  const cursor = new WireCursor(bytes, start, end);
  if (type.kind === "enum") {
    const number = Number(BigInt.asIntN(32, cursor.uint64()));
    const symbol = type.symbols.get(number) ?? String(number);
    return { kind: "enum", symbol, symbols: [...type.numbers.keys()] };
  }
  const rule = integers[type.scalar];
  if (rule !== undefined) return readInteger(rule, cursor);
  const { scalar } = type;
  if (scalar === "bool") return { kind: "boolean", value: cursor.uint64() !== 0n };
  if (scalar === "float" || scalar === "double") {
    const data = view(bytes);
    const number = scalar === "float" ? data.getFloat32(start, true) : data.getFloat64(start, true);
    return { kind: "number", text: String(number), typed: true };
  }
  cursor.uint32();
  const content = bytes.subarray(cursor.at, end);
  if (scalar === "bytes") return { kind: "bytes", bytes: content, fixed: false };
  return { kind: "text", text: Buffer.from(content).toString("utf8") };
}

function readInteger({ bits, isSigned, form }: IntegerRule, cursor: WireCursor): Scalar {
  const { min, max } = rangeOf(bits, isSigned);
  const { bytes, at } = cursor;
  const raw = form === "fixed" ? readFixed(view(bytes), at, bits) : cursor.uint64();
  const value = form === "zigzag" ? unzigzag(BigInt.asUintN(bits, raw)) : raw;
  return integerScalar(isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value), min, max);
}

function readFixed(data: DataView, at: number, bits: 32 | 64): bigint {
  return bits === 64 ? data.getBigUint64(at, true) : BigInt(data.getUint32(at, true));
}

function rangeOf(bits: 32 | 64, isSigned: boolean): { readonly min: bigint; readonly max: bigint } {
  const size = BigInt(bits);
  return isSigned ? { min: -(2n ** (size - 1n)), max: 2n ** (size - 1n) - 1n } : { min: 0n, max: 2n ** size - 1n };
}

/** The value's bytes without a tag, or null where the type does not take it. */
export function writeScalar(type: Leaf, value: Scalar): Uint8Array | null {
  if (type.kind === "enum") {
    const symbol = value.kind === "enum" ? value.symbol : value.kind === "text" ? value.text : null;
    const number = symbol === null ? undefined : type.numbers.get(symbol);
    return number === undefined ? null : encodeVarint(number);
  }
  const rule = integers[type.scalar];
  if (rule !== undefined) return writeInteger(rule, value);
  const { scalar } = type;
  if (scalar === "bool") return value.kind === "boolean" ? encodeVarint(value.value ? 1 : 0) : null;
  if (scalar === "string") return value.kind === "text" ? withLength(Buffer.from(value.text)) : null;
  if (scalar === "bytes") return value.kind === "bytes" ? withLength(value.bytes) : null;
  return floatBytes(scalar === "float" ? 4 : 8, value);
}

function writeInteger({ bits, isSigned, form }: IntegerRule, value: Scalar): Uint8Array | null {
  const number = integerOf(value);
  const { min, max } = rangeOf(bits, isSigned);
  if (number === null || number < min || number > max) return null;
  if (form !== "fixed") return encodeVarint(form === "zigzag" ? zigzag(number) : number);
  const result = Buffer.alloc(bits / 8);
  if (bits === 64) result.writeBigUInt64LE(BigInt.asUintN(64, number));
  else result.writeUInt32LE(Number(BigInt.asUintN(32, number)));
  return result;
}

/** What says nothing: 0, false, no text, the first symbol. */
export function neutralScalar(type: Leaf): Uint8Array {
  if (type.kind === "enum") return encodeVarint(type.neutral);
  const form = wireOf(type);
  return Buffer.alloc(form === wire.fixed64 ? 8 : form === wire.fixed32 ? 4 : 1);
}

export function withLength(bytes: Uint8Array): Buffer {
  return Buffer.concat([encodeVarint(bytes.length), bytes]);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
