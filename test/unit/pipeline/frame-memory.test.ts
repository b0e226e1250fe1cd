import { expect, test } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import { FrameMemory } from "../../../src/pipeline/frame-memory.ts";

const { assembledFrameBytesMin: min, assembledFrameBytesMax: max, keptFramesBytesMax, coldReadsMax } = limits;
const lent = (memory: FrameMemory, bytes: number): Buffer => memory.room(bytes) ?? Buffer.alloc(0);

test("memory is used again for the next frame once the one before is not needed any more", () => {
  const memory = new FrameMemory();
  const first = lent(memory, min + 1);
  const second = lent(memory, min + 1);
  expect(second.buffer).not.toBe(first.buffer);
  memory.reuse(second.subarray(0, min));
  expect(lent(memory, min + 10).buffer).toBe(second.buffer);
  expect(lent(memory, min).buffer).not.toBe(second.buffer);
  memory.close();
});

test("what was not lent, or not last, is not taken", () => {
  const memory = new FrameMemory();
  const first = lent(memory, min);
  const second = lent(memory, min);
  memory.reuse(first);
  memory.reuse(Buffer.alloc(min));
  memory.reuse(second);
  memory.reuse(second);
  expect(lent(memory, min).buffer).toBe(second.buffer);
  expect(lent(memory, min).buffer).not.toBe(second.buffer);
  memory.close();
});

test("small frames and very large ones need none, and a connection that has only small ones lets go of it", () => {
  const memory = new FrameMemory();
  expect([memory.room(min - 1), memory.room(max + 1)]).toEqual([null, null]);
  const large = lent(memory, min);
  memory.reuse(large);
  for (let count = 0; count < coldReadsMax; count++) memory.room(100);
  expect(lent(memory, min).buffer).not.toBe(large.buffer);
  memory.close();
});

test("all connections keep so much together and no more, and nothing once they are closed", () => {
  const memories = Array.from({ length: keptFramesBytesMax / max + 1 }, () => new FrameMemory());
  const all = memories.map((memory) => lent(memory, max));
  for (const [index, memory] of memories.entries()) memory.reuse(all[index] ?? Buffer.alloc(0));
  const again = memories.map((memory, index) => lent(memory, max).buffer === all[index]?.buffer);
  expect(again).toEqual(memories.map((_, index) => index < memories.length - 1));
  for (const memory of memories) memory.close();
  const late = memories[0] ?? new FrameMemory();
  const frame = lent(late, min);
  late.reuse(frame);
  expect(lent(late, min).buffer).not.toBe(frame.buffer);
});
