// Facts about brokers and the voters of the quorum.
import { addRaftVoter } from "../../../src/protocols/kafka/messages/add-raft-voter.ts";
import { describeCluster } from "../../../src/protocols/kafka/messages/describe-cluster.ts";
import { describeQuorum } from "../../../src/protocols/kafka/messages/describe-quorum.ts";
import { removeRaftVoter } from "../../../src/protocols/kafka/messages/remove-raft-voter.ts";
import { unregisterBroker } from "../../../src/protocols/kafka/messages/unregister-broker.ts";
import { unregisterController } from "../../../src/protocols/kafka/messages/unregister-controller.ts";
import { answering } from "../../support/fake-broker.ts";
import { topicId } from "./broker.ts";
import { type FactScenario, scenario } from "./scenario.ts";

const directory = "AAAAAAAAAAAAAAAAAAAAAg";

const quorum = answering(describeQuorum, () => ({
  topics: [
    {
      topicName: "__cluster_metadata",
      partitions: [
        {
          leaderId: 2,
          currentVoters: [
            { replicaId: 2, replicaDirectoryId: directory },
            { replicaId: 1, replicaDirectoryId: topicId },
          ],
          observers: [{ replicaId: 9 }],
        },
      ],
    },
  ],
}));

const voters = [
  { id: 1, directory: topicId },
  { id: 2, directory },
];

const brokers = answering(describeCluster, () => ({
  brokers: [
    { brokerId: 1, isFenced: false },
    { brokerId: 3, isFenced: true },
  ],
}));

export const nodesFacts: readonly FactScenario[] = [
  scenario(
    "UnregisterBroker: whether it is alive",
    unregisterBroker,
    0,
    { brokerId: 3 },
    {
      broker: [brokers],
      pinned: { broker: "fenced" },
      shown: { broker: "fenced", aliveBrokers: [1] },
    },
  ),
  scenario(
    "UnregisterBroker: one that nobody knows",
    unregisterBroker,
    0,
    { brokerId: 8 },
    {
      broker: [brokers],
      wouldFail: "BROKER_ID_NOT_REGISTERED",
    },
  ),
  scenario(
    "AddRaftVoter: who votes",
    addRaftVoter,
    1,
    { voterId: 4, voterDirectoryId: topicId },
    {
      broker: [quorum],
      pinned: { voters },
      shown: { voters, leader: 2, majority: 2 },
    },
  ),
  scenario(
    "AddRaftVoter: one that votes already",
    addRaftVoter,
    1,
    { voterId: 1, voterDirectoryId: topicId },
    {
      broker: [quorum],
      wouldFail: "DUPLICATE_VOTER",
    },
  ),
  scenario(
    "RemoveRaftVoter: who votes",
    removeRaftVoter,
    0,
    { voterId: 2, voterDirectoryId: directory },
    {
      broker: [quorum],
      pinned: { voters },
    },
  ),
  scenario(
    "RemoveRaftVoter: one that does not vote",
    removeRaftVoter,
    0,
    { voterId: 2, voterDirectoryId: topicId },
    {
      broker: [quorum],
      wouldFail: "VOTER_NOT_FOUND",
    },
  ),
  scenario(
    "UnregisterController: whether it still votes",
    unregisterController,
    0,
    { controllerId: 2 },
    {
      broker: [quorum],
      pinned: { voters },
      shown: { stillVotes: true },
    },
  ),
];
