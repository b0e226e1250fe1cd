// Produce (0) as a whole: topics, answers, acks. Until version 12 topics have names, from 13 on ids. What is done to records: produce-records.ts.
import { produce } from "../../src/protocols/kafka/messages/produce.ts";
import { buildBatch } from "../../src/protocols/kafka/records/build.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const text = (value: string) => Buffer.from(value);
const records = buildBatch({ records: [{ value: text("a") }, { value: text("b") }, { value: text("c") }] });
const orders = "AAAAAAAAAAAAAAAAAAAAAQ";
const secret = "AAAAAAAAAAAAAAAAAAAAAg";
const named = (name: string) => ({ name, partitionData: [{ index: 0, records }] });
const withId = (topicId: string) => ({ topicId, partitionData: [{ index: 0, records }] });
const refusedPartition = { index: 0, errorCode: 29, baseOffset: -1n, errorMessage: "no" };
const written = { index: 0, baseOffset: 40n };

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
]);
