// What happens when things break: the audit folder, the bytes that come in, the gateway itself. Brokers that go away are in brokers.test.ts,
// Redis in approval.test.ts.
import { randomBytes } from "node:crypto";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../src/base/limits.ts";
import { deleteTopics } from "../../src/protocols/kafka/messages/delete-topics.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { errorOf, orders, readValues, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig, succeeded } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";

let rig: Rig;
const topic = "orders.failures";

beforeAll(async () => {
  rig = await startRig({ withoutPolicies: ["approvals.rego", "approvals_test.rego"] });
  await createTopic(topic);
});
afterAll(() => rig?.stop());

async function createTopic(name: string): Promise<void> {
  await withAdmin(rig.behind(), (admin) => admin.createTopics({ topics: [{ topic: name }], waitForLeaders: true }));
}

const write = (count: number, from = 0) =>
  withProducer(rig.kafkajs("service"), (producer) => producer.send({ topic, messages: orders(from, count) }));

const topicsAtBroker = () => withAdmin(rig.behind(), (admin) => admin.listTopics());

async function loggedIn(person: "carol" | "service" | "alice", address = rig.gateway().bootstrap): Promise<Wire> {
  const wire = await openWire(address);
  expect(await wire.login(person, rig.passwordOf(person))).toBe(0);
  return wire;
}

/** Bootstrap, every node, control. */
async function everyPort(): Promise<string[]> {
  const { brokers } = await withAdmin(rig.kafkajs("alice"), (admin) => admin.describeCluster());
  const nodes = brokers.map(({ host, port }) => `${host}:${port}`);
  return [rig.gateway().bootstrap, ...nodes, rig.gateway().ready.control ?? ""];
}

async function health(): Promise<number> {
  return (await fetch(`http://${rig.gateway().ready.control}/health/ready`)).status;
}

describe("bytes that are no requests", () => {
  it("on any port end their own connection, crash nothing, and nothing of them is forwarded", async () => {
    const before = await rig.events({ codes: ["operation.*"] });
    const ports = await everyPort();
    const size = (bytes: number) => {
      const prefix = Buffer.alloc(4);
      prefix.writeInt32BE(bytes);
      return prefix;
    };
    const hostile = [
      randomBytes(4_096),
      randomBytes(300_000),
      size(-1),
      size(0),
      size(2_147_483_647),
      size(limits.unauthenticatedFrameBytesMax + 1),
      Buffer.concat([size(64), randomBytes(64)]),
      Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
      Buffer.from("160301020001000001fc0303", "hex"), // the beginning of a TLS handshake
    ];
    for (const address of ports) {
      for (const bytes of hostile) {
        const wire = await openWire(address);
        wire.send(bytes);
        wire.socket.end();
        await wire.closed;
      }
    }
    const started = await rig.events({ codes: ["session.started"] });
    expect(started.length).toBeGreaterThan(hostile.length * 3);
    await rig.eventsOnce({ codes: ["session.aborted"] }, hostile.length);
    expect((await rig.events({ codes: ["operation.*"] })).filter(({ principal }) => principal === null)).toEqual([]);
    expect(before.every(({ principal }) => principal !== null)).toBe(true);
    await write(1);
  });

  it("after a login end the connection as well: an oversized frame, a frame of noise", async () => {
    const oversized = await loggedIn("service");
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(limits.requestFrameBytesMax + 1);
    oversized.send(prefix);
    await oversized.closed;
    const noise = await loggedIn("service");
    noise.send(Buffer.concat([Buffer.from([0, 0, 0, 40]), randomBytes(40)]));
    await noise.closed;
    await write(1);
  });

  it("a request before the login is not answered", async () => {
    const wire = await openWire(rig.gateway().bootstrap);
    await expect(wire.ask(metadata, 12, { topics: null })).rejects.toThrow("closed");
  });
});

describe("an audit folder that cannot be written", () => {
  it("refuses every new operation in the API's own form, lets old ones go on, and all is well when it is back", async () => {
    await createTopic("orders.failures-unrecorded");
    const wire = await loggedIn("carol");
    const asked = { topics: [{ name: topic }] };
    await wire.ask(metadata, 12, asked);
    const folder = join(rig.dir, "audit");
    await rename(folder, `${folder}.away`);
    await writeFile(folder, "not a folder");
    try {
      const refused = await wire.ask(deleteTopics, 5, {
        topicNames: ["orders.failures-unrecorded"],
        timeoutMs: 10_000,
      });
      const decidedBefore = await wire.ask(metadata, 12, asked);

      expect(refused.responses[0]?.errorMessage).toContain(
        "The audit log cannot be written, so nothing new may happen",
      );
      expect(await topicsAtBroker()).toContain("orders.failures-unrecorded");
      expect(decidedBefore.topics[0]?.errorCode).toBe(0);
      await eventually(async () => (await health()) === 503);
      expect(await errorOf(write(1))).not.toBe("");
    } finally {
      await rm(folder);
      await rename(`${folder}.away`, folder);
    }
    await eventually(async () => (await write(1)).length === 1, { deadlineMs: 30_000 });
    await eventually(async () => (await health()) === 200);
    wire.close();
  });
});

describe("the gateway", () => {
  it("told to stop, finishes what is in flight, refuses new connections, ends with 0 and leaves a log that is whole", async () => {
    const consumer = rig.kafkajs("alice").consumer({ groupId: "drained" });
    await consumer.connect();
    const wire = await loggedIn("service");
    const inFlight = wire.ask(metadata, 12, { topics: null });

    const ended = rig.gateway().stop();

    expect((await inFlight).brokers).toHaveLength(2);
    await wire.closed;
    expect(await ended).toBe(0);
    await consumer.disconnect().catch(() => {});
    await expect(openWire(rig.gateway().bootstrap)).rejects.toThrow("ECONNREFUSED");
    expect(succeeded(await rig.lockkeeper(["audit", "verify"])).stdout).toContain("0 recorded since");
    expect((await rig.events({ codes: ["gateway.stopped"] })).length).toBe(1);
    await rig.restart();
  });

  it("killed in the middle of its work, has recorded all that took effect, and its log verifies after a new start", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `orders.failures-killed-${index}`);
    await withAdmin(rig.behind(), (admin) =>
      admin.createTopics({ topics: names.map((name) => ({ topic: name })), waitForLeaders: true }),
    );
    const wire = await loggedIn("carol");
    const answers = names.map((name) =>
      wire.ask(deleteTopics, 5, { topicNames: [name], timeoutMs: 10_000 }).then(
        () => name,
        () => null,
      ),
    );
    const first = await Promise.race(answers);

    rig.gateway().signal("SIGKILL");
    await rig.gateway().ended;
    await Promise.all(answers);
    await rig.restart();

    expect(first).toBe(names[0]);
    const left = new Set(await topicsAtBroker());
    const gone = names.filter((name) => !left.has(name));
    expect(gone).toContain(names[0]);
    const recorded = new Set(
      (await rig.events({ codes: ["operation.allowed"], operation: "topic.delete" })).map(
        ({ resource }) => resource?.name,
      ),
    );
    expect(gone.filter((name) => !recorded.has(name))).toEqual([]);
    expect(succeeded(await rig.lockkeeper(["audit", "verify"])).stdout).toContain("every hash and signature is right");
    await write(1);
  });
});

describe("secrets", () => {
  it("are in no log, no audit event, no recording and no client's error", async () => {
    const wrong = await openWire(rig.gateway().bootstrap);
    expect(await wrong.login("carol", "a-wrong-password-of-carol")).not.toBe(0);
    await readValues(rig.kafkajs("alice"), { topics: [topic], groupId: "secrets", count: 1 });
    await rig.eventsOnce({ codes: ["session.authentication-failed"] });
    const sessions = succeeded(await rig.lockkeeper(["sessions", "list", "--json"]))
      .stdout.trim()
      .split("\n");
    const replayed: string[] = [];
    for (const line of sessions.slice(-3)) {
      const { id }: { id: string } = JSON.parse(line);
      replayed.push(succeeded(await rig.lockkeeper(["sessions", "replay", id])).stdout);
    }
    expect(replayed.join("")).not.toBe("");

    const texts = new Map([
      ["what was printed", rig.printed()],
      ["replays", replayed.join("\n")],
    ]);
    for (const entry of await readdir(rig.dir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) texts.set(path, await readFile(path, "latin1"));
    }
    const found = [...rig.secrets, "a-wrong-password-of-carol"].flatMap((secret) =>
      [...texts].filter(([, text]) => text.includes(secret)).map(([where]) => `${secret} in ${where}`),
    );
    expect(found).toEqual([]);
  });
});
