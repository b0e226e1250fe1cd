// Frames: views where they can be, refused by their size alone, never allocated ahead. Cuts: test/property/kafka-framing.test.ts.
import { describe, expect, test } from "vitest";
import { LockkeeperError } from "../../../../src/base/errors.ts";
import { kafkaFramer } from "../../../../src/protocols/kafka/framing.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LockkeeperError) return error.code;
    throw error;
  }
  throw new Error("nothing was refused");
}

const prefix = (size: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(size, 0);
  return bytes;
};

describe("the framer", () => {
  test("gives views of a chunk, size prefix included", () => {
    const chunk = Buffer.concat([prefix(2), Buffer.from("ab"), prefix(0), prefix(1), Buffer.from("c")]);
    const frames = kafkaFramer(100).push(chunk);
    expect(frames.map((frame) => frame.length)).toEqual([6, 4, 5]);
    expect(frames.every((frame) => frame.buffer === chunk.buffer)).toBe(true);
  });

  test("refuses a negative size and one above the limit, in one chunk or in single bytes", () => {
    for (const [size, code] of [
      [-1, "frame-malformed"],
      [-0x80000000, "frame-malformed"],
      [101, "frame-too-large"],
      [0x7fffffff, "frame-too-large"],
    ] as const) {
      expect(codeOf(() => kafkaFramer(100).push(prefix(size)))).toBe(code);
      const framer = kafkaFramer(100);
      expect(codeOf(() => [...prefix(size)].map((byte) => framer.push(Buffer.of(byte))))).toBe(code);
    }
  });

  test("accepts a frame of exactly the limit, and larger ones once the limit is raised", () => {
    const framer = kafkaFramer(3);
    expect(framer.push(Buffer.concat([prefix(3), Buffer.from("abc")]))).toHaveLength(1);
    framer.frameBytesMax = 4;
    expect(framer.push(Buffer.concat([prefix(4), Buffer.from("abcd")]))).toHaveLength(1);
  });

  test("does not allocate what a size only promises", () => {
    const before = process.memoryUsage().arrayBuffers;
    const framers = Array.from({ length: 100 }, () => kafkaFramer(100 * 1024 * 1024));
    for (const framer of framers) framer.push(prefix(100 * 1024 * 1024));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 1024 * 1024);
  });

  test("joins single bytes without keeping an object for each", () => {
    const framer = kafkaFramer(100_000);
    const frame = Buffer.concat([prefix(20_000), Buffer.alloc(20_000, 5)]);
    const frames = [...frame].flatMap((byte) => framer.push(Buffer.of(byte)));
    expect(frames).toHaveLength(1);
    expect(frames[0]?.equals(frame)).toBe(true);
  });
});
