// Fetch (1). Until version 12 topics have names, from 13 on ids; sessions came with 7.
import { fetch } from "../../src/protocols/kafka/messages/fetch.ts";
import { batchField } from "../../src/protocols/kafka/records/batch.ts";
import { buildBatch } from "../../src/protocols/kafka/records/build.ts";
import { passOver } from "../../src/protocols/kafka/records/pass-over.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const batch = (value: string) =>
  buildBatch({ baseOffset: 5n, records: [{ value: Buffer.from(value) }, { value: null }] });
const clear = batch("4111-1111");
const masked = batch("********");
const other = batch("not so long, or longer");
const withoutTombstone = buildBatch({
  baseOffset: 5n,
  lastOffsetDelta: 1,
  records: [{ value: Buffer.from("4111-1111") }],
});
const damaged = Buffer.concat([clear.subarray(0, -1), Buffer.of(255)]);
const boasting = Buffer.from(damaged);
boasting.writeInt32BE(1_000_000, batchField.lastOffsetDelta);
const mask = {
  rewrite: ({ value }: { value: Uint8Array | null }) => (value ? { value: Buffer.from("********") } : undefined),
};
const orders = "AAAAAAAAAAAAAAAAAAAAAQ";
const secret = "AAAAAAAAAAAAAAAAAAAAAg";
const gone = "AAAAAAAAAAAAAAAAAAAAAw";
const known = { [orders]: "orders", [secret]: "secret" };
const asked = [{ partition: 0, fetchOffset: 5n }];
const asksOrders = { topics: [{ topic: "orders", partitions: asked }] };
const found = (records: Buffer) => [{ partitionIndex: 0, highWatermark: 7n, records }];
const denied = [{ partitionIndex: 0, errorCode: 29, highWatermark: -1n, records: Buffer.alloc(0) }];

export const fetching: Case[] = scenarios(fetch, [
  {
    name: "allowed: records pass as they are, and their range is told",
    versions: [4, 12],
    when: {
      request: { topics: [{ topic: "orders", partitions: asked }] },
      answer: { responses: [{ topic: "orders", partitions: found(clear) }] },
    },
    then: {
      operations: ["topic.read orders"],
      broker: "unchanged",
      client: "unchanged",
      ranges: ["read orders[0] 5–6"],
    },
  },
  {
    name: "allowed by id",
    versions: [13, 18],
    given: { topics: known },
    when: {
      request: { topics: [{ topicId: orders, partitions: asked }] },
      answer: { responses: [{ topicId: orders, partitions: found(clear) }] },
    },
    then: {
      operations: ["topic.read orders"],
      broker: "unchanged",
      client: "unchanged",
      ranges: ["read orders[0] 5–6"],
    },
  },
  {
    name: "masked: the client gets other bytes at the same offsets",
    versions: [4, 12],
    given: mask,
    when: {
      request: { topics: [{ topic: "orders", partitions: asked }] },
      answer: { responses: [{ topic: "orders", partitions: found(clear) }] },
    },
    then: {
      broker: "unchanged",
      client: { responses: [{ topic: "orders", partitions: found(masked) }] },
      ranges: ["read orders[0] 5–6"],
    },
  },
  {
    name: "refused: error 29 in each partition, and the broker is not asked",
    versions: [4, 12],
    given: { refuse: [{ resource: "orders" }] },
    when: { request: { topics: [{ topic: "orders", partitions: asked }] } },
    then: {
      broker: "nothing",
      client: { responses: [{ topic: "orders", partitions: denied }] },
      outcomes: ["topic.read orders TOPIC_AUTHORIZATION_FAILED"],
    },
  },
  {
    name: "what would need people is error 29 as well: any other makes the Java consumer throw",
    versions: [4, 12],
    given: { refuse: [{ cause: "approval-pending" }] },
    when: { request: { topics: [{ topic: "orders", partitions: asked }] } },
    then: { broker: "nothing", client: { responses: [{ topic: "orders", partitions: denied }] } },
  },
  {
    name: "in part, by id",
    versions: [13, 18],
    given: { topics: known, refuse: [{ resource: "secret" }] },
    when: {
      request: {
        topics: [
          { topicId: secret, partitions: asked },
          { topicId: orders, partitions: asked },
        ],
      },
      answer: { responses: [{ topicId: orders, partitions: found(clear) }] },
    },
    then: {
      broker: { topics: [{ topicId: orders, partitions: asked }] },
      client: {
        responses: [
          { topicId: secret, partitions: denied },
          { topicId: orders, partitions: found(clear) },
        ],
      },
    },
  },
  {
    name: "an id that nothing has is unknown, as a broker says it: a denial would end the consumer of a topic that was made anew",
    versions: [13, 18],
    given: { topics: known, refuse: [{ resource: "" }, { resource: "secret" }] },
    when: {
      request: {
        topics: [gone, secret].map((topicId) => ({ topicId, partitions: asked })),
      },
    },
    then: {
      broker: "nothing",
      client: {
        responses: [
          { topicId: gone, partitions: denied.map((each) => ({ ...each, errorCode: 100 })) },
          { topicId: secret, partitions: denied },
        ],
      },
    },
  },
  {
    name: "a session is asked for: the broker's own",
    versions: [7, 12],
    when: {
      request: { sessionId: 0, sessionEpoch: 0, topics: [{ topic: "orders", partitions: asked }] },
      answer: { sessionId: 5 },
    },
    then: { broker: "unchanged", client: "unchanged" },
  },
  {
    name: "a session that was not opened on this connection is unknown",
    versions: [7, 12],
    when: { request: { sessionId: 5, sessionEpoch: 3 } },
    then: { broker: "nothing", client: { errorCode: 70 }, operations: [] },
  },
  {
    name: "a topic that the broker gives and nobody asked for stays here",
    versions: [4, 12],
    when: {
      request: { topics: [{ topic: "orders", partitions: asked }] },
      answer: {
        responses: [
          { topic: "orders", partitions: found(clear) },
          { topic: "secret", partitions: found(clear) },
        ],
      },
    },
    then: {
      broker: "unchanged",
      client: {
        responses: [
          { topic: "orders", partitions: found(clear) },
          { topic: "secret", partitions: denied },
        ],
      },
      ranges: ["read orders[0] 5–6"],
    },
  },
  {
    name: "a batch that cannot be read is passed over by one who must get it masked",
    versions: [4, 12],
    given: mask,
    when: { request: asksOrders, answer: { responses: [{ topic: "orders", partitions: found(damaged) }] } },
    then: {
      broker: "unchanged",
      client: { responses: [{ topic: "orders", partitions: found(passOver({ first: 5n, last: 6n }, 0)) }] },
      ranges: ["read orders[0] 5–6"],
    },
  },
  {
    name: "what an unreadable batch says of its end is believed no further than the partition goes",
    versions: [4, 12],
    given: mask,
    when: { request: asksOrders, answer: { responses: [{ topic: "orders", partitions: found(boasting) }] } },
    then: {
      broker: "unchanged",
      client: { responses: [{ topic: "orders", partitions: found(passOver({ first: 5n, last: 6n }, 0)) }] },
    },
  },
  {
    name: "a batch that cannot be read is refused where the rule says so",
    versions: [4, 12],
    given: { ...mask, unreadable: "refuse" },
    when: { request: asksOrders, answer: { responses: [{ topic: "orders", partitions: found(damaged) }] } },
    then: { broker: "unchanged", client: { responses: [{ topic: "orders", partitions: denied }] }, ranges: [] },
  },
  {
    name: "a batch that cannot be read passes where the rule says so in words",
    versions: [4, 12],
    given: { ...mask, unreadable: "pass" },
    when: { request: asksOrders, answer: { responses: [{ topic: "orders", partitions: found(damaged) }] } },
    then: { broker: "unchanged", client: "unchanged", ranges: ["read orders[0] 5–6"] },
  },
  {
    name: "hidden records leave their offsets behind",
    versions: [4, 12],
    given: { rewrite: ({ value }) => (value === null ? "hide" : undefined) },
    when: { request: asksOrders, answer: { responses: [{ topic: "orders", partitions: found(clear) }] } },
    then: {
      broker: "unchanged",
      client: { responses: [{ topic: "orders", partitions: found(withoutTombstone) }] },
      ranges: ["read orders[0] 5–6"],
    },
  },
  {
    name: "a batch of hidden records is one that consumers pass over",
    versions: [4, 12],
    given: { rewrite: () => "hide" },
    when: { request: asksOrders, answer: { responses: [{ topic: "orders", partitions: found(clear) }] } },
    then: {
      broker: "unchanged",
      client: { responses: [{ topic: "orders", partitions: found(passOver({ first: 5n, last: 6n }, 0)) }] },
      ranges: ["read orders[0] 5–6"],
    },
  },
  {
    name: "records that a rule refuses are not given, and the others of the answer are",
    versions: [4, 12],
    given: { rewrite: ({ value }) => (value?.length === 9 ? { refuse: "no" } : undefined) },
    when: {
      request: { topics: [{ topic: "orders", partitions: [...asked, { partition: 1, fetchOffset: 5n }] }] },
      answer: {
        responses: [
          { topic: "orders", partitions: [...found(clear), { partitionIndex: 1, highWatermark: 7n, records: other }] },
        ],
      },
    },
    then: {
      broker: "unchanged",
      client: {
        responses: [
          { topic: "orders", partitions: [...denied, { partitionIndex: 1, highWatermark: 7n, records: other }] },
        ],
      },
    },
  },
]);
