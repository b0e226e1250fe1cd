// Asking ahead: what it asks people about is bound to the very request that a client sends later, whichever version and software it has.
import { describe, expect, it } from "vitest";
import { approvalDigest } from "../../../src/approvals/digest.ts";
import type { JsonObject } from "../../../src/base/json.ts";
import type { ApprovalAsk } from "../../../src/model/approval.ts";
import { type Decision, usualTerms } from "../../../src/model/decision.ts";
import { type AheadAnswer, type AheadParts, type AheadRequest, askAhead } from "../../../src/pipeline/ahead.ts";
import { awaitVerdicts } from "../../../src/pipeline/hold.ts";
import { alterClientQuotas } from "../../../src/protocols/kafka/messages/alter-client-quotas.ts";
import { alterConfigs } from "../../../src/protocols/kafka/messages/alter-configs.ts";
import { alterPartitionReassignments } from "../../../src/protocols/kafka/messages/alter-partition-reassignments.ts";
import { createAcls } from "../../../src/protocols/kafka/messages/create-acls.ts";
import { deleteAcls } from "../../../src/protocols/kafka/messages/delete-acls.ts";
import { deleteGroups } from "../../../src/protocols/kafka/messages/delete-groups.ts";
import { deleteRecords } from "../../../src/protocols/kafka/messages/delete-records.ts";
import { deleteTopics } from "../../../src/protocols/kafka/messages/delete-topics.ts";
import { describeAcls } from "../../../src/protocols/kafka/messages/describe-acls.ts";
import { describeClientQuotas } from "../../../src/protocols/kafka/messages/describe-client-quotas.ts";
import { describeCluster } from "../../../src/protocols/kafka/messages/describe-cluster.ts";
import { describeConfigs } from "../../../src/protocols/kafka/messages/describe-configs.ts";
import { electLeaders } from "../../../src/protocols/kafka/messages/elect-leaders.ts";
import { incrementalAlterConfigs } from "../../../src/protocols/kafka/messages/incremental-alter-configs.ts";
import { listGroups } from "../../../src/protocols/kafka/messages/list-groups.ts";
import { listOffsets } from "../../../src/protocols/kafka/messages/list-offsets.ts";
import { listPartitionReassignments } from "../../../src/protocols/kafka/messages/list-partition-reassignments.ts";
import { metadata } from "../../../src/protocols/kafka/messages/metadata.ts";
import { offsetCommit } from "../../../src/protocols/kafka/messages/offset-commit.ts";
import { offsetFetch } from "../../../src/protocols/kafka/messages/offset-fetch.ts";
import { unregisterBroker } from "../../../src/protocols/kafka/messages/unregister-broker.ts";
import type { ApiMessages, Init } from "../../../src/protocols/kafka/schema.ts";
import { type Answering, answering, fakeChannel, noOthers, othersInTest } from "../../support/fake-broker.ts";
import { requestFrame } from "../../support/frames.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { bookInTest, clusterInTest, sessionInTest } from "../../support/scenario.ts";
import { approvalOf } from "../approvals/fixtures.ts";

const decided = { revision: "r1", rules: ["x"] };
const hold: Decision = {
  outcome: "hold",
  requirements: [{ rule: "deletion", approvers: ["admins"], count: 1, why: "gone", ...usualTerms }],
  masks: [],
  filters: [],
  ...decided,
};
const deny: Decision = { outcome: "deny", cause: "policy", message: "not you", ...decided };
const allow: Decision = { outcome: "allow", masks: [], filters: [], ...decided };

const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
const world: readonly Answering[] = [
  answering(metadata, () => ({
    topics: [
      {
        name: "orders",
        topicId,
        partitions: [{ partitionIndex: 0, leaderId: 2, replicaNodes: [1, 2], isrNodes: [1, 2] }],
      },
    ],
  })),
  answering(listOffsets, ({ topics }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => ({
        partitionIndex,
        offset: timestamp === -2n ? 0n : 7n,
      })),
    })),
  })),
  answering(describeConfigs, ({ resources }) => ({
    results: resources.map(({ resourceType, resourceName, configurationKeys }) => ({
      resourceType,
      resourceName,
      configs: (configurationKeys ?? ["retention.ms"]).map((name) => ({
        name,
        value: name === "cleanup.policy" ? "delete" : "5",
        configSource: 1,
      })),
    })),
  })),
  answering(incrementalAlterConfigs, () => ({ responses: [{ errorCode: 0 }] })),
  answering(alterConfigs, () => ({ responses: [{ errorCode: 0 }] })),
  answering(listGroups, () => ({ groups: [{ groupId: "billing", groupState: "Empty" }] })),
  answering(offsetFetch, () => ({ groups: [{ groupId: "billing", topics: [] }] })),
  answering(describeAcls, () => ({ resources: [] })),
  answering(describeClientQuotas, () => ({ entries: [] })),
  answering(alterClientQuotas, ({ entries }) => ({ entries: entries.map(({ entity }) => ({ entity })) })),
  answering(listPartitionReassignments, () => ({ topics: [] })),
  answering(describeCluster, () => ({ brokers: [{ brokerId: 3, isFenced: true }] })),
];

async function ahead(
  asked: AheadRequest,
  decision: Decision = hold,
  brokers: readonly (readonly Answering[])[] = [world],
) {
  const asks: ApprovalAsk[] = [];
  const unused = () => Promise.reject(new Error("nothing is used here"));
  const parts: AheadParts = {
    cluster: "test",
    protocol: "kafka",
    protocolCluster: await clusterInTest(),
    policy: { revision: "r1", decide: (_context, operations) => operations.map(() => decision) },
    gate: {
      ask: unused,
      report: unused,
      giveBack: unused,
      void: unused,
      seal: async (secret) => `sealed ${secret}`,
      async request(ask) {
        asks.push(ask);
        return { kind: "pending", approval: approvalOf(), message: "wait" };
      },
    },
    digest: (ask, pinned) => approvalDigest({ ...ask, pinned }),
    clock: manualClock(),
    grants: () => [],
    async withBrokers(_identity, work) {
      for (const [index, answers] of brokers.entries()) {
        const channel = fakeChannel(answers);
        const others = othersInTest(() => channel);
        const done = await work({ channel, others, last: index === brokers.length - 1 });
        if (done !== "elsewhere") return done;
      }
      throw new Error("the last broker answers");
    },
  };
  const identity = sessionInTest().identity;
  if (identity === null) throw new Error("somebody is logged in");
  const caller = { identity, client: "127.0.0.1:1", tls: true, software: "lockkeeper" };
  const answers: readonly AheadAnswer[] = await askAhead(parts, caller, asked, "because");
  return { answers, asks };
}

/** What the gate is asked when a client sends the request itself. */
async function live<Req, Res>(api: ApiMessages<Req, Res>, version: number, request: Init<Req>): Promise<ApprovalAsk> {
  const session = sessionInTest();
  session.software = { name: "apache-kafka-java", version: "4.4.0" };
  const step = await (await clusterInTest())
    .session(session, bookInTest(), [])
    .next(requestFrame(api, version, request), fakeChannel(world));
  if (step.kind !== "exchange") throw new Error(step.kind);
  const asks: ApprovalAsk[] = [];
  const gate = {
    async ask(ask: ApprovalAsk) {
      asks.push(ask);
      return { kind: "unavailable", message: "enough" } as const;
    },
    report: async () => {},
    giveBack: async () => {},
    void: async () => {},
    seal: async (secret: string) => `sealed ${secret}`,
  };
  const digest = (ask: Omit<ApprovalAsk, "digest" | "subject">, pinned: JsonObject) =>
    approvalDigest({ ...ask, pinned });
  await awaitVerdicts(
    step.exchange,
    [hold],
    { gate, session, digest, holdMs: () => 0, clock: manualClock(), otherBrokers: noOthers },
    new AbortController().signal,
  );
  const [ask] = asks;
  if (ask === undefined) throw new Error("nobody was asked");
  return ask;
}

const action = (name: string, parameters: JsonObject): AheadRequest => ({ kind: "action", action: name, parameters });

describe("what is asked ahead", () => {
  it.each([
    ["topic.delete", { topic: "orders" }, () => live(deleteTopics, 1, { topicNames: ["orders"], timeoutMs: 30_000 })],
    ["topic.delete", { topic: "orders" }, () => live(deleteTopics, 6, { topics: [{ name: "orders" }] })],
    [
      "topic.delete-records",
      { topic: "orders", offsets: { "0": -1 } },
      () => live(deleteRecords, 1, { topics: [{ name: "orders", partitions: [{ partitionIndex: 0, offset: -1n }] }] }),
    ],
    [
      "topic.alter-config",
      { topic: "orders", configs: { "retention.ms": 1, "ssl.keystore.password": "x" } },
      () =>
        live(incrementalAlterConfigs, 0, {
          resources: [
            {
              resourceType: 2,
              resourceName: "orders",
              configs: [
                { name: "retention.ms", configOperation: 0, value: "1" },
                { name: "ssl.keystore.password", configOperation: 0, value: "x" },
              ],
            },
          ],
        }),
    ],
    ["group.delete", { group: "billing" }, () => live(deleteGroups, 0, { groupsNames: ["billing"] })],
    [
      "group.reset-offsets",
      { group: "billing", topic: "orders", offsets: { "0": 3 } },
      () =>
        live(offsetCommit, 8, {
          groupId: "billing",
          generationIdOrMemberEpoch: -1,
          topics: [{ name: "orders", partitions: [{ partitionIndex: 0, committedOffset: 3n }] }],
        }),
    ],
    [
      "acl.create",
      { resource: "topic:a:b", pattern: "prefixed", principal: "User:bob", operation: "Read", permission: "deny" },
      () =>
        live(createAcls, 2, {
          creations: [
            {
              resourceType: 2,
              resourceName: "a:b",
              resourcePatternType: 4,
              principal: "User:bob",
              host: "*",
              operation: 3,
              permissionType: 2,
            },
          ],
        }),
    ],
    [
      "acl.delete",
      { resource: "cluster", principal: "User:bob" },
      () =>
        live(deleteAcls, 3, {
          filters: [
            {
              resourceTypeFilter: 4,
              resourceNameFilter: "kafka-cluster",
              patternTypeFilter: 3,
              principalFilter: "User:bob",
              hostFilter: null,
              operation: 1,
              permissionType: 1,
            },
          ],
        }),
    ],
    [
      "client-quota.alter",
      { entity: { user: "bob", "client-id": null }, quotas: { producer_byte_rate: "1000", request_percentage: null } },
      () =>
        live(alterClientQuotas, 1, {
          entries: [
            {
              entity: [
                { entityType: "client-id", entityName: null },
                { entityType: "user", entityName: "bob" },
              ],
              ops: [
                { key: "request_percentage", value: 0, remove: true },
                { key: "producer_byte_rate", value: 1_000, remove: false },
              ],
            },
          ],
        }),
    ],
    [
      "topic.reassign",
      { topic: "orders", replicas: { "0": [1] } },
      () =>
        live(alterPartitionReassignments, 0, {
          topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas: [1] }] }],
        }),
    ],
    [
      "topic.elect-leaders",
      { topic: "orders", partitions: [0] },
      () => live(electLeaders, 2, { electionType: 0, topicPartitions: [{ topic: "orders", partitions: [0] }] }),
    ],
    ["cluster.unregister-broker", { broker: 3 }, () => live(unregisterBroker, 0, { brokerId: 3 })],
  ] as const)("as %s fits the request of a client", async (name, parameters, client) => {
    const { asks, answers } = await ahead(action(name, parameters));
    const asked = await client();

    expect(asks[0]?.digest).toBe(asked.digest);
    expect(asks[0]?.subject).toBe(asked.subject);
    expect(asks[0]).toMatchObject({ reason: "because", principal: asked.principal, requirements: asked.requirements });
    expect(answers[0]).toMatchObject({ outcome: "pending", message: "wait" });
  });

  it("asks nobody about what would fail, is denied, or needs no approval", async () => {
    const gone = [answering(metadata, () => ({ topics: [{ name: "orders", errorCode: 3 }] }))];
    const request = action("topic.delete", { topic: "orders" });
    const [failing, denied, allowed] = [
      await ahead(request, hold, [gone]),
      await ahead(request, deny),
      await ahead(request, allow),
    ];
    expect([failing, denied, allowed].map(({ answers }) => answers[0]?.outcome)).toEqual([
      "would-fail",
      "denied",
      "allowed",
    ]);
    expect(failing.answers[0]?.message).toContain("UNKNOWN_TOPIC_OR_PARTITION");
    expect([...failing.asks, ...denied.asks, ...allowed.asks]).toEqual([]);
  });

  it("goes to the next broker for a group that the first does not coordinate", async () => {
    const stranger = [answering(listGroups, () => ({ groups: [] }))];
    const request = action("group.delete", { group: "billing" });
    expect((await ahead(request, hold, [stranger, world])).answers).toMatchObject([{ outcome: "pending" }]);
    expect((await ahead(request, hold, [stranger, stranger])).answers).toMatchObject([
      { outcome: "would-fail", message: expect.stringContaining("GROUP_ID_NOT_FOUND") },
    ]);
  });

  it("is cut as clients cut it: records of partitions with several leaders need an approval for each leader", async () => {
    const leaders = [1, 2, 1];
    const brokerOf = (node: number) => [
      answering(metadata, () => ({
        topics: [
          {
            name: "orders",
            topicId,
            partitions: leaders.map((leaderId, index) => ({ partitionIndex: index, leaderId })),
          },
        ],
      })),
      answering(listOffsets, ({ topics }) => ({
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, timestamp }) =>
            leaders[partitionIndex] === node
              ? { partitionIndex, offset: timestamp === -2n ? 0n : 7n }
              : { partitionIndex, errorCode: 6 },
          ),
        })),
      })),
      ...world.filter(({ api }) => api.name === "DescribeConfigs"),
    ];
    const offsets = { "0": -1, "1": 3, "2": -1 };
    const request = action("topic.delete-records", { topic: "orders", offsets });

    const { asks, answers } = await ahead(request, hold, [brokerOf(1), brokerOf(2)]);

    expect(answers.map(({ outcome }) => outcome)).toEqual(["pending", "pending"]);
    expect(asks.map(({ operation: { attributes } }) => attributes["before"])).toEqual([
      [
        { partition: 0, offset: "-1" },
        { partition: 2, offset: "-1" },
      ],
      [{ partition: 1, offset: "3" }],
    ]);
  });

  it.each([
    ["an API that nobody is offered", { kind: "api", api: "CreateDelegationToken", request: {} }],
    ["a login", { kind: "api", api: "SaslAuthenticate", request: {} }],
    ["an API that is none", { kind: "api", api: "DropEverything", request: {} }],
    ["a field that is none", { kind: "api", api: "DeleteTopics", request: { topic: "orders" } }],
  ] as const)("is refused for %s", async (_, asked) => {
    await expect(ahead(asked)).rejects.toMatchObject({ code: "message-malformed" });
  });
});

describe("a role for a time", () => {
  const role: AheadRequest = { kind: "role", role: "administrator", forMs: 3_600_000 };

  it("is asked for by name and length, bound to the principal", async () => {
    const { asks } = await ahead(role);
    expect(asks[0]).toMatchObject({
      operation: {
        name: "role.request",
        resource: { type: "role", name: "administrator" },
        attributes: { forMs: 3_600_000 },
      },
      elevation: { role: "administrator", forMs: 3_600_000 },
      subject: asks[0]?.digest,
    });
  });

  it("is given to nobody without people: a policy that only allows it is not enough", async () => {
    const [allowed, denied] = [await ahead(role, allow), await ahead(role, deny)];
    expect([allowed.answers[0]?.outcome, denied.answers[0]?.outcome]).toEqual(["denied", "denied"]);
    expect(allowed.asks).toEqual([]);
  });
});
