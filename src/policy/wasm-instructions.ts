// Where a WASM instruction ends: just enough of the binary format to walk a function. Knows the MVP, sign extension, saturating
// conversion and bulk memory; anything else is refused. Source: WebAssembly core specification, §5.4.
import { LockkeeperError } from "../base/errors.ts";

export function malformed(what: string): never {
  throw new LockkeeperError("policy-invalid", `the compiled policy cannot be metered: ${what}`);
}

/** LEB128, at most 32 bits. */
export function readUnsigned(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i] ?? malformed("cut off");
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  return malformed("a number is too long");
}

export function writeUnsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

function numberEnd(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 10; i++) if ((bytes[at + i] ?? malformed("cut off")) < 0x80) return at + i + 1;
  return malformed("a number is too long");
}

function numbersEnd(bytes: Uint8Array, at: number, count: number): number {
  let end = at;
  for (let i = 0; i < count; i++) end = numberEnd(bytes, end);
  return end;
}

/** The index just behind the instruction at `at`. Throws LockkeeperError `policy-invalid` for an unknown one. */
export function instructionEnd(code: Uint8Array, at: number): number {
  const op = code[at] ?? malformed("cut off");
  const next = at + 1;
  if (op <= 0x01 || op === 0x05 || op === 0x0b || op === 0x0f) return next; // unreachable nop else end return
  if (op >= 0x02 && op <= 0x04) return numberEnd(code, next); // block loop if: block type
  if (op === 0x0c || op === 0x0d || op === 0x10) return numberEnd(code, next); // br br_if call
  if (op === 0x0e) {
    const labels = readUnsigned(code, next); // br_table: labels and the default
    return numbersEnd(code, labels.next, labels.value + 1);
  }
  if (op === 0x11) return numbersEnd(code, next, 2); // call_indirect
  if (op === 0x1a || op === 0x1b) return next; // drop select
  if (op >= 0x20 && op <= 0x24) return numberEnd(code, next); // local.* global.*
  if (op >= 0x28 && op <= 0x3e) return numbersEnd(code, next, 2); // loads and stores: align, offset
  if (op === 0x3f || op === 0x40) return next + 1; // memory.size memory.grow
  if (op === 0x41 || op === 0x42) return numberEnd(code, next); // i32.const i64.const
  if (op === 0x43) return next + 4; // f32.const
  if (op === 0x44) return next + 8; // f64.const
  if (op >= 0x45 && op <= 0xc4) return next; // comparisons, arithmetic, conversions, sign extension
  if (op === 0xfc) {
    const { value, next: behind } = readUnsigned(code, next);
    if (value <= 7) return behind; // saturating conversions
    if (value === 8) return numberEnd(code, behind) + 1; // memory.init
    if (value === 9) return numberEnd(code, behind); // data.drop
    if (value === 10) return behind + 2; // memory.copy
    if (value === 11) return behind + 1; // memory.fill
  }
  return malformed(`instruction 0x${op.toString(16)} is not known`);
}
