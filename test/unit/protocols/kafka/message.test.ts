// What versions can carry, tagged fields (KIP-482), nulls, and hostile messages. Random values: test/property/kafka-messages.test.ts.
import { describe, expect, test } from "vitest";
import { LockkeeperError } from "../../../../src/base/errors.ts";
import { createTopics } from "../../../../src/protocols/kafka/messages/create-topics.ts";
import { describeTopicPartitions } from "../../../../src/protocols/kafka/messages/describe-topic-partitions.ts";
import { fetch } from "../../../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import { offsetForLeaderEpoch } from "../../../../src/protocols/kafka/messages/offset-for-leader-epoch.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LockkeeperError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("create", () => {
  test("fills in defaults at every depth", () => {
    const request = fetch.request.create({ topics: [{ topic: "orders", partitions: [{ partition: 3 }] }] });
    expect(request.maxBytes).toBe(0x7fffffff);
    expect(request.topics[0]?.partitions[0]).toMatchObject({ partition: 3, currentLeaderEpoch: -1, fetchOffset: 0n });
  });

  test("refuses a field that the struct has not", () => {
    const misspelt = { topcis: [] } as object;
    expect(() => fetch.request.create(misspelt)).toThrow(/no field topcis/);
  });
});

describe("a field that a version does not carry", () => {
  test("gets its default when read", () => {
    const bytes = metadata.request.encode(metadata.request.create({ topics: [] }), 1);
    expect(metadata.request.decode(bytes, 0, 1).allowAutoTopicCreation).toBe(true);
  });

  test("is refused when written with another value", () => {
    const request = metadata.request.create({ topics: [], allowAutoTopicCreation: false });
    expect(codeOf(() => metadata.request.encode(request, 1))).toMatch(/^version-unsupported: .*allowAutoTopicCreation/);
  });

  test("is left out when it may be ignored", () => {
    const request = fetch.request.create({ rackId: "west" });
    expect(fetch.request.decode(fetch.request.encode(request, 10), 0, 10).rackId).toBe("");
  });

  test("is refused when null where this version has no null", () => {
    const request = metadata.request.create({ topics: null });
    expect(codeOf(() => metadata.request.encode(request, 0))).toMatch(/^version-unsupported/);
    expect(metadata.request.decode(metadata.request.encode(request, 1), 0, 1).topics).toBeNull();
  });
});

describe("tagged fields", () => {
  const body = fetch.request.encode(fetch.request.create(), 16);
  /** The empty Fetch request with another tagged section. */
  const tagged = (...section: number[]): Buffer => Buffer.concat([body.subarray(0, -1), Buffer.from(section)]);

  test("at their default are not written", () => {
    expect(body.at(-1)).toBe(0);
  });

  test("that are unknown come back in place among the known ones", () => {
    const bytes = tagged(3, 0, 2, 2, 0x63, 1, 13, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 9, 1, 0xaa);
    const request = fetch.request.decode(bytes, 0, 16);
    expect(request).toMatchObject({ clusterId: "c", replicaState: { replicaId: 7, replicaEpoch: 1n } });
    expect(request.unknownTaggedFields).toEqual([{ tag: 9, data: Buffer.of(0xaa) }]);
    expect(fetch.request.encode(request, 16)).toEqual(bytes);
  });

  test.each([
    ["out of order", [2, 9, 0, 8, 0]],
    ["given twice", [2, 9, 0, 9, 0]],
    ["announced beyond the end", [0xff, 0xff, 0xff, 0xff, 0x07]],
    ["with a size beyond the end", [1, 9, 0x7f, 1]],
    ["that are known and shorter than their size", [1, 0, 3, 2, 0x63, 0]],
    ["that are known and longer than their size", [1, 0, 1, 2, 0x63]],
  ])("%s are refused", (_, section) => {
    expect(codeOf(() => fetch.request.decode(tagged(...section), 0, 16))).toMatch(/^message-malformed/);
  });

  test("of another version are refused, as brokers refuse them", () => {
    const older = fetch.request.encode(fetch.request.create(), 14);
    const bytes = Buffer.concat([older.subarray(0, -1), Buffer.of(1, 1, 0)]);
    expect(codeOf(() => fetch.request.decode(bytes, 0, 14))).toMatch(/another version/);
  });
});

describe("hostile messages", () => {
  test("with a huge count are refused by the count, not by reading on", () => {
    const bytes = Buffer.alloc(64);
    bytes.writeInt32BE(-1, 0);
    bytes.writeInt32BE(0x7fffffff, 4);
    expect(codeOf(() => offsetForLeaderEpoch.request.decode(bytes, 0, 3))).toMatch(/2147483647 elements announced/);
  });

  test("count elements by the least that each can take", () => {
    const bytes = Buffer.alloc(4 + 20);
    bytes.writeInt32BE(8, 0);
    expect(codeOf(() => createTopics.request.decode(bytes, 0, 2))).toMatch(/8 elements announced/);
  });

  test("with a length below null are refused", () => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(-2, 0);
    expect(codeOf(() => metadata.request.decode(bytes, 0, 1))).toMatch(/length -2/);
  });

  test("with null where null is not allowed are refused", () => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(-1, 0);
    expect(codeOf(() => metadata.request.decode(bytes, 0, 0))).toMatch(/length -1/);
  });
});

describe("a nullable struct", () => {
  test.each([null, { topicName: "orders", partitionIndex: 4 }])("reads back as written: %j", (cursor) => {
    const request = describeTopicPartitions.request.create({ cursor });
    const read = describeTopicPartitions.request.decode(describeTopicPartitions.request.encode(request, 0), 0, 0);
    expect(read).toEqual(request);
  });
});

describe("byte fields", () => {
  test("of an answer are views of its frame", () => {
    const records = Buffer.from("records");
    const bytes = fetch.response.encode(
      fetch.response.create({ responses: [{ topic: "t", partitions: [{ records }] }] }),
      12,
    );
    const read = fetch.response.decode(bytes, 0, 12).responses[0]?.partitions[0]?.records;
    expect(read?.buffer).toBe(bytes.buffer);
    expect(read).toEqual(records);
  });
});
