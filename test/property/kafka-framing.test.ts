// Any cut of a byte stream gives the same frames.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Frame, ownFrame } from "../../src/protocols/frame.ts";
import { kafkaFramer } from "../../src/protocols/kafka/framing.ts";

const sizes = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 20_000 }));
const streams = fc.array(sizes, { maxLength: 6 }).map((each) => each.map((size, index) => frameOf(size, index)));

function frameOf(size: number, fill: number): Buffer {
  const frame = Buffer.alloc(4 + size, fill + 1);
  frame.writeInt32BE(size, 0);
  return frame;
}

describe("a stream of frames", () => {
  const memory = Buffer.alloc(32_000);
  test.each([
    ["however it is cut", () => null],
    [
      "where large ones are put together in memory of the receiver",
      (bytes: number) => (bytes > 500 ? memory.fill(0xee) : null),
    ],
  ])("gives the same frames %s", (_, room) => {
    fc.assert(
      fc.property(
        streams,
        fc.array(fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 9_000 })), { maxLength: 60 }),
        (frames, cuts) => {
          const framer = kafkaFramer(1 << 20);
          const got: string[] = [];
          const receiver = { room, frame: (frame: Frame) => void got.push(ownFrame(frame).toString("latin1")) };
          for (const chunk of chunksOf(Buffer.concat(frames), cuts)) framer.feed(chunk, receiver);
          expect(got).toEqual(frames.map((each) => each.toString("latin1")));
          expect(framer.pendingBytes).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("counts what is pending", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(), (size, cut) => {
        const framer = kafkaFramer(1 << 20);
        const sent = cut % (size + 4);
        expect(framer.push(frameOf(size, 0).subarray(0, sent))).toEqual([]);
        expect(framer.pendingBytes).toBe(sent);
      }),
    );
  });
});

function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const cut of cuts) {
    chunks.push(bytes.subarray(at, at + cut));
    at += cut;
  }
  chunks.push(bytes.subarray(at));
  return chunks;
}
