// Evasions by names: what is judged under another name than the one that the broker acts on, or under none.
import { describe, expect, it } from "vitest";
import { deleteTopics } from "../../src/protocols/kafka/messages/delete-topics.ts";
import { describeTopicPartitions } from "../../src/protocols/kafka/messages/describe-topic-partitions.ts";
import { fetch } from "../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { offsetFetch } from "../../src/protocols/kafka/messages/offset-fetch.ts";
import { produce } from "../../src/protocols/kafka/messages/produce.ts";
import type { ApiMessages } from "../../src/protocols/kafka/schema.ts";
import { answering } from "../support/fake-broker.ts";
import { requestFrame } from "../support/frames.ts";
import type { Case, Scenario } from "../support/scenario.ts";
import { nameOf, runScenario, scenarios, stepOf } from "../support/scenario.ts";

const pub = "AAAAAAAAAAAAAAAAAAAAAQ";
const secret = "AAAAAAAAAAAAAAAAAAAAAg";
const topics = { [pub]: "public", [secret]: "secret" };

const everyTopic = (names: readonly string[]) =>
  answering(metadata, () => ({ topics: names.map((name) => ({ name })) }));

function evasion<Req, Res>(api: ApiMessages<Req, Res>, scenario: Scenario<Req, Res>): Case[] {
  return scenarios(api, [scenario]);
}

const cases: Case[] = [
  // a broker that finds one id goes by ids alone
  ...evasion(metadata, {
    name: "an allowed name beside the id of a refused topic",
    versions: [12, 13],
    given: { topics, refuse: [{ resource: "secret" }] },
    when: {
      request: { topics: [{ name: "public", topicId: secret }], allowAutoTopicCreation: false },
      answer: {},
    },
    then: {
      operations: ["topic.describe secret"],
      broker: { topics: [], allowAutoTopicCreation: false },
      client: { topics: [{ name: "public", topicId: secret, errorCode: 29 }] },
    },
  }),
  ...evasion(deleteTopics, {
    name: "an allowed name beside the id of a refused topic",
    versions: [6],
    given: { topics, refuse: [{ resource: "secret" }] },
    when: { request: { topics: [{ name: "public", topicId: secret }] } },
    then: {
      operations: ["topic.delete secret"],
      broker: "nothing",
      client: { responses: [{ name: "public", topicId: secret, errorCode: 29, errorMessage: "no" }] },
    },
  }),
  ...evasion(metadata, {
    name: "a null name, which an old answer cannot carry",
    versions: [10, 11],
    given: { refuse: [{}] },
    when: { request: { topics: [{ name: null }], allowAutoTopicCreation: false }, answer: {} },
    then: {
      broker: { topics: [], allowAutoTopicCreation: false },
      client: { topics: [{ name: "", errorCode: 29 }] },
    },
  }),
  ...evasion(offsetFetch, {
    name: "a group twice: once with a refused topic, once with all topics",
    versions: [8, 9],
    given: { refuse: [{ resource: "secret" }], hidden: ["secret"] },
    when: {
      request: {
        groups: [
          { groupId: "g", topics: [{ name: "secret", partitionIndexes: [0] }] },
          { groupId: "g", topics: null },
        ],
      },
      answer: { groups: [{ groupId: "g", topics: [{ name: "secret", partitions: [{ committedOffset: 7n }] }] }] },
    },
    then: {
      broker: { groups: [{ groupId: "g", topics: null }] },
      client: {
        groups: [
          {
            groupId: "g",
            topics: [{ name: "secret", partitions: [{ committedOffset: -1n, metadata: "", errorCode: 29 }] }],
          },
          { groupId: "g", topics: [] },
        ],
      },
    },
  }),
  ...evasion(describeTopicPartitions, {
    // a broker that cuts pages from all topics gives an empty one exactly where a hidden topic follows the cursor
    name: "pages of one partition, cursor by cursor: the broker is asked for what may be seen only",
    given: { hidden: ["secret"], asked: [everyTopic(["public", "secret"])] },
    when: {
      request: { topics: [], responsePartitionLimit: 1, cursor: { topicName: "p", partitionIndex: 0 } },
      answer: {},
    },
    then: {
      broker: { topics: [{ name: "public" }], responsePartitionLimit: 1, cursor: null },
      client: { topics: [] },
    },
  }),
  ...evasion(describeTopicPartitions, {
    name: "where nothing may be seen the broker is not asked: no names would mean all",
    given: { hidden: ["secret"], asked: [everyTopic(["secret"])] },
    when: { request: { topics: [] } },
    then: { broker: "nothing", client: { topics: [] } },
  }),
  ...evasion(metadata, {
    name: "a name beside an id in versions where only the name counts",
    versions: [10, 11],
    given: { topics },
    when: { request: { topics: [{ name: "secret", topicId: pub }], allowAutoTopicCreation: false } },
    then: { broker: "nothing", client: "aborted" },
  }),
  ...evasion(fetch, {
    name: "the same topic twice: both are refused",
    versions: [13, 18],
    given: { topics, refuse: [{ resource: "secret" }] },
    when: {
      request: {
        topics: [
          { topicId: secret, partitions: [{ partition: 0 }] },
          { topicId: secret, partitions: [{ partition: 1 }] },
        ],
      },
    },
    then: {
      operations: ["topic.read secret", "topic.read secret"],
      broker: "nothing",
      client: {
        responses: [0, 1].map((partitionIndex) => ({
          topicId: secret,
          partitions: [{ partitionIndex, errorCode: 29, highWatermark: -1n, records: Buffer.alloc(0) }],
        })),
      },
    },
  }),
];

describe("names that are not what is acted on", () => {
  it.each(cases)("$name", runScenario);

  it("a name with the letters of another script is that name and no other", async () => {
    const cyrillic = "оrders";
    const step = await stepOf(
      requestFrame(produce, 12, { acks: 1, topicData: [{ name: cyrillic }, { name: "orders" }] }),
    );
    if (step.kind !== "exchange") throw new Error(step.kind);
    expect(step.exchange.operations.map(nameOf)).toEqual([`topic.write ${cyrillic}`, "topic.write orders"]);
  });

  it("an id is looked up before it is judged, and one that nothing has is judged as nothing", async () => {
    const request = { topics: [{ topicId: secret, partitions: [] }] };
    const known = await stepOf(requestFrame(fetch, 13, request), { topics });
    const unknown = await stepOf(requestFrame(fetch, 13, request), {});
    expect(
      [known, unknown].map((step) => (step.kind === "exchange" ? step.exchange.operations.map(nameOf) : [])),
    ).toEqual([["topic.read secret"], ["topic.read "]]);
  });
});
