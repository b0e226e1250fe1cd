// What approvers are shown of high-risk operations and what is pinned into an approval; and that no secret is among what is described.
import { describe, expect, test } from "vitest";
import { addRaftVoter } from "../../../../src/protocols/kafka/messages/add-raft-voter.ts";
import { alterClientQuotas } from "../../../../src/protocols/kafka/messages/alter-client-quotas.ts";
import { alterPartitionReassignments } from "../../../../src/protocols/kafka/messages/alter-partition-reassignments.ts";
import { alterUserScramCredentials } from "../../../../src/protocols/kafka/messages/alter-user-scram-credentials.ts";
import { describeClientQuotas } from "../../../../src/protocols/kafka/messages/describe-client-quotas.ts";
import { describeUserScramCredentials } from "../../../../src/protocols/kafka/messages/describe-user-scram-credentials.ts";
import { listPartitionReassignments } from "../../../../src/protocols/kafka/messages/list-partition-reassignments.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import { updateFeatures } from "../../../../src/protocols/kafka/messages/update-features.ts";
import { type Answering, answering } from "../../../support/fake-broker.ts";
import { conversation } from "./conversation.ts";

async function exchangeOf(
  asked: readonly Answering[],
  ...said: Parameters<Awaited<ReturnType<typeof conversation>>["say"]>
) {
  const talk = await conversation({}, asked);
  return (await talk.say(...said)).exchange;
}

const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";

describe("a reassignment", () => {
  const request = { topics: [{ name: "orders", partitions: [{ partitionIndex: 1, replicas: [2, 3] }] }] };
  const answers = (topicError: number) => [
    answering(metadata, () => ({
      topics: [
        {
          name: "orders",
          topicId,
          errorCode: topicError,
          partitions: [
            { partitionIndex: 1, replicaNodes: [1, 2] },
            { partitionIndex: 0, replicaNodes: [9] },
          ],
        },
      ],
    })),
    answering(listPartitionReassignments, () => ({
      topics: [{ name: "orders", partitions: [{ partitionIndex: 1, addingReplicas: [4], removingReplicas: [1] }] }],
    })),
  ];

  test("is pinned to where the partitions lie and what of them is moving", async () => {
    const exchange = await exchangeOf(answers(0), alterPartitionReassignments, 1, request);
    const facts = await exchange.facts(0, null);
    expect(facts.wouldFail).toBeNull();
    expect(facts.pinned).toEqual({
      topicId,
      before: [{ partition: 1, replicas: [1, 2] }],
      moving: [{ partition: 1, adding: [4], removing: [1] }],
    });
  });

  test("of a topic that does not exist asks nobody", async () => {
    const exchange = await exchangeOf(answers(3), alterPartitionReassignments, 1, request);
    expect((await exchange.facts(0, null)).wouldFail).toBe("UNKNOWN_TOPIC_OR_PARTITION");
  });
});

describe("a quota", () => {
  const entity = [
    { entityType: "client-id", entityName: null },
    { entityType: "user", entityName: "alice" },
  ];
  const request = {
    entries: [
      { entity: [{ entityType: "user", entityName: "bob" }], ops: [] },
      { entity, ops: [{ key: "producer_byte_rate", value: Number.POSITIVE_INFINITY }] },
    ],
  };

  test("is pinned to what it was, and tried first", async () => {
    const asked = [
      answering(describeClientQuotas, ({ components, strict }) => {
        expect([strict, components.map(({ matchType, match }) => [matchType, match])]).toEqual([
          true,
          [
            [1, null],
            [0, "alice"],
          ],
        ]);
        return { entries: [{ entity: entity.toReversed(), values: [{ key: "producer_byte_rate", value: 5 }] }] };
      }),
      answering(alterClientQuotas, ({ validateOnly, entries }) => {
        expect([validateOnly, entries.length]).toEqual([true, 1]);
        return { entries: [{ entity, errorCode: 42 }] };
      }),
    ];
    const exchange = await exchangeOf(asked, alterClientQuotas, 1, request);
    expect(exchange.operations[1]?.attributes).toEqual({
      entity: [
        { type: "user", name: "alice" },
        { type: "client-id", name: null },
      ],
      changes: [{ key: "producer_byte_rate", value: "Infinity" }],
    });
    expect(await exchange.facts(1, null)).toEqual({
      pinned: { before: { producer_byte_rate: 5 } },
      shown: { before: { producer_byte_rate: 5 } },
      wouldFail: "INVALID_REQUEST",
    });
  });
});

describe("a user's credentials", () => {
  const request = {
    upsertions: [
      {
        name: "alice",
        mechanism: 2,
        iterations: 4096,
        salt: Buffer.from("the salt"),
        saltedPassword: Buffer.from("the password"),
      },
    ],
  };

  test("are described without salt and password", async () => {
    const exchange = await exchangeOf([], alterUserScramCredentials, 0, request);
    const told = JSON.stringify(exchange.operations) + Buffer.concat(exchange.kept().pieces).toString("latin1");
    expect(exchange.operations[0]?.attributes).toEqual({
      changes: [{ op: "upsert", mechanism: "SCRAM-SHA-512", iterations: 4096 }],
    });
    expect(told).not.toMatch(/salt|password|dGhlI/i);
  });

  test.each([
    [
      "those that there are",
      0,
      [{ mechanism: 1, iterations: 8192 }],
      [{ mechanism: "SCRAM-SHA-256", iterations: 8192 }],
    ],
    ["none, of a user that is new", 91, [], []],
  ])("are pinned to %s", async (_what, errorCode, credentialInfos, before) => {
    const asked = [
      answering(describeUserScramCredentials, () => ({ results: [{ user: "alice", errorCode, credentialInfos }] })),
    ];
    const exchange = await exchangeOf(asked, alterUserScramCredentials, 0, request);
    expect(await exchange.facts(0, null)).toEqual({ pinned: { before }, shown: { before }, wouldFail: null });
  });
});

describe("a feature", () => {
  const request = { featureUpdates: [{ feature: "kraft.version", maxVersionLevel: 9, upgradeType: 3 }] };

  test("is described by what kind of change it is, in each version's own words", async () => {
    const exchange = await exchangeOf([], updateFeatures, 1, request);
    expect(exchange.operations[0]?.attributes).toEqual({
      feature: "kraft.version",
      level: 9,
      change: "unsafe-downgrade",
    });
    const old = await exchangeOf([], updateFeatures, 0, { featureUpdates: [{ feature: "f", allowDowngrade: true }] });
    expect(old.operations[0]?.attributes).toMatchObject({ change: "safe-downgrade" });
  });

  test.each([
    [1, { results: [{ feature: "kraft.version", errorCode: 95 }] }],
    [2, { errorCode: 95 }],
  ])("is tried first, version %i", async (version, answer) => {
    const asked = [
      answering(updateFeatures, ({ validateOnly }) => {
        expect(validateOnly).toBe(true);
        return answer;
      }),
    ];
    const exchange = await exchangeOf(asked, updateFeatures, version, request);
    expect((await exchange.facts(0, null)).wouldFail).toBe("INVALID_UPDATE_VERSION");
  });
});

test("a voter is described by its request, without how long the client waits", async () => {
  const listeners = [{ name: "CONTROLLER", host: "new.internal", port: 9093 }];
  const exchange = await exchangeOf([], addRaftVoter, 0, {
    clusterId: "c",
    voterId: 4,
    timeoutMs: 100,
    voterDirectoryId: topicId,
    listeners,
  });
  expect(exchange.operations[0]?.attributes).toEqual({
    clusterId: "c",
    voterId: 4,
    voterDirectoryId: topicId,
    listeners,
    ackWhenCommitted: true,
  });
});
