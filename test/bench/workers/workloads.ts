// What the workers bench sends: two workloads in which the gateway is nearly all of the cost, so that two cores can be the gateway's, and a plain one,
// in which client and broker want a quarter of the machine.
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../../src/protocols/kafka/messages/metadata.ts";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import { requestFrame } from "../../support/frames.ts";
import { batchOf, topicId, topicName } from "../wire/shapes.ts";
import { otherTopicNames } from "../wire/topics.ts";

export interface Workload {
  readonly name: string;
  readonly frame: Buffer;
  /** Requests under way on each connection. */
  readonly inFlight: number;
  /** Of the records that a fetch gives. */
  readonly bytes: number;
  readonly json: boolean;
  readonly otherTopics: number;
  readonly policy: readonly string[];
}

const base = ["package lockkeeper", 'allow if "bench" in input.principal.groups'];
const masks = ["$.customer.email", "$.customer.name", "$.customer.card"].map(
  (field) => `mask contains {"field": "${field}", "method": "redact"}`,
);
/** Never true; but a policy that looks at the time is asked each time. */
const uncached = ['deny contains "the world has ended" if { input.time.nowMs < 0 }'];
const plain = { bytes: 1 << 10, json: false, otherTopics: 0, policy: base };
const namedTopics = 31;

export const workloads: readonly Workload[] = [
  {
    ...plain,
    name: "masked JSON, LZ4",
    bytes: 128 << 10,
    json: true,
    inFlight: 2,
    policy: [...base, ...masks],
    frame: requestFrame(fetch, 17, {
      maxWaitMs: 500,
      minBytes: 1,
      topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }] }],
    }),
  },
  {
    ...plain,
    name: "decisions, none cached",
    otherTopics: namedTopics,
    inFlight: 4,
    policy: [...base, ...uncached],
    frame: requestFrame(metadata, 12, {
      topics: [topicName, ...otherTopicNames(namedTopics)].map((name) => ({ name })),
      allowAutoTopicCreation: false,
    }),
  },
  {
    ...plain,
    name: "produce 1 KiB",
    inFlight: 20,
    frame: requestFrame(produce, 13, {
      acks: 1,
      timeoutMs: 30_000,
      topicData: [{ topicId, partitionData: [{ index: 0, records: batchOf(1 << 10, 0n) }] }],
    }),
  },
];
