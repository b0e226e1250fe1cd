// Consumers that wait at a real broker: a thousand fetches of one session over allowed and denied topics, and a policy that takes a topic away while they wait.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type KafkaConfig, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fetch } from "../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { errorOf, orders, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig } from "../support/rig.ts";
import { deferred, eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";

let rig: Rig;
const [open, closed, taken] = ["orders.fetched", "payments.fetched", "orders.taken"] as const;
/** A consumer that would wait for as long as this hears of the policy within a second. */
const patientMs = 10_000;
const feltMs = 1_000;

beforeAll(async () => {
  rig = await startRig({ withoutPolicies: ["approvals.rego", "approvals_test.rego"] });
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({
      topics: [open, closed, taken].map((topic) => ({ topic, numPartitions: 1 })),
      waitForLeaders: true,
    }),
  );
});
afterAll(() => rig?.stop());

/** At the node that leads the topic's only partition, with the topics' ids. */
async function atLeader(topic: string): Promise<{ wire: Wire; idOf: (name: string) => string }> {
  const first = await openWire(rig.gateway().bootstrap);
  await first.login("alice", rig.passwordOf("alice"));
  const { topics, brokers } = await first.ask(metadata, 12, { topics: [{ name: topic }] });
  const leader = brokers.find(({ nodeId }) => nodeId === topics[0]?.partitions[0]?.leaderId);
  first.close();
  const behind = await openWire((await behindBootstrap()) ?? "");
  const all = await behind.ask(metadata, 12, { topics: [open, closed, taken].map((name) => ({ name })) });
  behind.close();
  const wire = await openWire(`${leader?.host}:${leader?.port}`);
  await wire.login("alice", rig.passwordOf("alice"));
  return { wire, idOf: (name) => all.topics.find((one) => one.name === name)?.topicId ?? "" };
}

async function behindBootstrap(): Promise<string | undefined> {
  const { brokers } = await withAdmin(rig.behind(), (admin) => admin.describeCluster());
  return brokers.map(({ host, port }) => `${host}:${port}`)[0];
}

const asked = (topicId: string) => ({
  topicId,
  partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000_000 }],
});

/** Resolves with the moment from which the policy is in force, in milliseconds since 1970. */
async function takeAway(rule: string): Promise<number> {
  const before = (await rig.events({ codes: ["policy.*"] })).length;
  await writeFile(
    join(rig.policies, "taken.rego"),
    `package lockkeeper\n\ndeny contains "taken away" if {\n\t${rule}\n}\n`,
  );
  const changed = async () => (await rig.events({ codes: ["policy.*"] })).slice(before).at(-1);
  const { code, at } = await eventually(changed, { deadlineMs: 60_000, what: "the new policy" });
  expect(code).toBe("policy.loaded");
  return at;
}

it("keeps its session over 1,000 fetches of an allowed and a denied topic, and hears 29 in each", async () => {
  const { wire, idOf } = await atLeader(open);
  const first = await wire.ask(fetch, 17, { sessionEpoch: 0, topics: [asked(idOf(open)), asked(idOf(closed))] });
  expect(first.sessionId).toBeGreaterThan(0);
  for (let epoch = 1; epoch <= 1_000; epoch++) {
    const answer = await wire.ask(fetch, 17, { sessionId: first.sessionId, sessionEpoch: epoch });
    expect([answer.errorCode, answer.sessionId]).toEqual([0, first.sessionId]);
    const codes = answer.responses.map(({ topicId, partitions }) => [topicId, partitions[0]?.errorCode]);
    expect(codes).toEqual([[idOf(closed), 29]]);
  }
  // and what is written is in the next one
  await withProducer(rig.behind(), (producer) => producer.send({ topic: open, messages: orders(1, 1) }));
  const answer = await wire.ask(fetch, 17, {
    sessionId: first.sessionId,
    sessionEpoch: 1_001,
    maxWaitMs: 5_000,
    minBytes: 1,
  });
  expect(
    answer.responses.find(({ topicId }) => topicId === idOf(open))?.partitions[0]?.records?.length,
  ).toBeGreaterThan(0);
  wire.close();
});

it("is told within a second that a topic was taken away, kafkajs as well as a bare fetch, each ready to wait for ten", async () => {
  const { wire, idOf } = await atLeader(taken);
  // its CRASH event comes when it has left the group, behind the fetch that still waits at the broker: its log is first
  const told = deferred<number>();
  const logCreator: KafkaConfig["logCreator"] = () => (entry) => {
    if (/not authorized to access topics/i.test(JSON.stringify(entry.log))) told.resolve(Date.now());
  };
  const consumer = rig
    .kafkajs("alice", { retry: { retries: 8, initialRetryTime: 100 }, logLevel: logLevel.ERROR, logCreator })
    .consumer({ groupId: "taken", maxWaitTimeInMs: patientMs });
  const crashed = new Promise<Error>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
  });
  await consumer.connect();
  await consumer.subscribe({ topic: taken });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.run({ eachMessage: async () => {} });
  await joined;
  const waiting = wire
    .ask(fetch, 17, { sessionEpoch: 0, maxWaitMs: patientMs, minBytes: 1, topics: [asked(idOf(taken))] })
    .then((answer) => [Date.now(), answer.responses[0]?.partitions[0]?.errorCode] as const);

  const loaded = await takeAway(`input.operation.resource.name == "${taken}"`);

  const [at, code] = await waiting;
  expect(code).toBe(29);
  expect(at - loaded).toBeLessThan(feltMs);
  expect((await told.promise) - loaded).toBeLessThan(feltMs);
  expect(await errorOf(crashed.then((error) => Promise.reject(error)))).toBe("TOPIC_AUTHORIZATION_FAILED");
  wire.close();
  await consumer.disconnect();
});

it("ends Java's consumer with its exception, at its next fetch", async () => {
  await takeAway('input.operation.resource.name == "nothing"');
  const tools = await rig.toolsAs("alice");
  const args = ["--topic", open, "--group", "taken-java", "--from-beginning", "--timeout-ms", "60000"];
  const reading = tools.run("console-consumer", args).then((finished) => ({ ...finished, at: Date.now() }));
  await rig.eventsOnce({ codes: ["operation.allowed"], operation: "topic.read", principal: "alice" }, 1);
  // it has read the one record, and waits for the next
  await rig.eventsOnce({ codes: ["data.read"], principal: "alice" }, 1);
  const loaded = await takeAway(`input.operation.resource.name == "${open}"`);
  const { stderr, at } = await reading;
  expect(stderr).toContain("TopicAuthorizationException");
  // the exception came within a second; the rest is Java's own end
  expect(at - loaded).toBeLessThan(30_000);
});
