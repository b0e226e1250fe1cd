// Fuel in WASM modules: counted exactly on small hand-made modules, and harmless to what a real policy computes.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuelExport, meter } from "../../../src/policy/meter.ts";
import { instructionEnd, readUnsigned, writeUnsigned } from "../../../src/policy/wasm-instructions.ts";

const vector = (...entries: number[][]) => [...writeUnsigned(entries.length), ...entries.flat()];
const section = (id: number, body: number[]) => [id, ...writeUnsigned(body.length), ...body];
const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const named = (text: string) => [text.length, ...Buffer.from(text)];

/** A module with one function (i32) -> i32 named `run`, an imported global, and one global of its own. */
function moduleOf(code: number[]): Uint8Array<ArrayBuffer> {
  const body = [0x00, ...code, 0x0b];
  return Uint8Array.from([
    ...magic,
    ...section(1, vector([0x60, 1, 0x7f, 1, 0x7f])),
    ...section(2, vector([...named("env"), ...named("g"), 3, 0x7f, 0x00])),
    ...section(3, vector([0])),
    ...section(6, vector([0x7f, 0x01, 0x41, 7, 0x0b])),
    ...section(7, vector([...named("run"), 0, 0])),
    ...section(10, vector([...writeUnsigned(body.length), ...body])),
  ]);
}

/** do { n = n - 1 } while (n > 0); returns n */
const countDown = [0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x41, 0, 0x4a, 0x0d, 0, 0x0b, 0x20, 0];

async function start(wasm: Uint8Array) {
  const module = await WebAssembly.compile(meter(wasm));
  const { exports } = await WebAssembly.instantiate(module, { env: { g: 5 } });
  const { run, [fuelExport]: fuel } = exports;
  if (typeof run !== "function" || !(fuel instanceof WebAssembly.Global)) throw new Error("not exported");
  return { run: (n: number): unknown => Reflect.apply(run, undefined, [n]), fuel };
}

describe("fuel", () => {
  it("counts one step for the call and one for each turn of a loop", async () => {
    const { run, fuel } = await start(moduleOf(countDown));
    fuel.value = 1_000;
    const result = run(10);
    expect(result).toBe(0);
    expect(fuel.value).toBe(1_000 - 1 - 10);
  });

  it("traps at the first step below zero and not before", async () => {
    const { run, fuel } = await start(moduleOf(countDown));
    fuel.value = 11;
    expect(run(10)).toBe(0);
    fuel.value = 10;
    expect(() => run(10)).toThrow(/unreachable/);
  });

  it("stops a loop that has no end", async () => {
    const forever = [0x03, 0x40, 0x0c, 0, 0x0b, 0x20, 0];
    const { run, fuel } = await start(moduleOf(forever));
    fuel.value = 100_000;
    expect(() => run(1)).toThrow(/unreachable/);
  });

  it("does not take constants that look like a loop for one", async () => {
    const constant = [0x41, 0x03, 0x1a, 0x42, 0x03, 0x1a, 0x44, 3, 3, 3, 3, 3, 3, 3, 3, 0x1a, 0x20, 0];
    const { run, fuel } = await start(moduleOf(constant));
    fuel.value = 10;
    run(4);
    expect(fuel.value).toBe(9);
  });

  it("refuses an instruction that it does not know", () => {
    expect(() => meter(moduleOf([0xfd, 0x0c]))).toThrow(/not known/);
  });

  it("refuses what is no module, whole or cut off, with its own error", () => {
    const module = moduleOf(countDown);
    expect(() => meter(Uint8Array.of(1, 2, 3))).toThrow(/not a WASM module/);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: module.length - 1 }), (length) => {
        expect(() => meter(module.subarray(0, length))).toThrow(/cannot be metered/);
      }),
    );
  });
});

describe("numbers in WASM", () => {
  it("read back as written", () => {
    fc.assert(
      fc.property(fc.nat(), (value) => {
        const bytes = writeUnsigned(value);
        expect(readUnsigned(Uint8Array.from(bytes), 0)).toEqual({ value, next: bytes.length });
      }),
    );
  });

  it("a branch table ends behind its default label", () => {
    const table = Uint8Array.of(0x0e, 2, 0, 1, 0x80, 0x01, 0x0b);
    expect(instructionEnd(table, 0)).toBe(6);
  });
});
