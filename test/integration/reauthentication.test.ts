// KIP-368 towards a real broker that wants a new login every three seconds, while clients consume: they notice nothing. A cluster of its own, since a
// broker reads that setting when it starts. The order of the messages is shown in test/unit/pipeline/connection-broker-login.test.ts.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Kafka, startKafka } from "../../src/demo/parts/kafka.ts";
import { freePortRange, loopback } from "../../src/demo/parts/ports.ts";
import { fetch } from "../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { maskedOrder, order, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig } from "../support/rig.ts";
import { deferred, eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";

const lifetimeMs = 3_000;
/** That many logins of a broker connection after its first one. */
const renewals = 4;

let kafka: Kafka;
let rig: Rig;
beforeAll(async () => {
  kafka = await startKafka({ extraProperties: { "connections.max.reauth.ms": String(lifetimeMs) } });
  const nodes = `${loopback}:${await freePortRange(10)}`;
  const listener = { cluster: "main", bind: `${loopback}:0`, nodes, mechanisms: ["plain"], session: `${lifetimeMs}ms` };
  rig = await startRig({ kafka, sections: { listeners: [listener] } });
  const topics = ["orders.renewed", "orders.polled"].map((topic) => ({ topic, numPartitions: 1 }));
  await withAdmin(rig.behind(), (admin) => admin.createTopics({ topics, waitForLeaders: true }));
});
afterAll(async () => {
  await rig?.stop();
  await kafka?.stop();
});

/** Polls an empty topic as a consumer does, each poll waiting at the broker, and logs in again as the gateway wants it. */
async function poll(wire: Wire, untilMs: number): Promise<void> {
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1024 }];
  const request = { maxWaitMs: 250, minBytes: 1, topics: [{ topic: "orders.polled", partitions }] };
  let renewMs = 0;
  while (performance.now() < untilMs) {
    if (performance.now() > renewMs) {
      expect(await wire.login("alice", rig.passwordOf("alice"))).toBe(0);
      renewMs = performance.now() + lifetimeMs / 2;
    }
    const { errorCode, responses } = await wire.ask(fetch, 12, request);
    expect([errorCode, responses[0]?.partitions[0]?.errorCode]).toEqual([0, 0]);
  }
}

it("a broker connection whose login is not renewed is closed by the broker", async () => {
  const wire = await openWire(kafka.sasl[0] ?? "");
  expect(await wire.login("proxy", kafka.users["proxy"] ?? "")).toBe(0);
  const start = performance.now();
  const refused = () =>
    wire.ask(metadata, 12, { topics: [] }).then(
      () => false,
      () => true,
    );
  await eventually(refused, { what: "the end of the connection" });
  expect(performance.now() - start).toBeGreaterThan(lifetimeMs * 0.8);
});

it("the gateway renews its own in time: consumers go on over several lifetimes, on the same connections", async () => {
  // kafkajs logs in again by itself, since the gateway's sessions are as short
  const consumer = rig.kafkajs("alice", { reauthenticationThreshold: lifetimeMs / 3 }).consumer({ groupId: "renewed" });
  const joined = deferred();
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
  const values: unknown[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: ["orders.renewed"], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void values.push(message.value?.toString()) });
  await joined.promise;
  // not before: the first group of a new cluster may come before its coordinator has loaded, which kafkajs calls a crash and tries again
  const troubles: string[] = [];
  consumer.on(consumer.events.CRASH, ({ payload }) => void troubles.push(String(payload.error)));
  consumer.on(consumer.events.REBALANCING, () => void troubles.push("rebalancing"));
  const wire = await openWire(rig.gateway().bootstrap);

  for (let round = 1; round <= renewals; round++) {
    await poll(wire, performance.now() + lifetimeMs);
    const messages = [{ value: order(round) }];
    await withProducer(rig.behind(), (producer) => producer.send({ topic: "orders.renewed", messages }));
    await eventually(() => values.length === round);
  }

  expect(values).toEqual(Array.from({ length: renewals }, (_, index) => maskedOrder(index + 1)));
  expect(troubles).toEqual([]);
  expect(await rig.events({ codes: ["session.aborted", "broker.lost"] })).toEqual([]);
  wire.close();
  await consumer.disconnect();
});
