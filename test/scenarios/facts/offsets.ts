// Facts about what groups have committed.
import { alterShareGroupOffsets } from "../../../src/protocols/kafka/messages/alter-share-group-offsets.ts";
import { deleteGroups } from "../../../src/protocols/kafka/messages/delete-groups.ts";
import { deleteShareGroupOffsets } from "../../../src/protocols/kafka/messages/delete-share-group-offsets.ts";
import { describeShareGroupOffsets } from "../../../src/protocols/kafka/messages/describe-share-group-offsets.ts";
import { offsetCommit } from "../../../src/protocols/kafka/messages/offset-commit.ts";
import { offsetDelete } from "../../../src/protocols/kafka/messages/offset-delete.ts";
import { answering } from "../../support/fake-broker.ts";
import { committed, groups } from "./broker.ts";
import { type FactScenario, scenario } from "./scenario.ts";

const shareStarts = (...offsets: readonly bigint[]) =>
  answering(describeShareGroupOffsets, (request) => ({
    groups: request.groups.map(({ groupId }) => ({
      groupId,
      topics: [
        {
          topicName: "orders",
          partitions: offsets.map((startOffset, partitionIndex) => ({ partitionIndex, startOffset })),
        },
      ],
    })),
  }));

const reset = {
  groupId: "billing",
  generationIdOrMemberEpoch: -1,
  topics: [{ name: "orders", partitions: [{ partitionIndex: 0, committedOffset: 0n }] }],
};

const forget = { groupId: "billing", topics: [{ name: "orders", partitions: [{ partitionIndex: 0 }] }] };

const shareReset = {
  groupId: "workers",
  topics: [{ topicName: "orders", partitions: [{ partitionIndex: 0, startOffset: 7n }] }],
};

export const offsetsFacts: readonly FactScenario[] = [
  scenario(
    "DeleteGroups: all that it has committed",
    deleteGroups,
    3,
    { groupsNames: ["billing"] },
    {
      broker: [groups(["billing", "Empty"]), committed(20n, 25n)],
      pinned: {
        committed: [
          { topic: "orders", partition: 0, offset: "20" },
          { topic: "orders", partition: 1, offset: "25" },
        ],
      },
      shown: { state: "Empty", committed: ["orders-0: 20", "orders-1: 25"] },
    },
  ),
  scenario(
    "DeleteGroups: a group in use",
    deleteGroups,
    3,
    { groupsNames: ["billing"] },
    {
      broker: [groups(["billing", "Stable"])],
      wouldFail: "NON_EMPTY_GROUP",
    },
  ),
  scenario(
    "DeleteGroups: a group that is not there",
    deleteGroups,
    3,
    { groupsNames: ["billing"] },
    {
      broker: [groups(["other", "Empty"])],
      wouldFail: "GROUP_ID_NOT_FOUND",
    },
  ),
  scenario("OffsetDelete: the offsets that go", offsetDelete, 0, forget, {
    broker: [groups(["billing", "Stable"]), committed(20n)],
    pinned: { committed: [{ topic: "orders", partition: 0, offset: "20" }] },
    shown: { state: "Stable", offsets: ["orders-0: 20 → none"] },
  }),
  scenario("OffsetCommit from outside: where it was and where it will be", offsetCommit, 9, reset, {
    broker: [groups(["billing", "Empty"]), committed(20n)],
    pinned: { committed: [{ topic: "orders", partition: 0, offset: "20" }] },
    shown: { offsets: ["orders-0: 20 → 0"] },
  }),
  scenario("OffsetCommit from outside: a group in use", offsetCommit, 9, reset, {
    broker: [groups(["billing", "Stable"])],
    wouldFail: "UNKNOWN_MEMBER_ID",
  }),
  scenario("AlterShareGroupOffsets: where the group stands", alterShareGroupOffsets, 0, shareReset, {
    broker: [groups(["workers", "Empty"]), shareStarts(20n)],
    pinned: { committed: [{ topic: "orders", partition: 0, offset: "20" }] },
    shown: { offsets: ["orders-0: 20 → 7"] },
  }),
  scenario(
    "DeleteShareGroupOffsets: every partition of the topic",
    deleteShareGroupOffsets,
    0,
    { groupId: "workers", topics: [{ topicName: "orders" }] },
    {
      broker: [groups(["workers", "Empty"]), shareStarts(20n, 30n)],
      pinned: {
        committed: [
          { topic: "orders", partition: 0, offset: "20" },
          { topic: "orders", partition: 1, offset: "30" },
        ],
      },
      shown: { offsets: ["orders-0: 20 → none", "orders-1: 30 → none"] },
    },
  ),
  scenario(
    "DeleteShareGroupOffsets: a group in use",
    deleteShareGroupOffsets,
    0,
    { groupId: "workers", topics: [{ topicName: "orders" }] },
    {
      broker: [groups(["workers", "Stable"])],
      wouldFail: "NON_EMPTY_GROUP",
    },
  ),
];
