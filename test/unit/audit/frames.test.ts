// Frames in a recording's own form: what was cut is not there, everything else is, whatever the pieces.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFrames, FrameBuffer, measureFrame } from "../../../src/audit/frames.ts";
import type { Cut, FrameToKeep, KeptFrame, PayloadLevel } from "../../../src/model/recording.ts";

const digest = { batches: 1, records: 3, firstOffset: 7n, lastOffset: 9n };

function frame(level: PayloadLevel, kept: KeptFrame): FrameToKeep {
  return { at: 1.5, direction: "response", api: "Fetch", version: 12, correlation: -7, bytes: 99, level, kept };
}

function throughBuffer(given: FrameToKeep, payload = true) {
  const buffer = new FrameBuffer();
  const measured = measureFrame(given, payload);
  buffer.append(measured);
  expect(buffer.length).toBe(measured.bytes);
  const [came] = decodeFrames(buffer.take());
  if (!came) throw new Error("no frame");
  return came;
}

/** A frame in pieces, and parts of it that are cut. */
const cutting = fc
  .record({
    pieces: fc.array(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      { maxLength: 5 },
    ),
    at: fc.array(fc.nat({ max: 200 }), { maxLength: 8 }),
  })
  .map(({ pieces, at }) => {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const places = [...new Set(at.map((each) => each % (bytes + 1)))].toSorted((a, b) => a - b);
    const cuts: Cut[] = [];
    for (let index = 0; index + 1 < places.length; index += 2) {
      const start = places[index] ?? 0;
      cuts.push({ at: start, length: (places[index + 1] ?? 0) - start, records: index % 4 === 0 ? digest : null });
    }
    return { pieces, cuts };
  });

describe("a frame", () => {
  it("comes back without what was cut, and with everything else, whatever the pieces", () => {
    fc.assert(
      fc.property(cutting, fc.constantFrom("metadata", "masked"), ({ pieces, cuts }, level) => {
        const left = level === "metadata" ? cuts : cuts.filter(({ records }) => records === null);
        const whole = Buffer.concat(pieces);
        const expected: Buffer[] = [];
        let from = 0;
        for (const { at, length } of left) {
          expected.push(whole.subarray(from, at));
          from = at + length;
        }
        expected.push(whole.subarray(from));

        const came = throughBuffer(frame(level, { pieces, cuts, notes: null }));

        expect(came.frame).toEqual(Buffer.concat(expected));
        expect(came.cuts).toEqual(left);
        expect(came).toMatchObject({ at: 1.5, api: "Fetch", version: 12, correlation: -7, bytes: 99, level });
      }),
    );
  });

  it("loses its records and nothing else where they do not fit, and says so", () => {
    const cuts = [{ at: 1, length: 2, records: digest }];
    const kept = { pieces: [Buffer.from("abcd")], cuts, notes: { why: "ü" } };

    expect(throughBuffer(frame("masked", kept))).toMatchObject({
      payloadDropped: false,
      cuts: [],
      notes: { why: "ü" },
    });
    const dropped = throughBuffer(frame("masked", kept), false);
    expect(dropped).toMatchObject({ payloadDropped: true, cuts, notes: { why: "ü" } });
    expect(dropped.frame.toString()).toBe("ad");
  });

  it("may come with its records gone already", () => {
    const cuts = [{ at: 1, length: 1_000_000, records: digest }];
    const came = throughBuffer(frame("metadata", { pieces: [Buffer.from("ad")], cuts, alreadyCut: true, notes: null }));

    expect(came.frame.toString()).toBe("ad");
    expect(came.cuts).toEqual(cuts);
  });

  it("that is none is refused", () => {
    expect(() => decodeFrames(Buffer.from([0, 0, 0, 200, 1]))).toThrow("does not hold frames");
  });
});
