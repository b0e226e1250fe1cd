// Values that hold no other: from Avro's bytes to what methods and detectors see, and back. Pure.
import { assertNever } from "../../../base/assert.ts";
import type { Scalar } from "../../scalar.ts";
import { floatBytes, integerOf, integerScalar } from "../numbers.ts";
import { uuidBytes, uuidText } from "../uuid.ts";
import { AvroCursor, encodeLong } from "./cursor.ts";
import { bytesOfInteger, fixedOfInteger, integerOfBytes, textOfDecimal, unscaledOf } from "./decimal.ts";
import type { AvroScalar } from "./schema.ts";

const none = Buffer.alloc(0);
const intMin = -(2n ** 31n);
const intMax = 2n ** 31n - 1n;
const longMin = -(2n ** 63n);
const longMax = 2n ** 63n - 1n;

/** The value whose bytes are `[start, end)`; they were walked over before. */
export function readScalar(type: AvroScalar, bytes: Uint8Array, start: number, end: number): Scalar {
  switch (type.kind) {
    case "null":
      return { kind: "null" };
    case "boolean":
      return { kind: "boolean", value: bytes[start] === 1 };
    case "int":
    case "long":
      return readInteger(type, new AvroCursor(bytes, start).long());
    case "float":
      return { kind: "number", text: String(view(bytes).getFloat32(start, true)), typed: true };
    case "double":
      return { kind: "number", text: String(view(bytes).getFloat64(start, true)), typed: true };
    case "string":
      return { kind: "text", text: Buffer.from(content(bytes, start, end)).toString("utf8") };
    case "bytes":
      return readBytes(content(bytes, start, end), type.logical, false);
    case "fixed":
      return readBytes(bytes.subarray(start, end), type.logical, true);
    case "enum":
      return { kind: "enum", symbol: type.symbols[new AvroCursor(bytes, start).count()]!, symbols: type.symbols };
  }
  return assertNever(type);
}

function readInteger({ kind, logical }: AvroScalar & { kind: "int" | "long" }, value: bigint): Scalar {
  if (logical?.kind === "time") return { kind: "time", value, unit: logical.unit };
  if (logical?.kind === "time-of-day") return { kind: "integer", value, min: 0n, max: logical.count - 1n };
  return kind === "int" ? integerScalar(value, intMin, intMax) : integerScalar(value, longMin, longMax);
}

function readBytes(bytes: Uint8Array, logical: (AvroScalar & { kind: "fixed" })["logical"], fixed: boolean): Scalar {
  if (logical === "uuid") return { kind: "text", text: uuidText(bytes) };
  if (logical === null) return { kind: "bytes", bytes, fixed };
  return { kind: "number", text: textOfDecimal(integerOfBytes(bytes), logical.scale), typed: true };
}

/** What follows the length. */
function content(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const cursor = new AvroCursor(bytes, start);
  cursor.count();
  return bytes.subarray(cursor.at, end);
}

/** The value's bytes, or null where the type does not take it. */
export function writeScalar(type: AvroScalar, value: Scalar): Uint8Array | null {
  switch (type.kind) {
    case "null":
      return value.kind === "null" ? none : null;
    case "boolean":
      return value.kind === "boolean" ? Buffer.from([value.value ? 1 : 0]) : null;
    case "int":
    case "long":
      return writeInteger(type, value);
    case "float":
    case "double":
      return floatBytes(type.kind === "float" ? 4 : 8, value);
    case "string":
      if (value.kind !== "text" || (type.logical === "uuid" && uuidBytes(value.text) === null)) return null;
      return withLength(Buffer.from(value.text));
    case "bytes":
    case "fixed":
      return writeBytes(type, value);
    case "enum": {
      const symbol = value.kind === "enum" ? value.symbol : value.kind === "text" ? value.text : null;
      const index = symbol === null ? -1 : type.symbols.indexOf(symbol);
      return index < 0 ? null : encodeLong(index);
    }
  }
  return assertNever(type);
}

function writeInteger({ kind, logical }: AvroScalar & { kind: "int" | "long" }, value: Scalar): Uint8Array | null {
  const isTime = value.kind === "time" && logical?.kind === "time" && value.unit === logical.unit;
  const number = isTime ? value.value : integerOf(value);
  if (number === null) return null;
  if (logical?.kind === "time-of-day" && (number < 0n || number >= logical.count)) return null;
  const fits = kind === "int" ? number >= intMin && number <= intMax : number >= longMin && number <= longMax;
  return fits ? encodeLong(number) : null;
}

function writeBytes(type: AvroScalar & { kind: "bytes" | "fixed" }, value: Scalar): Uint8Array | null {
  const bytes = bytesOf(type, value);
  if (bytes === null) return null;
  if (type.kind === "bytes") return withLength(bytes);
  return bytes.length === type.size ? bytes : null;
}

function bytesOf(type: AvroScalar & { kind: "bytes" | "fixed" }, value: Scalar): Uint8Array | null {
  const { logical } = type;
  if (logical === null) return value.kind === "bytes" ? value.bytes : null;
  if (logical === "uuid") return value.kind === "text" ? uuidBytes(value.text) : null;
  const text = value.kind === "number" ? value.text : value.kind === "integer" ? value.value.toString() : null;
  const unscaled = text === null ? null : unscaledOf(text, logical);
  if (unscaled === null) return null;
  return type.kind === "bytes" ? bytesOfInteger(unscaled) : fixedOfInteger(unscaled, type.size);
}

/** What says nothing and every reader takes: 0, false, no text, no bytes, the enum's default or first symbol. */
export function neutralScalar(type: AvroScalar): Uint8Array {
  switch (type.kind) {
    case "null":
      return none;
    case "float":
      return Buffer.alloc(4);
    case "double":
      return Buffer.alloc(8);
    case "fixed":
      return Buffer.alloc(type.size);
    case "enum":
      return encodeLong(type.neutral);
    case "string":
      return withLength(type.logical === "uuid" ? Buffer.from(uuidText(Buffer.alloc(16))) : none);
    case "bytes":
      // A decimal of no bytes is none for Java.
      return withLength(type.logical === null ? none : Buffer.alloc(1));
    case "boolean":
    case "int":
    case "long":
      return Buffer.alloc(1);
  }
  return assertNever(type);
}

function withLength(bytes: Uint8Array): Buffer {
  return Buffer.concat([encodeLong(bytes.length), bytes]);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
