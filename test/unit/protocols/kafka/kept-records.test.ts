// What a recording is told of the records of a masked answer: each partition's own, whichever of them was masked first.
import { expect, test } from "vitest";
import type { Allowed } from "../../../../src/model/decision.ts";
import { fetch } from "../../../../src/protocols/kafka/messages/fetch.ts";
import { buildBatch } from "../../../../src/protocols/kafka/records/build.ts";
import { newCounts, type RecordGuard } from "../../../../src/protocols/record-guard.ts";
import { fakeChannel } from "../../../support/fake-broker.ts";
import { requestFrame, responseFrame } from "../../../support/frames.ts";
import { maskRule } from "../../../support/masking.ts";
import { bookInTest, clusterInTest, servicesInTest, sessionInTest } from "../../../support/scenario.ts";

const version = 12;
const offsets = [100n, 700n];

function batchAt(baseOffset: bigint, value: string): Buffer {
  return buildBatch({ baseOffset, records: [{ value: Buffer.from(value) }] });
}

test("the offsets of a partition are its own, where another of the same size was masked before it", async () => {
  const first = Promise.withResolvers<void>();
  const guard: RecordGuard = {
    rules: ["m"],
    unreadable: "redact",
    async guard([batch]) {
      const offset = batch?.bytes.readBigInt64BE(0) ?? 0n;
      if (offset === offsets[0]) await first.promise;
      return [{ kind: "edited", bytes: batchAt(offset, "***"), counts: newCounts() }];
    },
  };
  const services = { ...servicesInTest(), recordGuard: () => guard };
  const masked: Allowed = { kind: "allow", masks: [maskRule("$")], filters: [], approval: null };
  const session = (await clusterInTest()).session(sessionInTest(), bookInTest(), ["PLAIN"]);
  const partitions = offsets.map((fetchOffset, partition) => ({ partition, fetchOffset }));
  const step = await session.next(
    requestFrame(fetch, version, { topics: [{ topic: "orders", partitions }] }),
    fakeChannel([]),
  );
  if (step.kind !== "exchange") throw new Error(step.kind);
  const enforced = await step.exchange.enforce([masked], services);
  if (enforced.kind !== "forward") throw new Error(enforced.kind);
  const records = offsets.map((offset, partitionIndex) => ({ partitionIndex, records: batchAt(offset, "secret") }));
  const answering = enforced.answer(
    responseFrame(fetch, version, { responses: [{ topic: "orders", partitions: records }] }),
    services,
  );
  setImmediate(first.resolve);
  const { kept } = await answering;

  expect(kept().cuts.map(({ records: told }) => told?.firstOffset)).toEqual(offsets);
});
