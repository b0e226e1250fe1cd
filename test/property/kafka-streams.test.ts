// What passes through in pieces says the same as what is decoded whole: Fetch answers and Produce requests of every version, however they are cut.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LockkeeperError } from "../../src/base/errors.ts";
import { FramePieces } from "../../src/protocols/frame.ts";
import { fetch } from "../../src/protocols/kafka/messages/fetch.ts";
import { produce } from "../../src/protocols/kafka/messages/produce.ts";
import { FetchStream } from "../../src/protocols/kafka/stream/fetch-stream.ts";
import { scanProduce } from "../../src/protocols/kafka/stream/produce-scan.ts";
import { batchOf } from "../bench/wire/shapes.ts";
import { decodeRequest, decodeResponse, requestFrame, responseFrame } from "../support/frames.ts";

const topicId = (index: number) => Buffer.alloc(16, index + 1).toString("base64url");
const topicName = (index: number) => `topic-${index}`;

/** Records of a partition: whole batches, and what a broker may cut off at the end. */
const recordsOf = fc
  .record({ sizes: fc.array(fc.integer({ min: 61, max: 400 }), { maxLength: 4 }), tail: fc.nat({ max: 90 }) })
  .map(({ sizes, tail }) => {
    const batches = sizes.map((size, index) => batchOf(size, BigInt(index * 64)));
    return { batches: sizes.length, bytes: Buffer.concat([...batches, batchOf(200, 9_000n).subarray(0, tail)]) };
  });
const partitionOf = fc.record({
  records: fc.option(recordsOf, { freq: 4 }),
  errorCode: fc.constantFrom(0, 0, 0, 6, 29),
  aborted: fc.option(fc.nat({ max: 3 })),
});
const topicsOf = fc.array(fc.array(partitionOf, { maxLength: 3 }), { maxLength: 3 });
type Topics = typeof topicsOf extends fc.Arbitrary<infer T> ? T : never;
const cutsOf = fc.array(fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 700 })), { maxLength: 40 });
const endpointsOf = fc.array(
  fc.record({ nodeId: fc.nat({ max: 9 }), host: fc.constant("secret.broker.internal"), port: fc.nat({ max: 60_000 }) }),
  { maxLength: 2 },
);
const tagsOf = fc.constantFrom<readonly { tag: number; data: Buffer }[]>([], [{ tag: 5, data: Buffer.from("kept") }]);

function piecesOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const cut of cuts) {
    if (cut > 0 && at + cut < bytes.length) pieces.push(bytes.subarray(at, (at += cut)));
  }
  pieces.push(bytes.subarray(at));
  return pieces;
}

function versionsOf({ min, max }: { min: number; max: number }): number[] {
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

function fetchAnswer(
  version: number,
  topics: Topics,
  endpoints: readonly object[],
  tags: readonly { tag: number; data: Buffer }[],
) {
  return responseFrame(fetch, version, {
    ...(version >= 12 && { unknownTaggedFields: tags }),
    ...(version >= 16 && { nodeEndpoints: endpoints }),
    responses: topics.map((partitions, index) => ({
      ...(version >= 13 ? { topicId: topicId(index) } : { topic: topicName(index) }),
      partitions: partitions.map(({ records, errorCode, aborted }, partitionIndex) => ({
        partitionIndex,
        errorCode,
        records: records?.bytes ?? null,
        abortedTransactions:
          aborted === null ? null : Array.from({ length: aborted }, () => ({ producerId: 7n, firstOffset: 1n })),
      })),
    })),
  });
}

function streamOf(version: number, topics: number): FetchStream {
  const keys = Array.from({ length: topics }, (_, index) => (version >= 13 ? topicId(index) : topicName(index)));
  return new FetchStream(version, {
    operationOf: (key) => (keys.includes(key) ? keys.indexOf(key) : undefined),
    nameOf: (key) => topicName(keys.indexOf(key)),
  });
}

describe.each(versionsOf(fetch.response.versions))("a Fetch answer of version %i", (version) => {
  test("leaves as it came, with what it says told", () => {
    fc.assert(
      fc.property(topicsOf, endpointsOf, tagsOf, cutsOf, (topics, endpoints, tags, cuts) => {
        const frame = fetchAnswer(version, topics, endpoints, tags);
        const stream = streamOf(version, topics.length);
        const left = Buffer.concat(piecesOf(frame, cuts).flatMap((piece) => [...stream.push(Buffer.from(piece))]));
        const { ranges, errors, bytes } = stream.end();

        const before = decodeResponse(fetch, version, frame);
        const after = decodeResponse(fetch, version, left);
        expect(left.length).toBe(frame.length);
        expect(bytes).toBe(frame.length);
        expect(after.responses).toEqual(before.responses);
        expect(after.nodeEndpoints).toEqual([]);
        expect(left.includes("secret.broker")).toBe(false);
        if (before.nodeEndpoints.length === 0) expect(left.equals(frame)).toBe(true);
        expect(after.unknownTaggedFields.filter(({ tag }) => tag !== 0x7f)).toEqual(before.unknownTaggedFields);
        expect([...errors.keys()]).toEqual(topics.map((_, index) => index));
        const told = ranges.map(({ topic, partition, records }) => `${topic}[${partition}] ${records}`);
        const held = topics.flatMap((partitions, topic) =>
          partitions.flatMap(({ records }, index) =>
            records?.batches ? [`${topicName(topic)}[${index}] ${records.batches * 64}`] : [],
          ),
        );
        expect(told).toEqual(held);
      }),
      { numRuns: 60 },
    );
  });

  test("says the same where it is there as a whole, with its records cut where they lie", () => {
    fc.assert(
      fc.property(topicsOf, endpointsOf, tagsOf, cutsOf, (topics, endpoints, tags, cuts) => {
        const frame = fetchAnswer(version, topics, endpoints, tags);
        const [whole, inPieces] = [streamOf(version, topics.length), streamOf(version, topics.length)];
        const namesLeaders = decodeResponse(fetch, version, frame).nodeEndpoints.length > 0;

        expect(whole.passes(frame)).toBe(!namesLeaders);
        if (namesLeaders) return;

        for (const piece of piecesOf(frame, cuts)) inPieces.push(piece);
        const [one, other] = [whole.end(), inPieces.end()];
        expect({ ...one, structure: [] }).toEqual({ ...other, structure: [] });
        const left = one.cuts.flatMap(({ at }, index) => {
          const before = one.cuts[index - 1];
          return [frame.subarray(before ? before.at + before.length : 0, at)];
        });
        const last = one.cuts.at(-1);
        const structure = Buffer.concat([...left, frame.subarray(last ? last.at + last.length : 0)]);
        expect(structure.equals(Buffer.concat(other.structure))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("does not pass as a whole where its end is missing, or more follows", () => {
    fc.assert(
      fc.property(topicsOf, fc.integer({ min: 1, max: 60 }), (topics, bytes) => {
        const frame = fetchAnswer(version, topics, [], []);
        const short = frame.subarray(0, Math.max(8, frame.length - bytes));

        expect(streamOf(version, topics.length).passes(short)).toBe(false);
        expect(streamOf(version, topics.length).passes(Buffer.concat([frame, Buffer.alloc(bytes)]))).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("is refused, and nothing else, where a byte is wrong", () => {
    fc.assert(
      fc.property(topicsOf, cutsOf, fc.nat(), fc.nat({ max: 255 }), (topics, cuts, at, byte) => {
        const frame = fetchAnswer(version, topics, [], []);
        frame[8 + (at % (frame.length - 8))] = byte;
        try {
          const stream = streamOf(version, topics.length);
          for (const piece of piecesOf(frame, cuts)) stream.push(piece);
          stream.end();
        } catch (error) {
          expect(error).toBeInstanceOf(LockkeeperError);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(versionsOf(produce.request.versions))("a Produce request of version %i", (version) => {
  const requestOf = (topics: Topics, transactionalId: string | null, acks: number) =>
    requestFrame(produce, version, {
      transactionalId,
      acks,
      timeoutMs: 30_000,
      topicData: topics.map((partitions, index) => ({
        ...(version >= 13 ? { topicId: topicId(index) } : { name: topicName(index) }),
        partitionData: partitions.map(({ records }, partition) => ({
          index: partition,
          records: records?.bytes ?? null,
        })),
      })),
    });

  test("is scanned as it is decoded, however it is cut", () => {
    fc.assert(
      fc.property(
        topicsOf,
        cutsOf,
        fc.option(fc.constant("tx-é")),
        fc.constantFrom(-1, 0, 1),
        (topics, cuts, id, acks) => {
          const frame = requestOf(topics, id, acks);
          const scanned = scanProduce(new FramePieces(piecesOf(frame, cuts), frame.length));
          const decoded = decodeRequest(produce, version, frame);
          expect(scanned).toMatchObject({
            acks: decoded.acks,
            transactionalId: decoded.transactionalId,
            header: { apiVersion: version, clientId: "test-client" },
            topics: decoded.topicData.map(({ name, topicId: given, partitionData }, topic) => ({
              name,
              topicId: given,
              partitions: partitionData.map(({ index, records }, partition) => ({
                index,
                bytes: records?.length ?? 0,
                records: (topics[topic]?.[partition]?.records?.batches ?? 0) * 64,
              })),
            })),
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test("that is not whole, or goes on, is left to those who decode", () => {
    fc.assert(
      fc.property(topicsOf, fc.nat(), (topics, cut) => {
        const frame = requestOf(topics, null, 1);
        const end = 12 + (cut % (frame.length - 12));
        expect(scanProduce(frame.subarray(0, end))).toBeNull();
        expect(scanProduce(Buffer.concat([frame, Buffer.of(0)]))).toBeNull();
      }),
      { numRuns: 30 },
    );
  });

  // once is enough: it names 150,000 of them
  if (version !== 13) return;
  test("that names very many partitions takes a moment, and one that comes twice is left to those who decode", () => {
    const partitions: Topics[number] = Array.from({ length: 150_000 }, () => ({
      records: null,
      errorCode: 0,
      aborted: null,
    }));
    const frame = requestOf([partitions], null, 1);

    expect(scanProduce(frame)?.topics[0]?.partitions).toHaveLength(partitions.length);

    frame.writeInt32BE(0, frame.length - 8); // the last one's index
    expect(scanProduce(frame)).toBeNull();
  }, 10_000);
});
