// What people are asked about on a cluster of three brokers: the facts of a topic whose partitions each lead elsewhere, with one of them down too, and
// records that are deleted on several leaders at once.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { silentLog } from "../../src/base/log.ts";
import { type Kafka, startKafka } from "../../src/demo/parts/kafka.ts";
import { startRedis } from "../../src/demo/parts/redis.ts";
import { deleteTopics } from "../../src/protocols/kafka/messages/delete-topics.ts";
import { describeLogDirs } from "../../src/protocols/kafka/messages/describe-log-dirs.ts";
import { approve, http } from "../support/http-api.ts";
import { orders, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";
import { openWire } from "../support/wire.ts";

const parts = new AsyncDisposableStack();
let kafka: Kafka;
let rig: Rig;
const nodes = [1, 2, 3];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "lockkeeper-brokers-"));
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const redis = await startRedis({ dir: folder, log: silentLog, env: { ...process.env, REDIS_URL: "" } });
  parts.defer(() => redis.stop());
  kafka = await startKafka({ brokers: 3, heapMb: 200 });
  parts.defer(() => kafka.stop());
  const approvals = {
    redis: redis.url,
    hold: "1ms",
    holdUnknown: "1ms",
    groups: { "kafka-admins": { principals: ["dave"] } },
  };
  rig = await startRig({ kafka, sections: { approvals } });
  parts.defer(() => rig.stop());
});
afterAll(() => parts.disposeAsync());

/** Partition n is on broker n + 1 and nowhere else. */
async function newTopic(topic: string, records: number): Promise<void> {
  const replicaAssignment = nodes.map((node) => ({ partition: node - 1, replicas: [node] }));
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: true }),
  );
  await produce(topic, records);
}

async function produce(topic: string, records: number): Promise<void> {
  const messages = nodes.flatMap((node) => orders(0, records).map((message) => ({ ...message, partition: node - 1 })));
  await eventually(() => withProducer(rig.behind(), (producer) => producer.send({ topic, messages }).then(() => true)));
}

interface Asked {
  readonly id: string;
  readonly facts: JsonObject;
  readonly operation: { readonly resource: { readonly name: string } };
}

async function approvalsOf(topic: string, state = "pending"): Promise<Asked[]> {
  const { json } = await http(rig, "dave", "GET", `/v1/approvals?state=${state}`);
  return (json["approvals"] as unknown as readonly Asked[]).filter(
    ({ operation }) => operation.resource.name === topic,
  );
}

/** What people are shown of a topic that carol tries to delete. */
async function factsOf(topic: string): Promise<JsonObject> {
  const wire = await openWire(rig.gateway().bootstrap);
  try {
    await wire.login("carol", rig.passwordOf("carol"));
    const { responses } = await wire.ask(deleteTopics, 6, { topics: [{ name: topic }] });
    expect(responses).toMatchObject([{ errorCode: 44, errorMessage: expect.stringContaining("is waiting for") }]);
  } finally {
    wire.close();
  }
  const [approval] = await approvalsOf(topic);
  if (approval === undefined) throw new Error("nobody was asked");
  return approval.facts;
}

async function bytesAt(node: number, topic: string): Promise<bigint> {
  const wire = await openWire(kafka.bootstrap[node - 1] ?? "");
  try {
    const { results } = await wire.ask(describeLogDirs, 2, { topics: [{ topic, partitions: [node - 1] }] });
    return results.flatMap(({ topics }) => topics.flatMap((of) => of.partitions))[0]?.partitionSize ?? 0n;
  } finally {
    wire.close();
  }
}

function deleteRecords(topic: string, partitions: { partition: number; offset: string }[]): Promise<void> {
  return withAdmin(rig.kafkajs("carol"), async (admin) => {
    // kafkajs deletes only of topics that it has met
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions });
  });
}

/** By partition, the first and the next offset. */
async function offsetsOf(topic: string): Promise<[number, string, string][]> {
  const offsets = await withAdmin(rig.behind(), (admin) => admin.fetchTopicOffsets(topic));
  return offsets
    .map(({ partition, low, high }): [number, string, string] => [partition, low, high])
    .toSorted(([a], [b]) => a - b);
}

it("records that three brokers lead are deleted once each, up to what was shown and no further though the logs grew", async () => {
  const topic = "orders.records";
  await newTopic(topic, 5);
  // all there is, and two up to an offset
  const partitions = [
    { partition: 0, offset: "-1" },
    { partition: 1, offset: "3" },
    { partition: 2, offset: "-1" },
  ];
  const run = () => deleteRecords(topic, partitions);
  await expect(run()).rejects.toThrow("Error while deleting records");
  const asked = await approvalsOf(topic);
  const told = asked.flatMap(({ facts }) => facts["deletes"] as string[]);
  expect(told.toSorted()).toEqual([
    "partition 0: 5 records before offset 5, of 5",
    "partition 1: 3 records before offset 3, of 5",
    "partition 2: 5 records before offset 5, of 5",
  ]);
  expect(asked).toHaveLength(3);
  await produce(topic, 2);
  for (const { id } of asked) expect(await approve(rig, id)).toMatchObject({ json: { state: "approved" } });
  expect(await offsetsOf(topic)).toEqual([0, 1, 2].map((partition) => [partition, "0", "7"]));

  await run();

  expect(await offsetsOf(topic)).toEqual([
    [0, "5", "7"],
    [1, "3", "7"],
    [2, "5", "7"],
  ]);
  const outcomes = await rig.eventsOnce({ codes: ["operation.outcome"], resource: topic }, 3);
  expect(outcomes.map(({ error }) => error)).toEqual(["NONE", "NONE", "NONE"]);
  expect(new Set(outcomes.map(({ approval }) => approval))).toEqual(new Set(asked.map(({ id }) => id)));
  // the same command again asks anew: nothing was left to be used
  await expect(run()).rejects.toThrow("Error while deleting records");
  expect((await offsetsOf(topic)).map(([, low]) => low)).toEqual(["5", "3", "5"]);
  expect(new Set((await approvalsOf(topic, "used")).map(({ id }) => id))).toEqual(new Set(asked.map(({ id }) => id)));
});

it("records that are asked for ahead are cut by leader, as the client cuts them when it comes", async () => {
  const topic = "orders.ahead-records";
  await newTopic(topic, 5);
  const parameters = { topic, offsets: { "0": -1, "1": 3, "2": 4 } };
  const body = { action: "topic.delete-records", parameters, reason: "a test" };
  const { json } = await http(rig, "carol", "POST", "/v1/requests", body);
  expect(json["operations"]).toMatchObject([{ outcome: "pending" }, { outcome: "pending" }, { outcome: "pending" }]);
  for (const { id } of await approvalsOf(topic)) await approve(rig, id);
  const partitions = [
    { partition: 2, offset: "4" },
    { partition: 1, offset: "3" },
    { partition: 0, offset: "-1" },
  ];

  await deleteRecords(topic, partitions);

  expect((await offsetsOf(topic)).map(([, low]) => low)).toEqual(["5", "3", "4"]);
  expect(await approvalsOf(topic, "used")).toHaveLength(3);
});

it("a topic's facts come from all of its leaders and every group's coordinator, with nothing missing", async () => {
  const topic = "orders.whole";
  await newTopic(topic, 10);
  const groups = ["billing", "shipping", "search", "audit", "alerts"];
  const partitions = nodes.map((node) => ({ partition: node - 1, offset: String(node) }));
  const commit = (groupId: string) =>
    withAdmin(rig.behind(), (admin) => admin.setOffsets({ groupId, topic, partitions }).then(() => true));
  await Promise.all(groups.map((group) => eventually(() => commit(group))));

  const facts = await factsOf(topic);

  const sizes = await Promise.all(nodes.map((node) => bytesAt(node, topic)));
  expect(facts).toMatchObject({
    partitions: 3,
    records: "30",
    size: `${sizes.reduce((sum, size) => sum + size, 0n)} bytes`,
    lastWrite: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    offsets: ["partition 0: 0 to 10", "partition 1: 0 to 10", "partition 2: 0 to 10"],
    consumers: groups.map((group) => `${group} (Empty): 24 behind`).toSorted(),
  });
  expect(sizes.every((size) => size > 0n)).toBe(true);
  expect(facts).not.toHaveProperty("missing");
});

it("with a broker down its part is said to be missing, by name, and the rest is told", async () => {
  const topic = "orders.part";
  await newTopic(topic, 4);
  await kafka.kill(3);

  const facts = await factsOf(topic);

  expect(facts).toMatchObject({
    records: "at least 8",
    size: expect.stringMatching(/^at least \d+ bytes$/),
    offsets: ["partition 0: 0 to 4", "partition 1: 0 to 4"],
  });
  // until the cluster has noticed, metadata still names it as the leader
  const [logs] = facts["missing"] as string[];
  expect(logs).toMatch(/^partition 2: (broker 3 gave no answer|no leader just now \(replicas on 3\))$/);
});
