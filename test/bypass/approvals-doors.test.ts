// Kafka has several doors to one effect, and several ways to write one request. An approval of one fits no other: every door is a high risk of its own,
// and what an approval is bound to changes with everything that changes what happens, and with nothing else.
import { describe, expect, test } from "vitest";
import { approvalDigest } from "../../src/approvals/digest.ts";
import { alterConfigs } from "../../src/protocols/kafka/messages/alter-configs.ts";
import { alterShareGroupOffsets } from "../../src/protocols/kafka/messages/alter-share-group-offsets.ts";
import { createPartitions } from "../../src/protocols/kafka/messages/create-partitions.ts";
import { deleteGroups } from "../../src/protocols/kafka/messages/delete-groups.ts";
import { deleteRecords } from "../../src/protocols/kafka/messages/delete-records.ts";
import { deleteShareGroupOffsets } from "../../src/protocols/kafka/messages/delete-share-group-offsets.ts";
import { deleteTopics } from "../../src/protocols/kafka/messages/delete-topics.ts";
import { incrementalAlterConfigs } from "../../src/protocols/kafka/messages/incremental-alter-configs.ts";
import { offsetCommit } from "../../src/protocols/kafka/messages/offset-commit.ts";
import { offsetDelete } from "../../src/protocols/kafka/messages/offset-delete.ts";
import type { ApiMessages, Init } from "../../src/protocols/kafka/schema.ts";
import { conversation } from "../unit/protocols/kafka/conversation.ts";

/** What an approval of the request's first operation is bound to, with the same facts for all. */
async function digestOf<Req, Res>(
  api: ApiMessages<Req, Res>,
  version: number,
  request: Init<Req>,
  { cluster = "main", principal = "alice", pinned = {} } = {},
): Promise<string> {
  const talk = await conversation({ AAAAAAAAAAAAAAAAAAAAAQ: "orders" });
  const { exchange } = await talk.say(api, version, request);
  const [operation] = exchange.operations;
  if (operation === undefined) throw new Error("nothing is asked for");
  expect(operation.risk).toBe("high");
  return approvalDigest({ cluster, principal, protocol: "kafka", api: exchange.api, operation, pinned });
}

const retention = (value: string) => ({ name: "retention.ms", value });
const topicConfigs = (...configs: readonly object[]) => ({
  resources: [{ resourceType: 2, resourceName: "orders", configs: [...configs] }],
});
const records = (offset: bigint) => ({ topics: [{ name: "orders", partitions: [{ partitionIndex: 0, offset }] }] });
const commit = (offset: bigint, groupId = "g") => ({
  groupId,
  generationIdOrMemberEpoch: -1,
  topics: [{ name: "orders", partitions: [{ partitionIndex: 0, committedOffset: offset }] }],
});

describe("an approval of one door fits no other", () => {
  test("configs: to set one, to replace all, and to append are three things", async () => {
    const digests = [
      await digestOf(incrementalAlterConfigs, 1, topicConfigs({ ...retention("1"), configOperation: 0 })),
      await digestOf(incrementalAlterConfigs, 1, topicConfigs({ ...retention("1"), configOperation: 2 })),
      await digestOf(alterConfigs, 2, topicConfigs(retention("1"))),
    ];
    expect(new Set(digests).size).toBe(3);
  });

  test("records: to delete them, to let them expire, and to delete their topic", async () => {
    const digests = [
      await digestOf(deleteRecords, 2, records(-1n)),
      await digestOf(deleteRecords, 2, records(5n)),
      await digestOf(incrementalAlterConfigs, 1, topicConfigs({ ...retention("1"), configOperation: 0 })),
      await digestOf(deleteTopics, 6, { topics: [{ name: "orders" }] }),
    ];
    expect(new Set(digests).size).toBe(4);
  });

  test("a group's progress: to commit over it, to forget it, to delete the group, and the same of a share group", async () => {
    const digests = [
      await digestOf(offsetCommit, 9, commit(0n)),
      await digestOf(offsetDelete, 0, {
        groupId: "g",
        topics: [{ name: "orders", partitions: [{ partitionIndex: 0 }] }],
      }),
      await digestOf(deleteGroups, 2, { groupsNames: ["g"] }),
      await digestOf(alterShareGroupOffsets, 0, {
        groupId: "g",
        topics: [{ topicName: "orders", partitions: [{ partitionIndex: 0, startOffset: 0n }] }],
      }),
      await digestOf(deleteShareGroupOffsets, 0, { groupId: "g", topics: [{ topicName: "orders" }] }),
    ];
    expect(new Set(digests).size).toBe(5);
  });

  test("a topic by its name and by its id: the approval of a name is none of an id", async () => {
    const byName = await digestOf(deleteTopics, 6, { topics: [{ name: "orders" }] });
    const byId = await digestOf(deleteTopics, 6, { topics: [{ name: null, topicId: "AAAAAAAAAAAAAAAAAAAAAQ" }] });
    expect(byName).not.toBe(byId);
  });
});

describe("an approval fits the same command", () => {
  test("in every version, with every time-out, and with its parts in any order", async () => {
    const two = [
      { ...retention("1"), configOperation: 0 },
      { name: "cleanup.policy", value: "delete", configOperation: 0 },
    ];
    expect(await digestOf(incrementalAlterConfigs, 1, topicConfigs(...two))).toBe(
      await digestOf(incrementalAlterConfigs, 0, topicConfigs(...two.toReversed())),
    );
    expect(await digestOf(deleteTopics, 1, { topicNames: ["orders"], timeoutMs: 5 })).toBe(
      await digestOf(deleteTopics, 6, { topics: [{ name: "orders" }], timeoutMs: 60_000 }),
    );
  });

  test.each([
    [
      "another value",
      () => digestOf(incrementalAlterConfigs, 1, topicConfigs({ ...retention("2"), configOperation: 0 })),
    ],
    [
      "one more config",
      () =>
        digestOf(
          incrementalAlterConfigs,
          1,
          topicConfigs({ ...retention("1"), configOperation: 0 }, { name: "x", value: "y" }),
        ),
    ],
    [
      "another cluster",
      () =>
        digestOf(incrementalAlterConfigs, 1, topicConfigs({ ...retention("1"), configOperation: 0 }), {
          cluster: "other",
        }),
    ],
    [
      "another principal",
      () =>
        digestOf(incrementalAlterConfigs, 1, topicConfigs({ ...retention("1"), configOperation: 0 }), {
          principal: "bob",
        }),
    ],
    [
      "another world",
      () =>
        digestOf(incrementalAlterConfigs, 1, topicConfigs({ ...retention("1"), configOperation: 0 }), {
          pinned: { before: "9" },
        }),
    ],
  ])("and not with %s", async (_, other) => {
    const approved = await digestOf(
      incrementalAlterConfigs,
      1,
      topicConfigs({ ...retention("1"), configOperation: 0 }),
    );
    expect(await other()).not.toBe(approved);
  });

  test("where an order means something it is kept: replicas are not a set", async () => {
    const placed = (brokerIds: number[]) => ({ topics: [{ name: "orders", count: 2, assignments: [{ brokerIds }] }] });
    expect(await digestOf(createPartitions, 3, placed([1, 2]))).not.toBe(
      await digestOf(createPartitions, 3, placed([2, 1])),
    );
  });
});
