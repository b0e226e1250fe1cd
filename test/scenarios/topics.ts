// Metadata (3), CreateTopics (19), DeleteTopics (20), DeleteRecords (21), CreatePartitions (37), DescribeTopicPartitions (75).
import { createPartitions } from "../../src/protocols/kafka/messages/create-partitions.ts";
import { createTopics } from "../../src/protocols/kafka/messages/create-topics.ts";
import { deleteRecords } from "../../src/protocols/kafka/messages/delete-records.ts";
import { deleteTopics } from "../../src/protocols/kafka/messages/delete-topics.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const orders = "AAAAAAAAAAAAAAAAAAAAAQ";
const secret = "AAAAAAAAAAAAAAAAAAAAAg";
const known = { [orders]: "orders", [secret]: "secret" };
const brokers = [{ nodeId: 1, host: "kafka-1.internal", port: 9092 }];
const ours = [{ nodeId: 1, host: "gateway.test", port: 20_001 }];

const lookingUp = scenarios(metadata, [
  {
    name: "named topics, in part; brokers at the gateway's addresses",
    versions: [4, 13],
    given: { topics: known, refuse: [{ resource: "secret" }] },
    when: {
      request: { topics: [{ name: "secret" }, { name: "orders" }], allowAutoTopicCreation: false },
      answer: { brokers, topics: [{ name: "orders" }] },
    },
    then: {
      operations: ["topic.describe secret", "topic.describe orders"],
      broker: { topics: [{ name: "orders" }], allowAutoTopicCreation: false },
      client: { brokers: ours, topics: [{ name: "secret", errorCode: 29 }, { name: "orders" }] },
    },
  },
  {
    name: "all refused: brokers are told all the same",
    versions: [4, 13],
    given: { topics: known, refuse: [{}] },
    when: { request: { topics: [{ name: "secret" }], allowAutoTopicCreation: false }, answer: { brokers } },
    then: {
      broker: { topics: [], allowAutoTopicCreation: false },
      client: { brokers: ours, topics: [{ name: "secret", errorCode: 29 }] },
    },
  },
  {
    name: "by id, refused: the id is echoed, the name is not",
    versions: [12, 13],
    given: { topics: known, refuse: [{ resource: "secret" }] },
    when: { request: { topics: [{ topicId: secret, name: null }], allowAutoTopicCreation: false }, answer: {} },
    then: {
      operations: ["topic.describe secret"],
      broker: { topics: [], allowAutoTopicCreation: false },
      client: { topics: [{ topicId: secret, name: null, errorCode: 29 }] },
    },
  },
  {
    name: "all topics: hidden ones are left out",
    versions: [4, 13],
    given: { hidden: ["secret"] },
    when: {
      request: { topics: null, allowAutoTopicCreation: false },
      answer: { topics: [{ name: "orders" }, { name: "secret" }] },
    },
    then: { operations: [], broker: "unchanged", client: { topics: [{ name: "orders" }] } },
  },
]);

const wanted = (name: string) => ({ name, numPartitions: 3, replicationFactor: 2 });

const creating = scenarios(createTopics, [
  {
    name: "allowed",
    when: { request: { topics: [wanted("orders")] }, answer: { topics: [{ name: "orders" }] } },
    then: {
      operations: ["topic.create orders"],
      broker: "unchanged",
      client: "unchanged",
      outcomes: ["topic.create orders NONE"],
    },
  },
  {
    name: "in part: the order of the request is kept",
    given: { refuse: [{ resource: "secret", message: "not here" }] },
    when: {
      request: { topics: [wanted("secret"), wanted("orders")] },
      answer: { topics: [{ name: "orders", errorCode: 36, errorMessage: "exists" }] },
    },
    then: {
      broker: { topics: [wanted("orders")] },
      client: {
        topics: [
          { name: "secret", errorCode: 29, errorMessage: "not here" },
          { name: "orders", errorCode: 36, errorMessage: "exists" },
        ],
      },
      outcomes: ["topic.create secret TOPIC_AUTHORIZATION_FAILED", "topic.create orders TOPIC_ALREADY_EXISTS"],
    },
  },
  {
    name: "refused",
    given: { refuse: [{ message: "no" }] },
    when: { request: { topics: [wanted("secret")] } },
    then: { broker: "nothing", client: { topics: [{ name: "secret", errorCode: 29, errorMessage: "no" }] } },
  },
]);

const deleting = scenarios(deleteTopics, [
  {
    name: "by name",
    versions: [1, 5],
    given: { refuse: [{ resource: "secret", cause: "approval-pending", message: "apr_1" }] },
    when: {
      request: { topicNames: ["orders", "secret"] },
      answer: { responses: [{ name: "orders" }] },
    },
    then: {
      operations: ["topic.delete orders", "topic.delete secret"],
      broker: { topicNames: ["orders"] },
      client: { responses: [{ name: "orders" }, { name: "secret", errorCode: 44, errorMessage: "apr_1" }] },
    },
  },
  {
    name: "by id: judged by name, echoed by id",
    versions: [6],
    given: { topics: known, refuse: [{ resource: "secret" }] },
    when: {
      request: { topics: [{ topicId: secret }, { topicId: orders }, { name: "third" }] },
      answer: { responses: [{ topicId: orders, name: "orders" }, { name: "third" }] },
    },
    then: {
      operations: ["topic.delete secret", "topic.delete orders", "topic.delete third"],
      broker: { topics: [{ topicId: orders }, { name: "third" }] },
      client: {
        responses: [
          { topicId: secret, name: null, errorCode: 29, errorMessage: "no" },
          { topicId: orders, name: "orders" },
          { name: "third" },
        ],
      },
    },
  },
  {
    name: "an id that nothing has",
    versions: [6],
    given: { refuse: [{ resource: "" }] },
    when: { request: { topics: [{ topicId: secret }] } },
    then: {
      operations: ["topic.delete "],
      broker: "nothing",
      client: { responses: [{ topicId: secret, name: null, errorCode: 100, errorMessage: "no" }] },
    },
  },
]);

const records = (name: string) => ({ name, partitions: [{ partitionIndex: 0, offset: 10n }] });

const emptying = scenarios(deleteRecords, [
  {
    name: "in part",
    given: { refuse: [{ resource: "secret" }] },
    when: {
      request: { topics: [records("secret"), records("orders")] },
      answer: { topics: [{ name: "orders", partitions: [{ partitionIndex: 0, lowWatermark: 10n }] }] },
    },
    then: {
      operations: ["topic.delete-records secret", "topic.delete-records orders"],
      broker: { topics: [records("orders")] },
      client: {
        topics: [
          { name: "secret", partitions: [{ partitionIndex: 0, lowWatermark: -1n, errorCode: 29 }] },
          { name: "orders", partitions: [{ partitionIndex: 0, lowWatermark: 10n }] },
        ],
      },
    },
  },
]);

const growing = scenarios(createPartitions, [
  {
    name: "in part",
    given: { refuse: [{ resource: "secret" }] },
    when: {
      request: {
        topics: [
          { name: "secret", count: 9 },
          { name: "orders", count: 4 },
        ],
      },
      answer: { results: [{ name: "orders" }] },
    },
    then: {
      operations: ["topic.create-partitions secret", "topic.create-partitions orders"],
      broker: { topics: [{ name: "orders", count: 4 }] },
      client: { results: [{ name: "secret", errorCode: 29, errorMessage: "no" }, { name: "orders" }] },
    },
  },
]);

export const topics: Case[] = [...lookingUp, ...creating, ...deleting, ...emptying, ...growing];
