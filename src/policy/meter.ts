// Fuel: rewrites a WASM module so that it counts down at every function entry and every turn of a loop, and traps below zero.
// WASM knows no time limit; counted steps stop a runaway policy after the same work on every machine. Adds one exported global.
// Must not guess: what is not understood is an error, never skipped. Source: WebAssembly core specification, §5 (binary format).
import { instructionEnd, malformed, readUnsigned, writeUnsigned } from "./wasm-instructions.ts";

/** The exported mutable i32 that holds the steps left. */
export const fuelExport = "lockkeeper_fuel";

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

const section = { import: 2, global: 6, export: 7, code: 10 } as const;
const kind = { function: 0, table: 1, memory: 2, global: 3 } as const;
const opLoop = 0x03;
const headerBytes = 8;

/** Returns a new module. Throws LockkeeperError `policy-invalid` for bytes that are not a WASM module as OPA writes them. */
export function meter(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = split(wasm);
  const bodyOf = (id: number) =>
    sections.find((found) => found.id === id)?.body ?? malformed(`section ${id} is missing`);
  const global = importedGlobals(bodyOf(section.import)) + readUnsigned(bodyOf(section.global), 0).value;
  const step = stepCode(global);
  // Without these the fuel would be unreachable or nothing would be counted.
  for (const id of [section.export, section.code]) bodyOf(id);
  const rewritten = sections.map(({ id, body }): Section => {
    switch (id) {
      case section.global: // i32, mutable, initially 2³¹ − 1, so that an instance can be set up before it is told its fuel
        return { id, body: appended(body, [0x7f, 0x01, 0x41, 0xff, 0xff, 0xff, 0xff, 0x07, 0x0b]) };
      case section.export: {
        const name = Buffer.from(fuelExport);
        return {
          id,
          body: appended(body, [...writeUnsigned(name.length), ...name, kind.global, ...writeUnsigned(global)]),
        };
      }
      case section.code:
        return { id, body: meteredCode(body, step) };
      default:
        return { id, body };
    }
  });
  const pieces: Uint8Array[] = [wasm.subarray(0, headerBytes)];
  for (const { id, body } of rewritten) pieces.push(Uint8Array.of(id, ...writeUnsigned(body.length)), body);
  return new Uint8Array(Buffer.concat(pieces));
}

/** fuel = fuel - 1; if (fuel < 0) unreachable */
function stepCode(global: number): Uint8Array {
  const index = writeUnsigned(global);
  const decrement = [0x23, ...index, 0x41, 0x01, 0x6b, 0x24, ...index];
  return Uint8Array.of(...decrement, 0x23, ...index, 0x41, 0x00, 0x48, 0x04, 0x40, 0x00, 0x0b);
}

function split(wasm: Uint8Array): Section[] {
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (magic.some((byte, index) => wasm[index] !== byte)) malformed("this is not a WASM module of version 1");
  const sections: Section[] = [];
  for (let at = headerBytes; at < wasm.length; ) {
    const id = wasm[at] ?? malformed("cut off");
    const size = readUnsigned(wasm, at + 1);
    at = size.next + size.value;
    if (at > wasm.length) malformed("a section is cut off");
    sections.push({ id, body: wasm.subarray(size.next, at) });
  }
  return sections;
}

/** Index 0 of the module's own globals comes after those that it imports. */
function importedGlobals(body: Uint8Array): number {
  const count = readUnsigned(body, 0);
  let globals = 0;
  let at = count.next;
  for (let i = 0; i < count.value; i++) {
    for (let name = 0; name < 2; name++) {
      const length = readUnsigned(body, at);
      at = length.next + length.value;
    }
    switch (body[at++] ?? malformed("cut off")) {
      case kind.function:
        at = readUnsigned(body, at).next;
        break;
      case kind.table:
        at = limitsEnd(body, at + 1);
        break;
      case kind.memory:
        at = limitsEnd(body, at);
        break;
      case kind.global:
        at += 2;
        globals++;
        break;
      default:
        malformed("an import of unknown kind");
    }
  }
  return globals;
}

function limitsEnd(body: Uint8Array, at: number): number {
  const minimum = readUnsigned(body, at + 1);
  return (body[at] ?? 0) & 1 ? readUnsigned(body, minimum.next).next : minimum.next;
}

/** A vector with one entry more. */
function appended(body: Uint8Array, entry: readonly number[]): Uint8Array {
  const count = readUnsigned(body, 0);
  return Buffer.concat([
    Uint8Array.from(writeUnsigned(count.value + 1)),
    body.subarray(count.next),
    Uint8Array.from(entry),
  ]);
}

function meteredCode(body: Uint8Array, step: Uint8Array): Uint8Array {
  const count = readUnsigned(body, 0);
  const pieces: Uint8Array[] = [body.subarray(0, count.next)];
  let at = count.next;
  for (let i = 0; i < count.value; i++) {
    const size = readUnsigned(body, at);
    at = size.next + size.value;
    const code = meteredFunction(body.subarray(size.next, at), step);
    pieces.push(Uint8Array.from(writeUnsigned(code.length)), code);
  }
  return Buffer.concat(pieces);
}

function meteredFunction(code: Uint8Array, step: Uint8Array): Uint8Array {
  const locals = readUnsigned(code, 0);
  let at = locals.next;
  for (let i = 0; i < locals.value; i++) at = readUnsigned(code, at).next + 1;
  const pieces: Uint8Array[] = [code.subarray(0, at), step];
  let copied = at;
  while (at < code.length) {
    const isLoop = code[at] === opLoop;
    at = instructionEnd(code, at);
    if (!isLoop) continue;
    pieces.push(code.subarray(copied, at), step);
    copied = at;
  }
  pieces.push(code.subarray(copied));
  return Buffer.concat(pieces);
}
