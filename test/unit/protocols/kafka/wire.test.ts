// Frames for captures: whatever size the records had that were not kept, what stands in for them reads as records.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordedFrame } from "../../../../src/model/recording.ts";
import { apiVersions } from "../../../../src/protocols/kafka/messages/api-versions.ts";
import { joinGroup } from "../../../../src/protocols/kafka/messages/join-group.ts";
import { batchAt } from "../../../../src/protocols/kafka/records/batch.ts";
import { rewriteRecords } from "../../../../src/protocols/kafka/records/rewrite.ts";
import { WireFrames, wireFrame } from "../../../../src/protocols/kafka/story/wire.ts";
import { decodeRequest, decodeResponse, requestFrame, responseFrame } from "../../../support/frames.ts";

function recorded(before: Buffer, length: number, records: number, firstOffset: bigint): RecordedFrame {
  const digest = { batches: 1, records, firstOffset, lastOffset: firstOffset + BigInt(records) };
  return {
    at: 1_790_000_000_000,
    direction: "response",
    api: "Fetch",
    version: 12,
    correlation: 1,
    bytes: before.length + length,
    level: "metadata",
    payloadDropped: false,
    frame: before,
    cuts: [{ at: 3, length, records: digest }],
    notes: {},
  };
}

test("records of any size come back as one batch of that size, with as many records where they fit", () => {
  fc.assert(
    fc.property(fc.integer({ min: 61 + 7, max: 40_000 }), fc.integer({ min: 0, max: 500 }), (length, count) => {
      const before = Buffer.from("abcdef");
      const frame = wireFrame(recorded(before, length, count, 42n));
      if (!frame) throw new Error("nothing");
      expect(frame.length).toBe(before.length + length);
      expect(frame.subarray(0, 3).toString() + frame.subarray(3 + length).toString()).toBe("abcdef");
      const records = frame.subarray(3, 3 + length);
      let seen = 0;
      rewriteRecords(records, () => void seen++); // checks lengths and checksum
      expect(batchAt(records, 0)).toMatchObject({ end: length, firstOffset: 42n, records: seen });
      if (length > 61 + 40 * count) expect(seen).toBe(Math.max(count, 1));
    }),
  );
});

test("a secret comes back as zeros, and a frame of which nothing was kept does not come back", () => {
  const frame = recorded(Buffer.from("abcdef"), 5, 0, 0n);
  expect(wireFrame({ ...frame, cuts: [{ at: 3, length: 5, records: null }] })?.toString()).toBe("abc\0\0\0\0\0def");
  expect(wireFrame({ ...frame, frame: Buffer.alloc(0), cuts: [] })).toBeNull();
});

const plainFrame = { ...recorded(Buffer.alloc(0), 0, 0, 0n), cuts: [] };

test("byte fields of before the flexible versions are written as flexible ones, which Wireshark reads", () => {
  const protocols = [{ name: "RoundRobinAssigner", metadata: Buffer.from("0000000000", "hex") }];
  const frame = requestFrame(joinGroup, 5, { groupId: "g", protocolType: "consumer", protocols });

  const shown = new WireFrames().take({ ...plainFrame, direction: "request", api: "JoinGroup", version: 5, frame });

  expect(shown).toMatchObject({ version: 6, was: 5 });
  expect(decodeRequest(joinGroup, 6, shown?.bytes ?? frame)).toMatchObject({ groupId: "g", protocols });
});

test("an ApiVersions request that was too new is shown in the version in which its answer is shown", () => {
  const frames = new WireFrames();
  const asked = requestFrame(apiVersions, 5, { clientSoftwareName: "java" });
  const told = responseFrame(apiVersions, 0, { errorCode: 35 });
  const facts = { ...plainFrame, api: "ApiVersions", version: 0 };

  const request = frames.take({ ...facts, direction: "request", frame: asked });
  const response = frames.take({ ...facts, direction: "response", frame: told });

  expect(request).toMatchObject({ version: 3, was: 5 });
  expect(response).toMatchObject({ version: 3, was: 0 });
  expect(decodeRequest(apiVersions, 3, request?.bytes ?? asked).clientSoftwareName).toBe("java");
  expect(decodeResponse(apiVersions, 3, response?.bytes ?? told).errorCode).toBe(35);
});
