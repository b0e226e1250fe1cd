// What a session wrote, to be written again: what a broker took, in its order, and nothing that it refused or that a transaction took back.
import { expect, test } from "vitest";
import type { FrameKind, RecordedFrame } from "../../../../src/model/recording.ts";
import { endTxn } from "../../../../src/protocols/kafka/messages/end-txn.ts";
import { produce } from "../../../../src/protocols/kafka/messages/produce.ts";
import { buildBatch } from "../../../../src/protocols/kafka/records/build.ts";
import { TransactionEnds } from "../../../../src/protocols/kafka/story/transaction-ends.ts";
import { type WrittenRecord, WrittenRecords } from "../../../../src/protocols/kafka/story/written.ts";
import { requestFrame, responseFrame } from "../../../support/frames.ts";

const orders = "AAAAAAAAAAAAAAAAAAAABQ";
const version = 13;

function recorded(direction: FrameKind, frame: Buffer, correlation: number, notes = {}): RecordedFrame {
  const facts = {
    at: 0,
    api: "Produce",
    version,
    bytes: frame.length,
    level: "masked",
    payloadDropped: false,
  } as const;
  return { ...facts, direction, correlation, frame, cuts: [], notes };
}

function sent(correlation: number, acks: number, ...values: readonly string[]): RecordedFrame {
  const partitionData = values.map((value, index) => {
    const headers = [{ key: Buffer.from("h"), value: null }];
    return { index, records: buildBatch({ records: [{ key: Buffer.from("k"), value: Buffer.from(value), headers }] }) };
  });
  return recorded(
    "sent",
    requestFrame(produce, version, { acks, topicData: [{ topicId: orders, partitionData }] }),
    correlation,
  );
}

function answered(correlation: number, ...errors: readonly number[]): RecordedFrame {
  const partitionResponses = errors.map((errorCode, index) => ({ index, errorCode }));
  return recorded(
    "response",
    responseFrame(produce, version, { responses: [{ topicId: orders, partitionResponses }] }),
    correlation,
  );
}

const values = (list: readonly WrittenRecord[]) => list.map(({ value }) => value?.toString());

test("comes once the broker has taken it, partition by partition; at once where nobody is asked", () => {
  const written = new WrittenRecords();
  const asked = recorded("request", Buffer.alloc(0), 1, { topics: { [orders]: "orders" } });

  expect(written.take(asked)).toEqual([]);
  expect(written.take(sent(1, -1, "a", "b"))).toEqual([]);
  expect(values(written.take(sent(2, 0, "c")))).toEqual(["c"]);
  const taken = written.take(answered(1, 0, 29));
  expect(values(taken)).toEqual(["a"]);
  expect(taken[0]).toMatchObject({ topic: "orders", partition: 0, headers: [{ value: null }] });
  expect(taken[0]?.key?.toString()).toBe("k");
  expect(written.take(answered(1, 0, 0))).toEqual([]);
});

test("says which transaction its records are part of, and when they were sent", () => {
  const written = new WrittenRecords();
  const batch = { isTransactional: true, producerId: 7n, producerEpoch: 2 };
  const records = buildBatch({ ...batch, records: [{ key: null, value: Buffer.from("a"), headers: [] }] });
  const topicData = [{ topicId: orders, partitionData: [{ index: 0, records }] }];
  written.take({ ...recorded("sent", requestFrame(produce, version, { acks: -1, topicData }), 1), at: 50 });

  const [taken] = written.take(answered(1, 0));

  expect(taken?.transaction).toEqual({ producerId: 7n, producerEpoch: 2, at: 50 });
});

/** An end, asked for at `at` and answered with `errorCode`. */
function ended(at: number, committed: boolean, errorCode = 0): RecordedFrame[] {
  const request = requestFrame(endTxn, 4, { transactionalId: "t", producerId: 7n, producerEpoch: 2, committed });
  const facts = { api: "EndTxn", version: 4, at };
  return [
    { ...recorded("request", request, at), ...facts },
    { ...recorded("response", responseFrame(endTxn, 4, { errorCode }, at), at), ...facts },
  ];
}

test("a transaction was committed if the first end behind its records says so and the coordinator took it", () => {
  const ends = new TransactionEnds();
  for (const frames of [ended(40, true), ended(20, false), ended(30, true, 51)]) frames.forEach(ends.ofSession());

  const part = (at: number, producerEpoch = 2) => ({ producerId: 7n, producerEpoch, at });
  expect(ends.committed(part(10))).toBe(false); // aborted at 20
  expect(ends.committed(part(25))).toBe(true); // what the coordinator refused at 30 is no end
  expect(ends.committed(part(45))).toBe(false); // none behind it
  expect(ends.committed(part(25, 3))).toBe(false); // of another epoch
});
