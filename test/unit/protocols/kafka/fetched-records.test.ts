// Records on their way to a reader, where some of them cannot be given.
import { expect, test } from "vitest";
import { ChunkPool } from "../../../../src/base/chunks.ts";
import type { Allowed } from "../../../../src/model/decision.ts";
import { guardRecords } from "../../../../src/protocols/kafka/operations/fetched-records.ts";
import { buildBatch } from "../../../../src/protocols/kafka/records/build.ts";
import type { RespondContext } from "../../../../src/protocols/kafka/rule.ts";
import { newCounts, type RecordGuard } from "../../../../src/protocols/record-guard.ts";
import { servicesInTest } from "../../../support/scenario.ts";

test("what was masked of a partition that is refused lets go of its memory", () => {
  const pool = new ChunkPool();
  const memory = pool.take();
  const guard: RecordGuard = {
    rules: ["m"],
    unreadable: "refuse",
    guard: () => [
      { kind: "edited", bytes: memory.subarray(0, 80), counts: newCounts() },
      { kind: "unreadable", code: "records-malformed", counts: newCounts() },
    ],
  };
  const verdict: Allowed = { kind: "allow", masks: [], filters: [], approval: null };
  const services = { ...servicesInTest(), recordGuard: () => guard };
  const context = { services, ranges: [], maskFailures: {} } as unknown as RespondContext;
  const batch = (baseOffset: bigint) => buildBatch({ baseOffset, records: [{ value: Buffer.from("secret") }] });
  const records = Buffer.concat([batch(0n), batch(1n)]);

  expect(guardRecords({ topic: "orders", partition: 0, records, endOffset: 2n }, verdict, context)).toBeNull();
  expect(pool.take().buffer).toBe(memory.buffer);
});
