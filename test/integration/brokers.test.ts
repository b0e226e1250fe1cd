// Three brokers behind one gateway: each has a port of its own there, clients find all of them and learn no other address; a broker that
// stands still holds up who asked it and nobody else; one that goes away closes its connections, and they come back with it. A cluster of its
// own, since this one is broken on purpose.
import { afterAll, beforeAll, expect, it } from "vitest";
import { limits } from "../../src/base/limits.ts";
import { type Kafka, startKafka } from "../../src/demo/parts/kafka.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { produce } from "../../src/protocols/kafka/messages/produce.ts";
import { requestFrame } from "../support/frames.ts";
import { maskedOrder, orders, readValues, withAdmin, withProducer } from "../support/kafkajs.ts";
import { keepBusy, produceOf, produceOne, rssMiB } from "../support/load.ts";
import { leakedPorts, type Rig, startRig } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";

const parts = new AsyncDisposableStack();
let kafka: Kafka;
let rig: Rig;
const topic = "orders.three";
const busyTopic = "orders.busy";
const nodes = [1, 2, 3];
const MiB = 1 << 20;

beforeAll(async () => {
  kafka = await startKafka({ brokers: 3, heapMb: 200 });
  parts.defer(() => kafka.stop());
  rig = await startRig({ kafka, withoutPolicies: ["approvals.rego", "approvals_test.rego"] });
  parts.defer(() => rig.stop());
  const replicaAssignment = nodes.map((node) => ({ partition: node - 1, replicas: [node] }));
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({
      topics: [topic, busyTopic].map((name) => ({ topic: name, replicaAssignment })),
      waitForLeaders: true,
    }),
  );
});
afterAll(() => parts.disposeAsync());

/** Where the gateway says that each node is. */
async function nodeAddresses(): Promise<Map<number, string>> {
  const { brokers } = await withAdmin(rig.kafkajs("alice"), (admin) => admin.describeCluster());
  return new Map(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]));
}

async function loggedIn(address: string): Promise<Wire> {
  const wire = await openWire(address);
  expect(await wire.login("service", rig.passwordOf("service"))).toBe(0);
  return wire;
}

it("tells clients three ports in a row, all of which are the gateway's and reach their broker", async () => {
  const addresses = await nodeAddresses();
  const ports = nodes.map((node) => Number(addresses.get(node)?.split(":")[1]));
  expect(ports).toEqual([ports[0], (ports[0] ?? 0) + 1, (ports[0] ?? 0) + 2]);
  for (const address of addresses.values()) {
    const wire = await loggedIn(address);
    const answer = await wire.ask(metadata, 12, { topics: null });
    expect(answer.brokers).toHaveLength(3);
    expect(leakedPorts(rig, JSON.stringify(answer.brokers))).toEqual([]);
    wire.close();
  }
});

it("lets clients write to and read from leaders on three nodes", async () => {
  await withProducer(rig.kafkajs("service"), (producer) =>
    producer.send({ topic, messages: orders(0, 6).map((message, index) => ({ ...message, partition: index % 3 })) }),
  );
  const read = await readValues(rig.kafkajs("alice"), { topics: [topic], groupId: "three", count: 6 });
  expect(read.toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((id) => maskedOrder(id)));
  const written = await rig.eventsOnce({ codes: ["data.written"], principal: "service" }, 3);
  expect(new Set(written.flatMap(({ ranges }) => ranges.map((range) => range["partition"])))).toEqual(
    new Set([0, 1, 2]),
  );
});

it("shows each broker's configuration and the cluster without any broker's own address", async () => {
  const tools = await rig.toolsAs("carol");
  const shown = await Promise.all([
    tools.run("configs", ["--describe", "--all", "--entity-type", "brokers", "--entity-name", "2"]),
    tools.run("topics", ["--describe", "--topic", topic]),
    tools.run("log-dirs", ["--describe"]),
  ]);
  expect(shown.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(leakedPorts(rig, shown.map(({ stdout, stderr }) => stdout + stderr).join("\n"))).toEqual([]);
});

it("keeps the others at their rate while a broker stands still, says who waits for it and why, and gives every answer in order once it goes on", async () => {
  const addresses = await nodeAddresses();
  const at = (node: number) => loggedIn(addresses.get(node) ?? "");
  const value = Buffer.alloc(1_000, "x");
  const others = await Promise.all([at(1), at(1), at(2), at(2)]);
  const load = keepBusy(others, (wire, index) => produceOne(wire, busyTopic, index < 2 ? 0 : 1, value));
  const [waiting, leaving] = [await at(3), await at(3)];
  const flooding = await Promise.all([at(3), at(3), at(3), at(3)]);
  await load.rate();
  const before = await load.rate();
  const rss = rssMiB(rig.gateway().pid);
  const frames = 40;
  const flood = requestFrame(produce, 9, produceOf(busyTopic, 2, Buffer.alloc(MiB - 1_000, "y")));

  process.kill(kafka.pid(3), "SIGSTOP");
  try {
    // what the gateway refuses by itself has its place among them
    for (let correlation = 0; correlation < 20; correlation++) {
      const name = correlation % 4 === 3 ? "forbidden" : busyTopic;
      waiting.send(requestFrame(produce, 9, produceOf(name, 2, value), { correlation }));
    }
    leaving.send(requestFrame(metadata, 12, { topics: null }));
    for (const wire of flooding) for (let sent = 0; sent < frames; sent++) wire.send(flood);
    const late = await openWire(addresses.get(3) ?? "");
    const lateLogin = late.login("service", rig.passwordOf("service"));
    lateLogin.catch(() => {});
    await rig.logged("a broker does not take what is written to it");

    expect(await load.rate()).toBeGreaterThan(before * 0.25); // who had to wait for the other would do nothing; the machine alone halves a rate now and then
    expect(rssMiB(rig.gateway().pid) - rss).toBeLessThan(
      (flooding.length * 3 * limits.connectionBufferBytesMax) / MiB + 32,
    );
    expect(flooding.every(({ socket }) => socket.writableLength > 0)).toBe(true);
    leaving.close();
    await rig.logged("a broker has not answered yet");
    await expect(lateLogin).rejects.toThrow("closed");
    expect(rig.gateway().logText()).toContain("no answer in time");
    expect(waiting.unasked).toEqual([]);
  } finally {
    process.kill(kafka.pid(3), "SIGCONT");
  }

  await eventually(() => waiting.unasked.length === 20, { deadlineMs: 30_000, what: "every answer" });
  expect(waiting.unasked.map((frame) => frame.readInt32BE(4))).toEqual(Array.from({ length: 20 }, (_, id) => id));
  await eventually(() => flooding.every(({ unasked }) => unasked.length === frames), {
    deadlineMs: 60_000,
    what: "every answer to those that wrote without end",
  });
  await load.stop();
  for (const wire of [waiting, ...flooding, ...others]) wire.close();
});

it("closes the connections of a broker that is killed, keeps the others, and serves it again when it is back", async () => {
  const addresses = await nodeAddresses();
  const [first, third] = [await loggedIn(addresses.get(2) ?? ""), await loggedIn(addresses.get(3) ?? "")];

  await kafka.kill(3);

  await third.closed;
  await rig.eventsOnce({ codes: ["broker.lost"], principal: "service" });
  expect((await first.ask(metadata, 12, { topics: null })).clusterId).toBe(kafka.clusterId);
  const refused = await openWire(addresses.get(3) ?? "");
  await expect(refused.login("service", rig.passwordOf("service"))).rejects.toThrow("closed");

  await kafka.start(3);

  await eventually(async () => (await loggedIn(addresses.get(3) ?? "")).close() === undefined, { deadlineMs: 30_000 });
  await eventually(
    () =>
      withProducer(rig.kafkajs("service"), async (producer) => {
        const [written] = await producer.send({
          topic,
          messages: orders(6, 1).map((message) => ({ ...message, partition: 2 })),
        });
        return written?.partition === 2 && written.errorCode === 0;
      }),
    { deadlineMs: 30_000 },
  );
  first.close();
});

it("closes every connection when the whole cluster is stopped, and works again when it is back", async () => {
  const addresses = await nodeAddresses();
  const wires = await Promise.all([...addresses.values()].map(loggedIn));

  await Promise.all(nodes.map((node) => kafka.kill(node)));

  await Promise.all(wires.map((wire) => wire.closed));
  const refused = await openWire(rig.gateway().bootstrap);
  await expect(refused.login("service", rig.passwordOf("service"))).rejects.toThrow("closed");

  await Promise.all(nodes.map((node) => kafka.start(node)));

  const read = await eventually(
    () => readValues(rig.kafkajs("alice"), { topics: [topic], groupId: "back", count: 7 }),
    { deadlineMs: 60_000 },
  );
  expect(read.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6].map((id) => maskedOrder(id)));
});
