// Facts about topics, their partitions, records and transactions.
import { createPartitions } from "../../../src/protocols/kafka/messages/create-partitions.ts";
import { createTopics } from "../../../src/protocols/kafka/messages/create-topics.ts";
import { deleteRecords } from "../../../src/protocols/kafka/messages/delete-records.ts";
import { deleteTopics } from "../../../src/protocols/kafka/messages/delete-topics.ts";
import { describeProducers } from "../../../src/protocols/kafka/messages/describe-producers.ts";
import { listOffsets } from "../../../src/protocols/kafka/messages/list-offsets.ts";
import { writeTxnMarkers } from "../../../src/protocols/kafka/messages/write-txn-markers.ts";
import { answering } from "../../support/fake-broker.ts";
import { acls, committed, configs, diskOf, groups, noAuthorizer, orders, topicId, trial } from "./broker.ts";
import { type FactScenario, scenario } from "./scenario.ts";

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

const tryPartitions = (errorCode = 0) => trial(createPartitions, () => ({ results: [{ name: "orders", errorCode }] }));

const topicGone = { name: "orders" };

const records = (offset: bigint) => ({ topics: [{ name: "orders", partitions: [{ partitionIndex: 0, offset }] }] });

export const topicsFacts: readonly FactScenario[] = [
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
        size: "1024 bytes",
        offsets: ["partition 0: 10 to 25", "partition 1: 10 to 25"],
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
      shown: { consumers: "none seen", acls: "none: the cluster has no authorizer" },
      bound: { topicId },
    },
  ),
  scenario("DeleteRecords: all there is becomes a number", deleteRecords, 2, records(-1n), {
    broker: [orders(), logs, configs({ name: "cleanup.policy", value: "delete", configSource: 5 }), groups()],
    pinned: { topicId, partitions: 2 },
    shown: { deletes: ["partition 0: 15 records before offset 25, of 15"], consumers: "none seen" },
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
];
