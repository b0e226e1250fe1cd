import { expect, test } from "vitest";
import { ChunkPool, isPooled, owned, release, retain, SlabPool } from "../../../src/base/chunks.ts";

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

test("of shared memory there is so much and no more; what is released comes back", () => {
  const pool = new SlabPool(1_000, 2);
  const [first, second] = [pool.take(), pool.take()];
  expect(first?.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(pool.take()).toBeNull();
  if (first) release(first);
  expect(pool.take()?.buffer).toBe(first?.buffer);
  if (second) expect(isPooled(second.subarray(3))).toBe(true);
});

test("a copy of one's own lets go of the memory; what is one's own already stays", () => {
  const pool = new SlabPool(1_000, 1);
  const slab = pool.take() ?? Buffer.alloc(0);
  slab.write("abc", 10);
  const own = owned(slab.subarray(10, 13));
  expect([own.toString(), isPooled(own)]).toEqual(["abc", false]);
  expect(pool.take()?.fill(0)).toBeDefined();
  expect(own.toString()).toBe("abc");
  expect(owned(own)).toBe(own);
});
