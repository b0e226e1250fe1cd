// Batches that decompress to far more than is allowed, read through a whole connection: told by `otherwise`, and never taken into memory.
import { describe, expect, it } from "vitest";
import type { Decision } from "../../../src/model/decision.ts";
import { BatchCache } from "../../../src/pipeline/records/batch-cache.ts";
import { RecordGuards } from "../../../src/pipeline/records/record-guards.ts";
import { errorName } from "../../../src/protocols/kafka/errors.ts";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { buildBatch } from "../../../src/protocols/kafka/records/build.ts";
import { decodeResponse, requestFrame, responseFrame } from "../../support/frames.ts";
import { maskRule } from "../../support/masking.ts";
import { toolsInTest } from "../../support/records.ts";
import { readAll } from "../protocols/kafka/records/fixtures.ts";
import { startGateway } from "./gateway-in-test.ts";
import { beat, correlationOf, script } from "./traffic-in-test.ts";

const MiB = 1024 * 1024;
const batchBytesMax = MiB;
const bombBytes = 64 * MiB;
const version = 12;

/** A gateway that masks what is read of every topic, before a broker that has these records in each. */
async function serving(records: Buffer, otherwise: "redact" | "refuse") {
  const seen: (Uint8Array | null)[] = [];
  const tools = toolsInTest(() => ({ value }) => {
    seen.push(value && Buffer.from(value));
    return { value: Buffer.from("***") };
  });
  const decision: Decision = {
    outcome: "allow",
    masks: [maskRule("$", { otherwise })],
    filters: [],
    revision: "r1",
    rules: ["test"],
  };
  const gateway = await startGateway(
    (frame, header, socket) => {
      if (header.apiKey !== fetch.key) return script(frame, header, socket);
      const partitions = [{ partitionIndex: 0, highWatermark: 9n, lastStableOffset: 9n, records }];
      return responseFrame(fetch, header.apiVersion, { responses: [{ topic: "t", partitions }] }, header.correlationId);
    },
    {
      decide: () => decision,
      records: new RecordGuards({
        tools: { ...tools, options: { batchBytesMax } },
        cache: new BatchCache(0),
        workers: null,
      }),
    },
  );
  return { gateway, seen };
}

async function read(records: Buffer, otherwise: "redact" | "refuse") {
  const { gateway, seen } = await serving(records, otherwise);
  await using _ = gateway;
  const client = await gateway.loggedIn();
  const before = process.memoryUsage().external;
  client.send(requestFrame(fetch, version, { topics: [{ topic: "t", partitions: [{ partition: 0 }] }] }));
  const frame = await client.answer();
  const grownBytes = process.memoryUsage().external - before;
  // the connection lives on
  client.send(beat("g", 7));
  expect(correlationOf(await client.answer())).toBe(7);
  const partition = decodeResponse(fetch, version, frame).responses[0]?.partitions[0];
  if (!partition) throw new Error("no partition");
  return { frame, seen, grownBytes, error: errorName(partition.errorCode), records: partition.records };
}

describe.each(["gzip", "snappy", "lz4", "zstd"] as const)("a bomb packed with %s", (compression) => {
  const bomb = buildBatch({ compression, baseOffset: 5n, records: [{ value: Buffer.alloc(bombBytes) }] });

  it("is hidden where the rule redacts, and takes no memory", async () => {
    const { frame, seen, grownBytes, error, records } = await read(bomb, "redact");
    expect(error).toBe("NONE");
    expect(readAll(records ?? Buffer.alloc(0))).toEqual([]);
    expect(frame.length).toBeLessThan(1_000);
    expect(seen).toEqual([]);
    expect(grownBytes).toBeLessThan(bombBytes / 2);
  });

  it("is refused where the rule refuses", async () => {
    const { error, records, grownBytes } = await read(bomb, "refuse");
    expect([error, records?.length ?? 0]).toEqual(["TOPIC_AUTHORIZATION_FAILED", 0]);
    expect(grownBytes).toBeLessThan(bombBytes / 2);
  });

  it("is what makes the difference: a batch within the bound is masked", async () => {
    const fits = buildBatch({ compression, records: [{ value: Buffer.alloc(batchBytesMax / 2) }] });
    const { error, records } = await read(fits, "refuse");
    expect([error, readAll(records ?? Buffer.alloc(0)).map(({ value }) => value)]).toEqual(["NONE", ["***"]]);
  });
});
