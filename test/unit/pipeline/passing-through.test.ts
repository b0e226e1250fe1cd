// Large frames pass in pieces and in memory that is used again: what arrives is what was sent, whoever is slow.
import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import { batchField } from "../../../src/protocols/kafka/records/batch.ts";
import { batchOf } from "../../bench/wire/shapes.ts";
import { decodeRequest, decodeResponse, requestFrame, responseFrame } from "../../support/frames.ts";
import { eventually } from "../../support/wait.ts";
import { startGateway } from "./gateway-in-test.ts";

const rounds = 40;
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A batch that is no other: its noise is new each time. */
function noise(bytes: number): Buffer {
  const batch = batchOf(bytes, 0n);
  randomBytes(bytes - batchField.records).copy(batch, batchField.records);
  return batch;
}

const partition = (size: number) => [noise(size), noise(61 + (size % 977))];

test("a reader gets the bytes that the broker sent, also when it reads slowly", async () => {
  const sent: string[] = [];
  await using gateway = await startGateway((_frame, header) => {
    const partitions = Array.from({ length: 4 }, (_, partitionIndex) => ({
      partitionIndex,
      records: Buffer.concat(partition(20_000 + 30_011 * (sent.length % 13))),
    }));
    sent.push(digest(Buffer.concat(partitions.map(({ records }) => records))));
    return responseFrame(fetch, 11, { responses: [{ topic: "orders", partitions }] }, header.correlationId);
  });
  const client = await gateway.loggedIn();
  const wanted = Array.from({ length: 4 }, (_, index) => ({
    partition: index,
    fetchOffset: 0n,
    partitionMaxBytes: 1 << 20,
  }));
  const got: string[] = [];
  for (let round = 0; round < rounds; round++) {
    client.send(
      requestFrame(fetch, 11, { maxWaitMs: 1, minBytes: 1, topics: [{ topic: "orders", partitions: wanted }] }),
    );
    // the gateway's socket fills up, and its writes end later than its reads
    if (round % 3 === 0) {
      client.socket.pause();
      await eventually(() => sent.length === round + 1, { what: "the broker's answer" });
      client.socket.resume();
    }
    const answer = decodeResponse(fetch, 11, await client.answer());
    got.push(
      digest(Buffer.concat((answer.responses[0]?.partitions ?? []).map(({ records }) => records ?? Buffer.alloc(0)))),
    );
  }
  expect(got).toEqual(sent);
});

test("the broker gets the bytes that a writer sent, several requests at once, whole and in their order", async () => {
  await using gateway = await startGateway((_frame, header) =>
    responseFrame(
      produce,
      9,
      { responses: [{ name: "orders", partitionResponses: [{ index: 0, baseOffset: 5n }] }] },
      header.correlationId,
    ),
  );
  const client = await gateway.loggedIn();
  const sent: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const requests = Array.from({ length: 5 }, (_, index) => {
      const records = Buffer.concat(partition(300 + (((round * 5 + index) * 7_919) % 180_000)));
      sent.push(digest(records));
      return requestFrame(produce, 9, {
        acks: 1,
        timeoutMs: 1_000,
        topicData: [{ name: "orders", partitionData: [{ index: 0, records }] }],
      });
    });
    client.send(...requests);
    for (const _ of requests)
      expect(decodeResponse(produce, 9, await client.answer()).responses[0]?.name).toBe("orders");
  }
  const got = gateway.broker.received.map((frame) =>
    digest(decodeRequest(produce, 9, frame).topicData[0]?.partitionData[0]?.records ?? Buffer.alloc(0)),
  );
  expect(got).toEqual(sent);
});

test("what had left of an answer is on record when the broker goes away amid it", async () => {
  const big = Buffer.concat([noise(60_000), noise(900_000)]);
  await using gateway = await startGateway((_frame, header, socket) => {
    const frame = responseFrame(
      fetch,
      11,
      { responses: [{ topic: "orders", partitions: [{ partitionIndex: 0, records: big }] }] },
      header.correlationId,
    );
    socket.write(frame.subarray(0, 400_000), () => socket.destroy());
    return null;
  });
  const client = await gateway.loggedIn();
  client.send(
    requestFrame(fetch, 11, {
      maxWaitMs: 1,
      minBytes: 1,
      topics: [{ topic: "orders", partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }] }],
    }),
  );
  await client.closed;
  await eventually(() => gateway.ranges.length > 0, { what: "the range" });
  expect(gateway.ranges).toMatchObject([{ topic: "orders", partition: 0, firstOffset: 0n, records: 128 }]);
});
