// What people are shown and what is pinned before a high-risk operation, API by API, as data: the broker's answers, then the facts. A field of
// `shown` that a scenario does not name may be anything.
import type { Json } from "../../src/base/json.ts";
import { addRaftVoter } from "../../src/protocols/kafka/messages/add-raft-voter.ts";
import { alterClientQuotas } from "../../src/protocols/kafka/messages/alter-client-quotas.ts";
import { alterConfigs } from "../../src/protocols/kafka/messages/alter-configs.ts";
import { alterPartitionReassignments } from "../../src/protocols/kafka/messages/alter-partition-reassignments.ts";
import { alterReplicaLogDirs } from "../../src/protocols/kafka/messages/alter-replica-log-dirs.ts";
import { alterShareGroupOffsets } from "../../src/protocols/kafka/messages/alter-share-group-offsets.ts";
import { alterUserScramCredentials } from "../../src/protocols/kafka/messages/alter-user-scram-credentials.ts";
import { apiVersions } from "../../src/protocols/kafka/messages/api-versions.ts";
import { createAcls } from "../../src/protocols/kafka/messages/create-acls.ts";
import { createPartitions } from "../../src/protocols/kafka/messages/create-partitions.ts";
import { createTopics } from "../../src/protocols/kafka/messages/create-topics.ts";
import { deleteAcls } from "../../src/protocols/kafka/messages/delete-acls.ts";
import { deleteGroups } from "../../src/protocols/kafka/messages/delete-groups.ts";
import { deleteRecords } from "../../src/protocols/kafka/messages/delete-records.ts";
import { deleteShareGroupOffsets } from "../../src/protocols/kafka/messages/delete-share-group-offsets.ts";
import { deleteTopics } from "../../src/protocols/kafka/messages/delete-topics.ts";
import { describeAcls } from "../../src/protocols/kafka/messages/describe-acls.ts";
import { describeClientQuotas } from "../../src/protocols/kafka/messages/describe-client-quotas.ts";
import { describeCluster } from "../../src/protocols/kafka/messages/describe-cluster.ts";
import { describeConfigs } from "../../src/protocols/kafka/messages/describe-configs.ts";
import { describeLogDirs } from "../../src/protocols/kafka/messages/describe-log-dirs.ts";
import { describeProducers } from "../../src/protocols/kafka/messages/describe-producers.ts";
import { describeQuorum } from "../../src/protocols/kafka/messages/describe-quorum.ts";
import { describeShareGroupOffsets } from "../../src/protocols/kafka/messages/describe-share-group-offsets.ts";
import { describeUserScramCredentials } from "../../src/protocols/kafka/messages/describe-user-scram-credentials.ts";
import { electLeaders } from "../../src/protocols/kafka/messages/elect-leaders.ts";
import { incrementalAlterConfigs } from "../../src/protocols/kafka/messages/incremental-alter-configs.ts";
import { listGroups } from "../../src/protocols/kafka/messages/list-groups.ts";
import { listOffsets } from "../../src/protocols/kafka/messages/list-offsets.ts";
import { listPartitionReassignments } from "../../src/protocols/kafka/messages/list-partition-reassignments.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { offsetCommit } from "../../src/protocols/kafka/messages/offset-commit.ts";
import { offsetDelete } from "../../src/protocols/kafka/messages/offset-delete.ts";
import { offsetFetch } from "../../src/protocols/kafka/messages/offset-fetch.ts";
import { removeRaftVoter } from "../../src/protocols/kafka/messages/remove-raft-voter.ts";
import { unregisterBroker } from "../../src/protocols/kafka/messages/unregister-broker.ts";
import { unregisterController } from "../../src/protocols/kafka/messages/unregister-controller.ts";
import { updateFeatures } from "../../src/protocols/kafka/messages/update-features.ts";
import { writeTxnMarkers } from "../../src/protocols/kafka/messages/write-txn-markers.ts";
import type { ApiMessages, Init } from "../../src/protocols/kafka/schema.ts";
import { type Answering, answering } from "../support/fake-broker.ts";

export interface FactScenario {
  readonly name: string;
  readonly api: ApiMessages;
  readonly version: number;
  readonly request: object;
  /** Which of the request's operations; the first. */
  readonly operation?: number;
  readonly broker: readonly Answering[];
  readonly pinned?: Readonly<Record<string, Json>>;
  readonly shown?: Readonly<Record<string, Json>>;
  readonly bound?: Readonly<Record<string, Json>>;
  /** True where something is sealed into the digest that nobody is shown. */
  readonly secret?: boolean;
  readonly wouldFail?: string;
}

type More = Omit<FactScenario, "name" | "api" | "version" | "request">;

function scenario<Req, Res>(
  name: string,
  api: ApiMessages<Req, Res>,
  version: number,
  request: Init<Req>,
  more: More,
): FactScenario {
  return { name, api, version, request, ...more };
}

// --- a broker ---------------------------------------------------------------------------------------------------------

const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";

const orders = (partitions: readonly object[] = [{ replicaNodes: [1, 2] }, { replicaNodes: [2, 1] }], errorCode = 0) =>
  answering(metadata, () => ({
    brokers: [1, 2, 3].map((nodeId) => ({ nodeId, host: "b", port: 9092 })),
    topics: [
      {
        name: "orders",
        topicId,
        errorCode,
        partitions: partitions.map((partition, partitionIndex) => ({ partitionIndex, ...partition })),
      },
    ],
  }));

/** Logs from 10 to 25; the newest record is of the last second of 2026. */
const logs = answering(listOffsets, ({ topics }) => ({
  topics: topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, timestamp }) => ({
      partitionIndex,
      offset: timestamp === -2n ? 10n : timestamp === -1n ? 25n : 24n,
      timestamp: timestamp === -3n ? BigInt(Date.parse("2026-12-31T23:59:59Z")) : -1n,
    })),
  })),
}));

const groups = (...states: readonly (readonly [string, string])[]) =>
  answering(listGroups, () => ({ groups: states.map(([groupId, groupState]) => ({ groupId, groupState })) }));

const committed = (...offsets: readonly bigint[]) =>
  answering(offsetFetch, (request) => ({
    groups: request.groups.map(({ groupId }) => ({
      groupId,
      topics: [
        {
          name: "orders",
          partitions: offsets.map((committedOffset, partitionIndex) => ({ partitionIndex, committedOffset })),
        },
      ],
    })),
  }));

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

const diskOf = (logDir: string) =>
  answering(describeLogDirs, () => ({
    results: [
      {
        logDir,
        topics: [
          {
            name: "orders",
            partitions: [
              { partitionIndex: 0, partitionSize: 1_000n },
              { partitionIndex: 1, partitionSize: 24n },
            ],
          },
        ],
      },
    ],
  }));

const aclFilter = {
  operation: 1,
  permissionType: 1,
  resourceNameFilter: null,
  principalFilter: null,
  hostFilter: null,
};
const acls = (...principals: readonly string[]) =>
  answering(describeAcls, () => ({
    resources:
      principals.length === 0
        ? []
        : [
            {
              resourceType: 2,
              resourceName: "orders",
              patternType: 3,
              acls: principals.map((principal) => ({ principal, host: "*", operation: 3, permissionType: 3 })),
            },
          ],
  }));
const noAuthorizer = answering(describeAcls, () => ({ errorCode: 54 }));
const binding = (principal: string) => ({
  resourceType: "topic",
  resourceName: "orders",
  pattern: "literal",
  principal,
  host: "*",
  operation: "read",
  permission: "allow",
});

interface Config {
  readonly name: string;
  readonly value: string | null;
  /** DescribeConfigs' ConfigSource: 1 set on the topic, 2 on the broker, 5 the default. */
  readonly configSource: number;
  readonly isSensitive?: boolean;
}
const configs = (...values: readonly Config[]) =>
  answering(describeConfigs, ({ resources }) => ({
    results: resources.map(({ resourceType, resourceName, configurationKeys }) => ({
      resourceType,
      resourceName,
      configs: values.filter(({ name }) => configurationKeys === null || configurationKeys.includes(name)),
    })),
  }));

/** Accepts or refuses what is only tried; what is not is a failure of the test. */
function trial<Req extends { validateOnly: boolean }, Res>(
  api: ApiMessages<Req, Res>,
  answer: (request: Req) => Init<Res>,
) {
  return answering(api, (request: Req) => {
    if (!request.validateOnly) throw new Error("this was for real");
    return answer(request);
  });
}
const tryIncremental = (errorCode = 0) => trial(incrementalAlterConfigs, () => ({ responses: [{ errorCode }] }));
const tryReplacing = trial(alterConfigs, () => ({ responses: [{ errorCode: 0 }] }));
const tryPartitions = (errorCode = 0) => trial(createPartitions, () => ({ results: [{ name: "orders", errorCode }] }));

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

// --- what is asked ----------------------------------------------------------------------------------------------------

const topicGone = { name: "orders" };
const records = (offset: bigint) => ({ topics: [{ name: "orders", partitions: [{ partitionIndex: 0, offset }] }] });
const setting = (name: string, value: string | null, configOperation = 0, resourceType = 2) => ({
  resources: [
    { resourceType, resourceName: resourceType === 2 ? "orders" : "1", configs: [{ name, configOperation, value }] },
  ],
});
const quotaEntity = [{ entityType: "user", entityName: "alice" }];
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

export const factScenarios: readonly FactScenario[] = [
  scenario(
    "DeleteTopics: the topic's id, size, age, readers and rights",
    deleteTopics,
    6,
    { topics: [topicGone] },
    {
      broker: [orders(), logs, diskOf("/data"), groups(["billing", "Empty"]), committed(20n, 25n), acls("User:alice")],
      pinned: { topicId, partitions: 2 },
      shown: {
        records: "30",
        bytesOnThisBroker: "1024",
        lastWrite: "2026-12-31T23:59:59.000Z",
        consumers: ["billing (Empty): 5 behind"],
        acls: ["allow User:alice read (literal orders)"],
      },
      bound: { topicId },
    },
  ),
  scenario(
    "DeleteTopics: a topic that is not there",
    deleteTopics,
    6,
    { topics: [topicGone] },
    {
      broker: [orders([], 3)],
      wouldFail: "UNKNOWN_TOPIC_OR_PARTITION",
    },
  ),
  scenario(
    "DeleteTopics: a broker without authorizer and groups",
    deleteTopics,
    5,
    { topicNames: ["orders"] },
    {
      broker: [orders(), logs, diskOf("/data"), groups(), noAuthorizer],
      pinned: { topicId, partitions: 2 },
      shown: { consumers: "none that this broker knows", acls: "this broker has none" },
      bound: { topicId },
    },
  ),
  scenario("DeleteRecords: all there is becomes a number", deleteRecords, 2, records(-1n), {
    broker: [orders(), logs, configs({ name: "cleanup.policy", value: "delete", configSource: 5 }), groups()],
    pinned: { topicId, partitions: 2 },
    shown: { deletes: ["partition 0: 15 records before offset 25, of 15"] },
    bound: { offsets: { "0": "25" } },
  }),
  scenario("DeleteRecords: an offset beyond the end", deleteRecords, 2, records(26n), {
    broker: [orders(), logs, configs()],
    wouldFail: "OFFSET_OUT_OF_RANGE",
  }),
  scenario("DeleteRecords: a compacted topic", deleteRecords, 2, records(12n), {
    broker: [orders(), logs, configs({ name: "cleanup.policy", value: "compact", configSource: 1 })],
    wouldFail: "POLICY_VIOLATION",
  }),
  scenario(
    "WriteTxnMarkers: the transaction that is open",
    writeTxnMarkers,
    1,
    {
      markers: [{ producerId: 7n, producerEpoch: 3, topics: [{ name: "orders", partitionIndexes: [0] }] }],
    },
    {
      broker: [
        answering(describeProducers, () => ({
          topics: [
            {
              name: "orders",
              partitions: [
                {
                  partitionIndex: 0,
                  activeProducers: [
                    {
                      producerId: 7n,
                      producerEpoch: 3,
                      coordinatorEpoch: 5,
                      currentTxnStartOffset: 12n,
                      lastTimestamp: 9n,
                    },
                    { producerId: 8n, currentTxnStartOffset: 1n },
                  ],
                },
              ],
            },
          ],
        })),
      ],
      pinned: {
        transactions: [{ topic: "orders", partition: 0, producerEpoch: 3, coordinatorEpoch: 5, startOffset: "12" }],
      },
    },
  ),
  scenario(
    "CreateAcls: what stands beside it",
    createAcls,
    3,
    {
      creations: [
        {
          resourceType: 2,
          resourceName: "orders",
          resourcePatternType: 3,
          principal: "User:b",
          host: "*",
          operation: 3,
          permissionType: 3,
        },
      ],
    },
    {
      broker: [acls("User:a", "User:b")],
      pinned: { alreadyThere: true },
      shown: { alreadyThere: true, othersOfTheResource: [binding("User:a")] },
    },
  ),
  scenario(
    "CreateAcls: a broker without authorizer",
    createAcls,
    3,
    {
      creations: [
        { resourceType: 2, resourceName: "orders", principal: "User:b", host: "*", operation: 3, permissionType: 3 },
      ],
    },
    { broker: [noAuthorizer], wouldFail: "SECURITY_DISABLED" },
  ),
  scenario(
    "DeleteAcls: what the filter matches now",
    deleteAcls,
    3,
    { filters: [{ resourceTypeFilter: 2, ...aclFilter }] },
    {
      broker: [acls("User:b", "User:a")],
      pinned: { matches: [binding("User:a"), binding("User:b")] },
      shown: { count: 2 },
    },
  ),
  scenario(
    "AlterConfigs: also what it does not name goes",
    alterConfigs,
    2,
    {
      resources: [{ resourceType: 2, resourceName: "orders", configs: [{ name: "retention.ms", value: "1" }] }],
    },
    {
      broker: [
        configs(
          { name: "retention.ms", value: "604800000", configSource: 5 },
          { name: "cleanup.policy", value: "compact", configSource: 1 },
          { name: "segment.bytes", value: "1073741824", configSource: 5 },
        ),
        tryReplacing,
      ],
      pinned: { before: { "retention.ms": "604800000", "cleanup.policy": "compact" } },
      shown: {
        changes: {
          "retention.ms": { old: "604800000", new: "1" },
          "cleanup.policy": { old: "compact", new: "(default)" },
        },
      },
    },
  ),
  scenario(
    "IncrementalAlterConfigs: a list gets longer",
    incrementalAlterConfigs,
    1,
    setting("cleanup.policy", "compact", 2),
    {
      broker: [configs({ name: "cleanup.policy", value: "delete", configSource: 5 }), tryIncremental()],
      pinned: { before: { "cleanup.policy": "delete" } },
      shown: { changes: { "cleanup.policy": { old: "delete", new: "delete,compact" } } },
    },
  ),
  scenario(
    "IncrementalAlterConfigs: a secret is sealed and shown to nobody",
    incrementalAlterConfigs,
    1,
    setting("ssl.keystore.password", "hunter2", 0, 4),
    {
      broker: [
        configs({ name: "ssl.keystore.password", value: null, configSource: 2, isSensitive: true }),
        tryIncremental(),
      ],
      pinned: { before: { "ssl.keystore.password": "[sensitive]" } },
      shown: { changes: { "ssl.keystore.password": { old: "[sensitive]", new: "[sensitive]" } } },
      secret: true,
    },
  ),
  scenario(
    "IncrementalAlterConfigs: a value that the broker refuses",
    incrementalAlterConfigs,
    1,
    setting("retention.ms", "soon"),
    {
      broker: [configs(), tryIncremental(40)],
      wouldFail: "INVALID_CONFIG",
    },
  ),
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
    "CreatePartitions: how many there are",
    createPartitions,
    3,
    { topics: [{ name: "orders", count: 6 }] },
    {
      broker: [orders(), logs, tryPartitions()],
      pinned: { topicId, partitions: 2 },
      shown: { records: "30" },
    },
  ),
  scenario(
    "CreatePartitions: fewer than there are",
    createPartitions,
    3,
    { topics: [{ name: "orders", count: 1 }] },
    {
      broker: [orders(), logs, tryPartitions(37)],
      wouldFail: "INVALID_PARTITIONS",
    },
  ),
  scenario(
    "CreateTopics: what the broker would make of it",
    createTopics,
    7,
    { topics: [{ name: "new", numPartitions: -1, replicationFactor: -1 }] },
    {
      broker: [trial(createTopics, () => ({ topics: [{ name: "new", numPartitions: 12, replicationFactor: 3 }] }))],
      pinned: {},
      shown: { partitions: 12, replicationFactor: 3 },
    },
  ),
  scenario(
    "CreateTopics: one that is there",
    createTopics,
    7,
    { topics: [{ name: "new" }] },
    {
      broker: [trial(createTopics, () => ({ topics: [{ name: "new", errorCode: 36 }] }))],
      wouldFail: "TOPIC_ALREADY_EXISTS",
    },
  ),
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
  scenario(
    "AlterClientQuotas: the quotas that there are",
    alterClientQuotas,
    1,
    {
      entries: [{ entity: quotaEntity, ops: [{ key: "producer_byte_rate", value: 1 }] }],
    },
    {
      broker: [
        answering(describeClientQuotas, () => ({
          entries: [{ entity: quotaEntity, values: [{ key: "producer_byte_rate", value: 5 }] }],
        })),
        trial(alterClientQuotas, () => ({ entries: [{ entity: quotaEntity, errorCode: 0 }] })),
      ],
      pinned: { before: { producer_byte_rate: 5 } },
    },
  ),
  scenario(
    "AlterUserScramCredentials: which the user has",
    alterUserScramCredentials,
    0,
    { deletions: [{ name: "alice", mechanism: 1 }] },
    {
      broker: [
        answering(describeUserScramCredentials, () => ({
          results: [{ user: "alice", credentialInfos: [{ mechanism: 1, iterations: 4096 }] }],
        })),
      ],
      pinned: { before: [{ mechanism: "SCRAM-SHA-256", iterations: 4096 }] },
    },
  ),
  scenario(
    "AlterUserScramCredentials: one to delete that is not there",
    alterUserScramCredentials,
    0,
    { deletions: [{ name: "alice", mechanism: 2 }] },
    {
      broker: [
        answering(describeUserScramCredentials, () => ({
          results: [{ user: "alice", credentialInfos: [{ mechanism: 1, iterations: 4096 }] }],
        })),
      ],
      wouldFail: "RESOURCE_NOT_FOUND",
    },
  ),
  scenario(
    "UpdateFeatures: the level that it has",
    updateFeatures,
    2,
    { featureUpdates: [{ feature: "metadata.version", maxVersionLevel: 30, upgradeType: 1 }] },
    {
      broker: [
        trial(updateFeatures, () => ({})),
        answering(apiVersions, () => ({
          finalizedFeaturesEpoch: 1n,
          finalizedFeatures: [{ name: "metadata.version", maxVersionLevel: 29, minVersionLevel: 29 }],
        })),
      ],
      pinned: { before: 29 },
      shown: { level: { old: 29, new: 30 } },
    },
  ),
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
