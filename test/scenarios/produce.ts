// Produce (0). Until version 12 topics have names, from 13 on ids.
import type { RewriteRecord } from "../../src/model/record.ts";
import { produce } from "../../src/protocols/kafka/messages/produce.ts";
import { batchField } from "../../src/protocols/kafka/records/batch.ts";
import { buildBatch } from "../../src/protocols/kafka/records/build.ts";
import { crc32c } from "../../src/protocols/kafka/records/crc32c.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const text = (value: string) => Buffer.from(value);
const records = buildBatch({ records: [{ value: text("a") }, { value: text("b") }, { value: text("c") }] });
const orders = "AAAAAAAAAAAAAAAAAAAAAQ";
const secret = "AAAAAAAAAAAAAAAAAAAAAg";
const named = (name: string) => ({ name, partitionData: [{ index: 0, records }] });
const withId = (topicId: string) => ({ topicId, partitionData: [{ index: 0, records }] });
const refusedPartition = { index: 0, errorCode: 29, baseOffset: -1n, errorMessage: "no" };
const written = { index: 0, baseOffset: 40n };

const secret4111 = (value: string) =>
  buildBatch({
    records: [
      { value: text("plain") },
      { key: text("k"), value: text(value), headers: [{ key: text("h"), value: null }] },
    ],
    producerId: 4_242n,
    producerEpoch: 3,
    baseSequence: 17,
    isTransactional: true,
    compression: "lz4",
  });
const secrets = secret4111("4111-1111");
const starredSecrets = secret4111("********");
const torn = secrets.subarray(0, -1);
const oddCodec = Buffer.from(secrets);
oddCodec.writeInt16BE(7, batchField.attributes);
oddCodec.writeUInt32BE(crc32c(oddCodec.subarray(batchField.attributes)), batchField.crc);
const isSecret = (value: Uint8Array | null) => value !== null && Buffer.from(value).toString().startsWith("4111");
const starred: RewriteRecord = ({ value }) => (isSecret(value) ? { value: text("********") } : undefined);
const refuseSecrets: RewriteRecord = ({ value }) => (isSecret(value) ? { refuse: "card numbers stay out" } : undefined);
const withBatch = (batch: Buffer) => ({ name: "orders", partitionData: [{ index: 0, records: batch }] });

export const producing: Case[] = scenarios(produce, [
  {
    name: "allowed: bytes pass both ways, and the range is told",
    versions: [3, 12],
    when: {
      request: { acks: -1, topicData: [named("orders")] },
      answer: { responses: [{ name: "orders", partitionResponses: [written] }] },
    },
    then: {
      operations: ["topic.write orders"],
      broker: "unchanged",
      client: "unchanged",
      outcomes: ["topic.write orders NONE"],
      ranges: ["write orders[0] 40–42"],
    },
  },
  {
    name: "allowed by id: the topic is judged and told by its name",
    versions: [13],
    given: { topics: { [orders]: "orders" } },
    when: {
      request: { acks: 1, topicData: [withId(orders)] },
      answer: { responses: [{ topicId: orders, partitionResponses: [written] }] },
    },
    then: {
      operations: ["topic.write orders"],
      broker: "unchanged",
      client: "unchanged",
      ranges: ["write orders[0] 40–42"],
    },
  },
  {
    name: "refused: the broker is not asked",
    versions: [3, 12],
    given: { refuse: [{ resource: "orders" }] },
    when: { request: { acks: -1, topicData: [named("orders")] } },
    then: {
      broker: "nothing",
      client: { responses: [{ name: "orders", partitionResponses: [refusedPartition] }] },
      outcomes: ["topic.write orders TOPIC_AUTHORIZATION_FAILED"],
      ranges: [],
    },
  },
  {
    name: "in part: the refused topic leaves the request and is back in its place in the answer",
    versions: [3, 12],
    given: { refuse: [{ resource: "secret" }] },
    when: {
      request: { acks: 1, topicData: [named("secret"), named("orders")] },
      answer: { responses: [{ name: "orders", partitionResponses: [written] }] },
    },
    then: {
      broker: { acks: 1, topicData: [named("orders")] },
      client: {
        responses: [
          { name: "secret", partitionResponses: [refusedPartition] },
          { name: "orders", partitionResponses: [written] },
        ],
      },
      outcomes: ["topic.write secret TOPIC_AUTHORIZATION_FAILED", "topic.write orders NONE"],
    },
  },
  {
    name: "in part, by id: the refusal echoes the id",
    versions: [13],
    given: { topics: { [orders]: "orders", [secret]: "secret" }, refuse: [{ resource: "secret" }] },
    when: {
      request: { acks: 1, topicData: [withId(secret), withId(orders)] },
      answer: { responses: [{ topicId: orders, partitionResponses: [written] }] },
    },
    then: {
      broker: { acks: 1, topicData: [withId(orders)] },
      client: {
        responses: [
          { topicId: secret, partitionResponses: [refusedPartition] },
          { topicId: orders, partitionResponses: [written] },
        ],
      },
    },
  },
  {
    name: "a refused transaction refuses every topic with its own error",
    versions: [3, 12],
    given: { refuse: [{ operation: "transactional-id.write" }] },
    when: { request: { acks: -1, transactionalId: "t", topicData: [named("orders")] } },
    then: {
      operations: ["transactional-id.write t", "topic.write orders"],
      broker: "nothing",
      client: {
        responses: [{ name: "orders", partitionResponses: [{ ...refusedPartition, errorCode: 53 }] }],
      },
    },
  },
  {
    name: "acks=0 and allowed: nothing is answered, and the log learns how much was sent",
    versions: [3, 12],
    when: { request: { acks: 0, topicData: [named("orders")] } },
    then: { broker: "unchanged", client: "silence", sent: ["orders[0] × 3"] },
  },
  {
    name: "acks=0 and refused: there is no way to say so",
    versions: [3, 12],
    given: { refuse: [{}] },
    when: { request: { acks: 0, topicData: [named("orders")] } },
    then: { broker: "nothing", client: "closed" },
  },
  {
    name: "acks=0 and refused in part: nothing is sent",
    versions: [3, 12],
    given: { refuse: [{ resource: "secret" }] },
    when: { request: { acks: 0, topicData: [named("orders"), named("secret")] } },
    then: { broker: "nothing", client: "closed" },
  },
  {
    name: "an answer that names the new leader tells the gateway's address",
    versions: [10, 13],
    given: { topics: { [orders]: "orders" } },
    when: {
      request: { acks: 1, topicData: [{ ...withId(orders), name: "orders" }] },
      answer: { nodeEndpoints: [{ nodeId: 3, host: "kafka-3.internal", port: 9092 }] },
    },
    then: {
      broker: "unchanged",
      client: { nodeEndpoints: [{ nodeId: 3, host: "gateway.test", port: 20_003 }] },
    },
  },
  {
    name: "masked before the broker stores them: the broker gets other bytes, with the producer's numbers",
    versions: [3, 12],
    given: { rewrite: starred },
    when: {
      request: { acks: -1, topicData: [withBatch(secrets)] },
      answer: { responses: [{ name: "orders", partitionResponses: [written] }] },
    },
    then: {
      broker: { acks: -1, topicData: [withBatch(starredSecrets)] },
      client: "unchanged",
      ranges: ["write orders[0] 40–41"],
      blocked: [],
    },
  },
  {
    name: "masked with acks=0",
    versions: [3, 12],
    given: { rewrite: starred },
    when: { request: { acks: 0, topicData: [withBatch(secrets)] } },
    then: { broker: { acks: 0, topicData: [withBatch(starredSecrets)] }, client: "silence" },
  },
  {
    name: "a record that may not be written refuses its batch, and the producer is told which it is",
    versions: [8, 12],
    given: { rewrite: refuseSecrets },
    when: { request: { acks: -1, topicData: [withBatch(secrets)] } },
    then: {
      broker: "nothing",
      client: {
        responses: [
          {
            name: "orders",
            partitionResponses: [
              {
                index: 0,
                errorCode: 87,
                baseOffset: -1n,
                recordErrors: [{ batchIndex: 1, batchIndexErrorMessage: "card numbers stay out" }],
                errorMessage: "card numbers stay out",
              },
            ],
          },
        ],
      },
      outcomes: ["topic.write orders INVALID_RECORD"],
      ranges: [],
      blocked: ["orders[0] 1 card numbers stay out"],
    },
  },
  {
    name: "a record that may not be written, to a producer that knows no errors of records",
    versions: [3, 7],
    given: { rewrite: refuseSecrets },
    when: { request: { acks: -1, topicData: [withBatch(secrets)] } },
    then: {
      broker: "nothing",
      client: {
        responses: [{ name: "orders", partitionResponses: [{ index: 0, errorCode: 44, baseOffset: -1n }] }],
      },
      blocked: ["orders[0] 1 card numbers stay out"],
    },
  },
  {
    name: "a refused partition leaves the request and is back in its topic's answer",
    versions: [12],
    given: { rewrite: refuseSecrets },
    when: {
      request: {
        acks: -1,
        topicData: [
          {
            name: "orders",
            partitionData: [
              { index: 0, records: secrets },
              { index: 1, records },
            ],
          },
        ],
      },
      answer: { responses: [{ name: "orders", partitionResponses: [{ index: 1, baseOffset: 7n }] }] },
    },
    then: {
      broker: { acks: -1, topicData: [{ name: "orders", partitionData: [{ index: 1, records }] }] },
      client: {
        responses: [
          {
            name: "orders",
            partitionResponses: [
              { index: 1, baseOffset: 7n },
              {
                index: 0,
                errorCode: 87,
                baseOffset: -1n,
                recordErrors: [{ batchIndex: 1, batchIndexErrorMessage: "card numbers stay out" }],
                errorMessage: "card numbers stay out",
              },
            ],
          },
        ],
      },
      ranges: ["write orders[1] 7–9"],
    },
  },
  {
    name: "a record that may not be written, with acks=0: there is no way to say so",
    versions: [3, 12],
    given: { rewrite: refuseSecrets },
    when: { request: { acks: 0, topicData: [withBatch(secrets)] } },
    then: { broker: "nothing", client: "closed" },
  },
  {
    name: "a batch that nobody can read is not written, and not asked for again",
    versions: [12],
    given: { rewrite: starred },
    when: { request: { acks: -1, topicData: [withBatch(torn)] } },
    then: {
      broker: "nothing",
      client: {
        responses: [
          {
            name: "orders",
            partitionResponses: [
              { index: 0, errorCode: 87, baseOffset: -1n, errorMessage: "The records could not be read." },
            ],
          },
        ],
      },
      blocked: ["orders[0] 0 The records could not be read."],
    },
  },
  {
    name: "a codec that nobody knows is refused as a broker would",
    versions: [12],
    given: { rewrite: starred },
    when: { request: { acks: -1, topicData: [withBatch(oddCodec)] } },
    then: {
      broker: "nothing",
      client: {
        responses: [
          {
            name: "orders",
            partitionResponses: [
              {
                index: 0,
                errorCode: 76,
                baseOffset: -1n,
                errorMessage: "This compression is not supported by the gateway.",
              },
            ],
          },
        ],
      },
    },
  },
  {
    name: "a batch that nobody can read is written where the rule lets it pass in words",
    versions: [12],
    given: { rewrite: starred, unreadable: "pass" },
    when: {
      request: { acks: -1, topicData: [withBatch(oddCodec)] },
      answer: { responses: [{ name: "orders", partitionResponses: [written] }] },
    },
    then: { broker: "unchanged", client: "unchanged" },
  },
]);
