// Large masked answers through whole connections at once: frames, jobs and what becomes of them lie in memory that is used again, and every reader
// gets its own records, each masked, none of another's or of an answer before.
import { expect, it, onTestFinished } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import type { Decision } from "../../../src/model/decision.ts";
import { BatchCache } from "../../../src/pipeline/records/batch-cache.ts";
import { BatchWorkers } from "../../../src/pipeline/records/batch-workers.ts";
import { RecordGuards } from "../../../src/pipeline/records/record-guards.ts";
import { type FetchResponse, fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { buildBatch } from "../../../src/protocols/kafka/records/build.ts";
import { decodeRequest, decodeResponse, requestFrame, responseFrame } from "../../support/frames.ts";
import { threadInTest } from "../../support/mask-threads.ts";
import { maskRule } from "../../support/masking.ts";
import { toolsInTest } from "../../support/records.ts";
import { readAll } from "../protocols/kafka/records/fixtures.ts";
import { type ClientInTest, startGateway } from "./gateway-in-test.ts";
import { script } from "./traffic-in-test.ts";

const version = 12;
const batchRecords = 30;

/** What the record at an offset says: whose it is, and a secret of about a KiB. */
const said = (topic: string, partition: number, offset: number) => `${topic}/${partition}/${offset} `;
const secret = "SECRET ".repeat(150);

/** So many batches from this offset on. */
function recordsOf(topic: string, partition: number, from: number, batches: number): Buffer {
  return Buffer.concat(
    Array.from({ length: batches }, (_, index) => {
      const first = from + index * batchRecords;
      const records = Array.from({ length: batchRecords }, (__, at) => ({
        value: Buffer.from(said(topic, partition, first + at) + secret),
      }));
      return buildBatch({ records, baseOffset: BigInt(first), compression: partition === 1 ? "lz4" : "none" });
    }),
  );
}

/** Keeps what a record says of itself, and stars the rest, which gets longer or shorter by it. */
const tools = toolsInTest(() => ({ value }) => {
  const text = Buffer.from(value ?? []).toString();
  const open = text.slice(0, text.indexOf(" ") + 1);
  return { value: Buffer.from(open + "*".repeat((open.length * 97) % 1_500)) };
});

const masking: Decision = { outcome: "allow", masks: [maskRule("$")], filters: [], revision: "r1", rules: ["test"] };

/** The size of an answer changes all the time: memory that was filled by a large one is then used for a small one. */
const batchesAt = (offset: number, partition: number) => 1 + (((offset / batchRecords) * 7 + partition * 5) % 30);

async function gatewayThatMasks(cacheBytes: number) {
  const workers = new BatchWorkers({
    workersMax: 2,
    queueBytesMax: 64 << 20,
    start: () => threadInTest(() => tools),
    answer: () => Promise.resolve(null),
    died: (reason) => expect.unreachable(reason),
  });
  onTestFinished(() => workers.close());
  return startGateway(
    (frame, header, socket) => {
      if (header.apiKey !== fetch.key) return script(frame, header, socket);
      const { topics } = decodeRequest(fetch, header.apiVersion, frame);
      const responses = topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, fetchOffset }) => ({
          partitionIndex: partition,
          highWatermark: 1n << 40n,
          records: recordsOf(topic, partition, Number(fetchOffset), batchesAt(Number(fetchOffset), partition)),
        })),
      }));
      return responseFrame(fetch, header.apiVersion, { responses }, header.correlationId);
    },
    { decide: () => masking, records: new RecordGuards({ tools, cache: new BatchCache(cacheBytes), workers }) },
  );
}

/** Asks for what is at these offsets, and steps over it. @returns where it begins */
function ask(client: ClientInTest, topic: string, offsets: number[]): readonly number[] {
  const starts = [...offsets];
  const partitions = starts.map((offset, partition) => ({ partition, fetchOffset: BigInt(offset) }));
  client.send(requestFrame(fetch, version, { topics: [{ topic, partitions }] }));
  for (const [partition, offset] of starts.entries()) {
    offsets[partition] = offset + batchesAt(offset, partition) * batchRecords;
  }
  return starts;
}

function check(topic: string, starts: readonly number[], { responses }: FetchResponse): void {
  for (const { partitionIndex, records } of responses[0]?.partitions ?? []) {
    const first = starts[partitionIndex] ?? 0;
    const found = readAll(records ?? Buffer.alloc(0)).map(({ value }) => String(value));
    expect(found).toHaveLength(batchesAt(first, partitionIndex) * batchRecords);
    const wrong = found.filter((value, at) => {
      const open = said(topic, partitionIndex, first + at);
      return value !== open + "*".repeat((open.length * 97) % 1_500);
    });
    expect(wrong).toEqual([]);
  }
}

it.each([0, limits.maskCacheBytesMax])(
  "readers of many answers at once get their own records, masked (cache of %d bytes)",
  async (cacheBytes) => {
    await using gateway = await gatewayThatMasks(cacheBytes);
    const read = async (topic: string, turns: number) => {
      const client = await gateway.loggedIn();
      const offsets = [0, 0, 0];
      for (let round = 0; round < 4; round++) {
        // several in flight: the next answer comes while the one before is masked, or waits for a client that does not read yet
        const asked = Array.from({ length: 3 }, () => ask(client, topic, offsets));
        client.socket.pause();
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
        client.socket.resume();
        for (const starts of asked) check(topic, starts, decodeResponse(fetch, version, await client.answer()));
      }
    };
    // two read the same topic, so that one waits for what is made for the other
    const topics = ["orders", "orders", "payments", "refunds.of.a.longer.name"];
    await Promise.all(topics.map((topic, index) => read(topic, index * 150)));
  },
);
