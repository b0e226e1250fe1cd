import { expect, test } from "vitest";
import { ChunkPool, isPooled, release, retain } from "../../../src/base/chunks.ts";

test("memory comes back when the last who held it lets go", () => {
  const pool = new ChunkPool();
  const first = pool.take();
  const view = first.subarray(10, 20);
  retain(view);
  release(first);
  expect(pool.take().buffer).not.toBe(first.buffer);
  release(view);
  expect(pool.take().buffer).toBe(first.buffer);
});

test("letting go too often is a bug that is told", () => {
  const chunk = new ChunkPool().take();
  release(chunk);
  expect(() => release(chunk)).toThrow(/as often/);
  expect(() => retain(chunk)).toThrow(/while it is held/);
});

test("memory of no pool needs nobody to hold it", () => {
  const own = Buffer.alloc(4);
  expect(isPooled(own)).toBe(false);
  release(own);
  retain(own);
});

test("a pool that is closed keeps nothing", () => {
  const pool = new ChunkPool();
  const chunk = pool.take();
  pool.close();
  release(chunk);
  expect(pool.take().buffer).not.toBe(chunk.buffer);
});
