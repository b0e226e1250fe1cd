// Facts about where replicas lie and who leads them.
import { alterPartitionReassignments } from "../../../src/protocols/kafka/messages/alter-partition-reassignments.ts";
import { alterReplicaLogDirs } from "../../../src/protocols/kafka/messages/alter-replica-log-dirs.ts";
import { electLeaders } from "../../../src/protocols/kafka/messages/elect-leaders.ts";
import { listPartitionReassignments } from "../../../src/protocols/kafka/messages/list-partition-reassignments.ts";
import { answering } from "../../support/fake-broker.ts";
import { diskOf, orders, topicId } from "./broker.ts";
import { type FactScenario, scenario } from "./scenario.ts";

export const placementFacts: readonly FactScenario[] = [
  scenario(
    "AlterReplicaLogDirs: where the replicas lie",
    alterReplicaLogDirs,
    2,
    {
      dirs: [{ path: "/fast", topics: [{ name: "orders", partitions: [0, 1] }] }],
    },
    {
      broker: [orders(), diskOf("/slow")],
      pinned: {
        topicId,
        before: [
          { partition: 0, path: "/slow" },
          { partition: 1, path: "/slow" },
        ],
      },
      shown: { moves: ["partition 0: /slow → /fast, 1000 bytes", "partition 1: /slow → /fast, 24 bytes"] },
    },
  ),
  scenario(
    "AlterReplicaLogDirs: a partition that is not there",
    alterReplicaLogDirs,
    2,
    {
      dirs: [{ path: "/fast", topics: [{ name: "orders", partitions: [7] }] }],
    },
    { broker: [orders()], wouldFail: "UNKNOWN_TOPIC_OR_PARTITION" },
  ),
  scenario(
    "ElectLeaders: who leads and who could",
    electLeaders,
    2,
    {
      electionType: 0,
      topicPartitions: [{ topic: "orders", partitions: [0] }],
    },
    {
      broker: [orders([{ leaderId: 2, replicaNodes: [1, 2], isrNodes: [2, 1] }])],
      pinned: { topicId, leaders: [{ partition: 0, leader: 2, replicas: [1, 2], inSync: [1, 2] }] },
    },
  ),
  scenario(
    "ElectLeaders: an unclean election where there is a leader",
    electLeaders,
    2,
    {
      electionType: 1,
      topicPartitions: [{ topic: "orders", partitions: [0] }],
    },
    {
      broker: [orders([{ leaderId: 2, replicaNodes: [1, 2], isrNodes: [2] }])],
      wouldFail: "ELECTION_NOT_NEEDED",
    },
  ),
  scenario(
    "ElectLeaders: of all partitions, those that would change",
    electLeaders,
    2,
    { electionType: 0, topicPartitions: null },
    {
      broker: [
        orders([
          { leaderId: 1, replicaNodes: [1, 2], isrNodes: [1, 2] },
          { leaderId: 1, replicaNodes: [2, 1], isrNodes: [1, 2] },
        ]),
      ],
      pinned: { needed: ["orders-1: leader 1, replicas 2 1"] },
      shown: { count: 1 },
    },
  ),
  scenario(
    "AlterPartitionReassignments: where the replicas are",
    alterPartitionReassignments,
    1,
    {
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas: [3, 2] }] }],
    },
    {
      broker: [orders(), answering(listPartitionReassignments, () => ({ topics: [] }))],
      pinned: { topicId, before: [{ partition: 0, replicas: [1, 2] }], moving: [] },
    },
  ),
  scenario(
    "AlterPartitionReassignments: a broker that is nowhere",
    alterPartitionReassignments,
    1,
    {
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas: [77] }] }],
    },
    { broker: [orders()], wouldFail: "INVALID_REPLICA_ASSIGNMENT" },
  ),
  scenario(
    "AlterPartitionReassignments: nothing to cancel",
    alterPartitionReassignments,
    1,
    {
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas: null }] }],
    },
    {
      broker: [orders(), answering(listPartitionReassignments, () => ({ topics: [] }))],
      wouldFail: "NO_REASSIGNMENT_IN_PROGRESS",
    },
  ),
];
