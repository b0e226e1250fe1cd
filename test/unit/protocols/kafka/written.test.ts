// What a session wrote, to be written again: what a broker took, in its order, and nothing that it refused.
import { expect, test } from "vitest";
import type { FrameKind, RecordedFrame } from "../../../../src/model/recording.ts";
import { produce } from "../../../../src/protocols/kafka/messages/produce.ts";
import { buildBatch } from "../../../../src/protocols/kafka/records/build.ts";
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
