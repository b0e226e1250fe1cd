// Produce (0): records that are masked before the broker stores them, those that may not be written, and batches that nobody can read.
import type { RewriteRecord } from "../../src/model/record.ts";
import { produce } from "../../src/protocols/kafka/messages/produce.ts";
import { batchField } from "../../src/protocols/kafka/records/batch.ts";
import { buildBatch } from "../../src/protocols/kafka/records/build.ts";
import { crc32c } from "../../src/protocols/kafka/records/crc32c.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const text = (value: string) => Buffer.from(value);
const records = buildBatch({ records: [{ value: text("a") }, { value: text("b") }, { value: text("c") }] });

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

const writes = (batch: Buffer, acks = -1) => ({
  acks,
  topicData: [{ name: "orders", partitionData: [{ index: 0, records: batch }] }],
});
const answered = (partition: { index: number; errorCode?: number; baseOffset: bigint; errorMessage?: string }) => ({
  responses: [{ name: "orders", partitionResponses: [partition] }],
});
const written = { index: 0, baseOffset: 40n };
const cardRefused = {
  index: 0,
  errorCode: 87,
  baseOffset: -1n,
  recordErrors: [{ batchIndex: 1, batchIndexErrorMessage: "card numbers stay out" }],
  errorMessage: "card numbers stay out",
};

export const producingRecords: Case[] = scenarios(produce, [
  {
    name: "masked before the broker stores them: the broker gets other bytes, with the producer's numbers",
    versions: [3, 12],
    given: { rewrite: starred },
    when: {
      request: writes(secrets),
      answer: answered(written),
    },
    then: {
      broker: writes(starredSecrets),
      client: "unchanged",
      ranges: ["write orders[0] 40–41"],
      blocked: [],
    },
  },
  {
    name: "masked with acks=0",
    versions: [3, 12],
    given: { rewrite: starred },
    when: { request: writes(secrets, 0) },
    then: { broker: writes(starredSecrets, 0), client: "silence" },
  },
  {
    name: "a record that may not be written refuses its batch, and the producer is told which it is",
    versions: [8, 12],
    given: { rewrite: refuseSecrets },
    when: { request: writes(secrets) },
    then: {
      broker: "nothing",
      client: answered(cardRefused),
      outcomes: ["topic.write orders INVALID_RECORD"],
      ranges: [],
      blocked: ["orders[0] 1 card numbers stay out"],
    },
  },
  {
    name: "a record that may not be written, to a producer that knows no errors of records",
    versions: [3, 7],
    given: { rewrite: refuseSecrets },
    when: { request: writes(secrets) },
    then: {
      broker: "nothing",
      client: answered({ index: 0, errorCode: 44, baseOffset: -1n }),
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
            partitionResponses: [{ index: 1, baseOffset: 7n }, cardRefused],
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
    when: { request: writes(secrets, 0) },
    then: { broker: "nothing", client: "closed" },
  },
  {
    name: "a batch that nobody can read is not written, and not asked for again",
    versions: [12],
    given: { rewrite: starred },
    when: { request: writes(torn) },
    then: {
      broker: "nothing",
      client: answered({ index: 0, errorCode: 87, baseOffset: -1n, errorMessage: "The records could not be read." }),
      blocked: ["orders[0] 0 The records could not be read."],
    },
  },
  {
    name: "a codec that nobody knows is refused as a broker would",
    versions: [12],
    given: { rewrite: starred },
    when: { request: writes(oddCodec) },
    then: {
      broker: "nothing",
      client: answered({
        index: 0,
        errorCode: 76,
        baseOffset: -1n,
        errorMessage: "This compression is not supported by the gateway.",
      }),
    },
  },
  {
    name: "a batch that nobody can read is written where the rule lets it pass in words",
    versions: [12],
    given: { rewrite: starred, unreadable: "pass" },
    when: {
      request: writes(oddCodec),
      answer: answered(written),
    },
    then: { broker: "unchanged", client: "unchanged" },
  },
]);
