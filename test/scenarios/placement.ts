// DescribeLogDirs (35), AlterReplicaLogDirs (34), ElectLeaders (43), AlterPartitionReassignments (45).
import { alterPartitionReassignments } from "../../src/protocols/kafka/messages/alter-partition-reassignments.ts";
import { alterReplicaLogDirs } from "../../src/protocols/kafka/messages/alter-replica-log-dirs.ts";
import { describeLogDirs } from "../../src/protocols/kafka/messages/describe-log-dirs.ts";
import { electLeaders } from "../../src/protocols/kafka/messages/elect-leaders.ts";
import { type Case, type Given, scenarios } from "../support/scenario.ts";

const noSecret: Given = { refuse: [{ resource: "secret" }] };
const refuseAll: Given = { refuse: [{}] };

const dirs = [
  { path: "/a", topics: [{ name: "orders", partitions: [0] }] },
  {
    path: "/b",
    topics: [
      { name: "secret", partitions: [1, 2] },
      { name: "orders", partitions: [1] },
    ],
  },
];
const movedOrders = {
  topicName: "orders",
  partitions: [
    { partitionIndex: 0, errorCode: 0 },
    { partitionIndex: 1, errorCode: 57 },
  ],
};

const logDirs = [
  ...scenarios(alterReplicaLogDirs, [
    {
      name: "allowed",
      when: { request: { dirs }, answer: { results: [movedOrders] } },
      then: {
        operations: ["topic.alter-log-dirs orders", "topic.alter-log-dirs secret", "topic.alter-log-dirs orders"],
        broker: "unchanged",
        client: "unchanged",
      },
    },
    {
      name: "in part: a topic of two dirs is answered once, a refused one by partition",
      given: noSecret,
      when: { request: { dirs }, answer: { results: [movedOrders] } },
      then: {
        broker: {
          dirs: [
            { path: "/a", topics: [{ name: "orders", partitions: [0] }] },
            { path: "/b", topics: [{ name: "orders", partitions: [1] }] },
          ],
        },
        client: {
          results: [
            movedOrders,
            {
              topicName: "secret",
              partitions: [
                { partitionIndex: 1, errorCode: 31 },
                { partitionIndex: 2, errorCode: 31 },
              ],
            },
          ],
        },
        outcomes: [
          "topic.alter-log-dirs orders LOG_DIR_NOT_FOUND",
          "topic.alter-log-dirs secret CLUSTER_AUTHORIZATION_FAILED",
        ],
      },
    },
  ]),
  ...scenarios(describeLogDirs, [
    {
      name: "refused, where an empty answer is the only word for it",
      versions: [1, 2],
      given: refuseAll,
      when: { request: { topics: null } },
      then: { operations: ["cluster.describe-log-dirs kafka-cluster"], broker: "nothing", client: {} },
    },
    {
      name: "refused",
      versions: [3, 5],
      given: refuseAll,
      when: { request: { topics: null } },
      then: { broker: "nothing", client: { errorCode: 31 } },
    },
  ]),
];

const topicPartitions = [
  { topic: "secret", partitions: [0] },
  { topic: "orders", partitions: [0, 1] },
];

const elections = [
  ...scenarios(electLeaders, [
    {
      name: "of some partitions, in part",
      given: noSecret,
      when: {
        request: { topicPartitions },
        answer: {
          replicaElectionResults: [
            { topic: "orders", partitionResult: [{ partitionId: 0, errorCode: 84, errorMessage: "not needed" }] },
          ],
        },
      },
      then: {
        operations: ["topic.elect-leaders secret", "topic.elect-leaders orders"],
        broker: { topicPartitions: [{ topic: "orders", partitions: [0, 1] }] },
        client: {
          replicaElectionResults: [
            { topic: "secret", partitionResult: [{ partitionId: 0, errorCode: 31, errorMessage: "no" }] },
            { topic: "orders", partitionResult: [{ partitionId: 0, errorCode: 84, errorMessage: "not needed" }] },
          ],
        },
        outcomes: [
          "topic.elect-leaders secret CLUSTER_AUTHORIZATION_FAILED",
          "topic.elect-leaders orders ELECTION_NOT_NEEDED",
        ],
      },
    },
    {
      name: "of all partitions, which is an operation on the cluster",
      when: { request: { topicPartitions: null } },
      then: { operations: ["cluster.elect-leaders kafka-cluster"], broker: "unchanged", client: "unchanged" },
    },
    {
      name: "of all partitions, refused, where there is no error at the top",
      versions: [0],
      given: refuseAll,
      when: { request: { topicPartitions: null } },
      then: { broker: "nothing", client: {} },
    },
    {
      name: "of all partitions, waiting for an approval",
      versions: [1, 2],
      given: { refuse: [{ cause: "approval-pending", message: "apr_1" }] },
      when: { request: { topicPartitions: null, electionType: 1 } },
      then: { broker: "nothing", client: { errorCode: 44 } },
    },
  ]),
  ...scenarios(electLeaders, [
    {
      name: "that fails as a whole: every operation did",
      versions: [1, 2],
      when: { request: { topicPartitions }, answer: { errorCode: 41 } },
      then: {
        broker: "unchanged",
        client: "unchanged",
        outcomes: ["topic.elect-leaders secret NOT_CONTROLLER", "topic.elect-leaders orders NOT_CONTROLLER"],
      },
    },
  ]),
];

const moving = {
  topics: [
    { name: "orders", partitions: [{ partitionIndex: 0, replicas: [1, 2] }] },
    {
      name: "secret",
      partitions: [
        { partitionIndex: 0, replicas: null },
        { partitionIndex: 1, replicas: [3] },
      ],
    },
  ],
};

const reassignments = scenarios(alterPartitionReassignments, [
  {
    name: "allowed",
    when: { request: moving },
    then: { operations: ["topic.reassign orders", "topic.reassign secret"], broker: "unchanged", client: "unchanged" },
  },
  {
    name: "in part: every partition of the request is in the answer",
    given: noSecret,
    when: {
      request: moving,
      answer: { responses: [{ name: "orders", partitions: [{ partitionIndex: 0, errorMessage: null }] }] },
    },
    then: {
      broker: { topics: moving.topics.slice(0, 1) },
      client: {
        responses: [
          { name: "orders", partitions: [{ partitionIndex: 0, errorMessage: null }] },
          {
            name: "secret",
            partitions: [
              { partitionIndex: 0, errorCode: 31, errorMessage: "no" },
              { partitionIndex: 1, errorCode: 31, errorMessage: "no" },
            ],
          },
        ],
      },
    },
  },
  {
    name: "waits for an approval",
    given: { refuse: [{ cause: "approval-pending", message: "apr_1" }] },
    when: { request: { topics: moving.topics.slice(0, 1) } },
    then: {
      broker: "nothing",
      client: {
        responses: [{ name: "orders", partitions: [{ partitionIndex: 0, errorCode: 44, errorMessage: "apr_1" }] }],
      },
    },
  },
]);

export const placement: Case[] = [...logDirs, ...elections, ...reassignments];
