// The bits of what a caller may do: judged for the caller, as many as Kafka knows, and only where they were asked for.
import { describe, expect, test } from "vitest";
import type { Decision } from "../../../../src/model/decision.ts";
import type { Operation } from "../../../../src/model/operation.ts";
import { authorizedOperations, operationsOmitted } from "../../../../src/protocols/kafka/authorized-operations.ts";
import { consumerGroupDescribe } from "../../../../src/protocols/kafka/messages/consumer-group-describe.ts";
import { describeCluster } from "../../../../src/protocols/kafka/messages/describe-cluster.ts";
import { describeGroups } from "../../../../src/protocols/kafka/messages/describe-groups.ts";
import { describeTopicPartitions } from "../../../../src/protocols/kafka/messages/describe-topic-partitions.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import { answering } from "../../../support/fake-broker.ts";
import { conversation } from "./conversation.ts";

const decided = { revision: "r", rules: [] };
const allow: Decision = { outcome: "allow", masks: [], filters: [], ...decided };
const deny: Decision = { outcome: "deny", cause: "policy", message: "no", ...decided };
const hold: Decision = { outcome: "hold", requirements: [], masks: [], filters: [], ...decided };

const judging = (decide: (operation: Operation) => Decision) => ({
  judge: (operations: readonly Operation[]) => operations.map(decide),
});

/** AclOperation's codes, from Kafka's own documentation of AclOperation. */
const codes = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
};
const bits = (...names: (keyof typeof codes)[]) => names.reduce((field, name) => field | (1 << codes[name]), 0);

const whole = {
  topic: bits("read", "write", "create", "delete", "alter", "describe", "describeConfigs", "alterConfigs"),
  group: bits("read", "delete", "describe", "describeConfigs", "alterConfigs"),
  cluster: bits("alter", "describe", "describeConfigs", "alterConfigs", "idempotentWrite"),
};

describe("the bits", () => {
  test.each(["topic", "group", "cluster"] as const)("of a %s are all that it has where all is allowed", (type) => {
    expect(
      authorizedOperations(
        type,
        ["x"],
        judging(() => allow),
      ),
    ).toEqual([whole[type]]);
  });

  test("are none where nothing is", () => {
    expect(
      authorizedOperations(
        "topic",
        ["x"],
        judging(() => deny),
      ),
    ).toEqual([0]);
  });

  test("hold what would wait for people: the caller may ask for it", () => {
    const services = judging(({ name }) => (name === "topic.delete" ? hold : deny));
    expect(authorizedOperations("topic", ["x"], services)).toEqual([bits("delete")]);
  });

  test("are each resource's own", () => {
    const services = judging(({ name, resource }) => (resource.name === "a" && name === "topic.read" ? allow : deny));
    expect(authorizedOperations("topic", ["a", "b"], services)).toEqual([bits("read"), 0]);
  });
});

describe("where they stand", () => {
  test("Metadata has them where they were asked for, and not for topics that failed", async () => {
    const talk = await conversation();
    const answer = {
      topics: [
        { name: "a", topicAuthorizedOperations: 8 },
        { name: "b", errorCode: 5 },
      ],
    };
    const request = { topics: null, allowAutoTopicCreation: false };
    const asked = await talk.say(
      metadata,
      8,
      { ...request, includeTopicAuthorizedOperations: true, includeClusterAuthorizedOperations: true },
      { answer },
    );
    const notAsked = await talk.say(metadata, 8, request, { answer });
    expect(asked.client.topics.map((topic) => topic.topicAuthorizedOperations)).toEqual([
      whole.topic,
      operationsOmitted,
    ]);
    expect(asked.client.clusterAuthorizedOperations).toBe(whole.cluster);
    expect(notAsked.client.topics.map((topic) => topic.topicAuthorizedOperations)).toEqual([
      operationsOmitted,
      operationsOmitted,
    ]);
    expect(notAsked.client.clusterAuthorizedOperations).toBe(operationsOmitted);
  });

  test("DescribeCluster", async () => {
    const talk = await conversation();
    const asked = await talk.say(describeCluster, 0, { includeClusterAuthorizedOperations: true });
    expect(asked.client.clusterAuthorizedOperations).toBe(whole.cluster);
  });

  test("groups, hidden ones without", async () => {
    const talk = await conversation();
    const request = { groups: ["g"], includeAuthorizedOperations: true };
    const classic = await talk.say(describeGroups, 3, request, { answer: { groups: [{ groupId: "g" }] } });
    expect(classic.client.groups[0]?.authorizedOperations).toBe(whole.group);
    const modern = await talk.say(
      consumerGroupDescribe,
      1,
      { groupIds: ["g"], includeAuthorizedOperations: true },
      { answer: { groups: [{ groupId: "g", members: [{ subscribedTopicNames: ["secret"] }] }] }, hidden: ["secret"] },
    );
    expect(modern.client.groups[0]).toMatchObject({
      errorCode: 29,
      members: [],
      authorizedOperations: operationsOmitted,
    });
  });

  test("DescribeTopicPartitions has them for topics that are named, and not in a listing", async () => {
    const talk = await conversation({}, [answering(metadata, () => ({ topics: [{ name: "a" }] }))]);
    const answer = { topics: [{ name: "a" }] };
    const named = await talk.say(describeTopicPartitions, 0, { topics: [{ name: "a" }] }, { answer });
    const listed = await talk.say(describeTopicPartitions, 0, { topics: [] }, { answer });
    expect(named.client.topics[0]?.topicAuthorizedOperations).toBe(whole.topic);
    expect(listed.client.topics[0]?.topicAuthorizedOperations).toBe(operationsOmitted);
  });
});

describe("a listing", () => {
  test("says how much of it was left out", async () => {
    const talk = await conversation();
    const turn = await talk.say(
      metadata,
      9,
      { topics: null, allowAutoTopicCreation: false },
      {
        answer: { topics: [{ name: "a" }, { name: "b" }, { name: "c" }] },
        hidden: ["a", "c"],
      },
    );
    expect(turn.client.topics.map(({ name }) => name)).toEqual(["b"]);
    expect(turn.omitted).toBe(2);
  });
});
