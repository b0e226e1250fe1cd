// `serve --workers 2` before a real broker: both workers serve, one that is killed is missed by nobody and comes back, what either recorded is found as
// if there were one log, and an end is the end of all.
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { logPlaces, readAllEvents } from "../../src/audit/logs.ts";
import type { EventFilter } from "../../src/audit/query.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { order, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig, succeeded } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";

const topic = "orders.workers";
const connectionsMax = 40;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    withoutPolicies: ["approvals.rego", "approvals_test.rego"],
    sections: { gateway: { name: "edge", workers: 2 }, limits: { connections: connectionsMax } },
  });
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }),
  );
});
afterAll(() => rig?.stop());

interface WorkerHealth {
  readonly worker: number;
  readonly pid: number | null;
  readonly state: string;
  readonly restarts: number;
  readonly sessions?: number;
}

async function health(): Promise<{ ready: boolean; sessions: number; workers: readonly WorkerHealth[] }> {
  const answer = await fetch(`http://${rig.gateway().ready.control}/health/ready`);
  return (await answer.json()) as Awaited<ReturnType<typeof health>>;
}

async function eventsOf(filter: EventFilter) {
  return await Array.fromAsync(readAllEvents(await logPlaces(`${rig.dir}/audit`), filter));
}

const opened: Wire[] = [];
afterEach(() => {
  for (const wire of opened.splice(0)) wire.close();
});

async function login(): Promise<Wire> {
  const wire = await openWire(rig.gateway().bootstrap);
  opened.push(wire);
  expect(await wire.login("alice", rig.passwordOf("alice"))).toBe(0);
  return wire;
}

/**
 * Until each worker has some: a connection goes to the worker that has the fewest, as far as the primary knows, and what closed in the last moment it
 * does not know.
 */
async function everywhere(): Promise<Wire[]> {
  await eventually(async () => (await health()).sessions === 0, { what: "the end of the sessions before" });
  const wires = [await login(), await login(), await login(), await login()];
  let { workers, sessions } = await health();
  while (workers.some((each) => each.sessions === 0) && wires.length < 20) {
    wires.push(await login());
    ({ workers, sessions } = await health());
  }
  expect(workers.map((each) => each.sessions)).not.toContain(0);
  expect(sessions).toBe(wires.length);
  return wires;
}

async function readOnce(name: string): Promise<void> {
  const consumer = rig.kafkajs("alice", { clientId: name }).consumer({ groupId: name });
  const seen = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachMessage: async () => seen.resolve() });
  await seen.promise;
  await consumer.disconnect();
}

it("serves by both workers, and what each read is found by one look-up", async () => {
  const wires = await everywhere();
  for (const wire of wires) wire.close();
  await withProducer(rig.kafkajs("service"), (producer) =>
    producer.send({ topic, messages: [{ partition: 0, value: order(1) }] }),
  );
  // who is given the connection that reads is chance, among workers that have equally many
  const names: string[] = [];
  const logs = new Set<string>();
  while (logs.size < 2 && names.length < 15) {
    const name = `reader-${names.length}`;
    names.push(name);
    await readOnce(name);
    const reads = await eventually(
      async () => {
        const all = await eventsOf({ codes: ["data.read"], resource: topic });
        return all.some(({ clientId }) => clientId === name) && all;
      },
      { what: `what ${name} read` },
    );
    for (const { log } of reads) logs.add(log);
  }
  expect(logs).toEqual(new Set(["worker-1", "worker-2"]));

  const who = succeeded(
    await rig.lockkeeper(["audit", "who", "--topic", topic, "--partition", "0", "--offset", "0"]),
  ).stdout;
  for (const name of names) expect(who).toContain(name);
  const listed = succeeded(await rig.lockkeeper(["audit", "list", "--code", "data.read"])).stdout;
  expect(listed).toMatch(/worker-1\/\d+ /);
  expect(listed).toMatch(/worker-2\/\d+ /);
  const place = /worker-2\/\d+/.exec(listed)?.[0] ?? "";
  expect(succeeded(await rig.lockkeeper(["audit", "prove", place])).stdout).toContain("edge.worker-2");
});

it("shows one gateway to who looks at its metrics", async () => {
  const page = await (await fetch(`http://${rig.gateway().ready.control}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(page)?.[1]);
  const { workers } = await health();
  expect(value('lockkeeper_workers{state="serving"}')).toBe(2);
  expect(value("lockkeeper_ready")).toBe(1);
  expect(value('lockkeeper_build_info{version="0.1.0"}')).toBe(1);
  const all = (await eventsOf({ codes: ["session.started"] })).length;
  expect(value('lockkeeper_audit_events_total{code="session.started"}')).toBe(all);
  expect(workers).toHaveLength(2);
});

async function lateIsClosed(): Promise<boolean> {
  const late = await openWire(rig.gateway().bootstrap);
  const closed = await late.login("alice", rig.passwordOf("alice")).then(
    () => false,
    () => true,
  );
  late.close();
  return closed;
}

it("does not multiply the limit on connections", async () => {
  const sockets = Array.from({ length: connectionsMax + 20 }, () => {
    const socket = connect({ host: "127.0.0.1", port: Number(rig.gateway().bootstrap.split(":")[1]) });
    return socket.on("error", () => {}).resume();
  });
  try {
    await eventually(async () => (await health()).sessions >= connectionsMax, { what: "as many as may be" });
    // what comes within the moment in which the workers do not know of each other may be too much
    await eventually(lateIsClosed, { what: "no room for one more" });
    expect((await health()).sessions).toBeLessThan(2 * connectionsMax);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  await eventually(async () => (await health()).sessions === 0, { what: "the end of all" });
});

it("goes on when a worker is killed, starts it again, and the logs say so and are whole", {
  timeout: 120_000,
}, async () => {
  const wires = await everywhere();
  const victim = (await health()).workers[1];
  process.kill(victim?.pid ?? 0, "SIGKILL");
  await eventually(async () => (await health()).workers[1]?.pid !== victim?.pid, { what: "its end" });
  const asked = await Promise.allSettled(wires.map((wire) => wire.ask(metadata, 12, { topics: [] })));
  // those of the other worker; the broken ones come again and find it
  expect(asked.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
  const again = await login();
  expect((await again.ask(metadata, 12, { topics: [] })).brokers.length).toBeGreaterThan(0);
  const { workers, ready } = await eventually(
    async () => {
      const now = await health();
      return now.workers[1]?.state === "serving" && now.ready && now;
    },
    { deadlineMs: 60_000, what: "the second worker again" },
  );
  expect(ready).toBe(true);
  expect(workers[1]).toMatchObject({ worker: 2, restarts: 1 });
  expect(rig.gateway().logText()).toContain("a worker died; it is started again");
  for (const wire of wires) wire.close();
  again.close();

  for (const wire of await everywhere()) wire.close();
  expect((await eventsOf({ codes: ["log.gap"] })).map(({ log }) => log)).toEqual(["worker-2"]);
  const whole = succeeded(await rig.lockkeeper(["audit", "verify"])).stdout;
  expect(whole.match(/whole: every hash and signature is right/g)).toHaveLength(2);
  expect(succeeded(await rig.lockkeeper(["sessions", "verify"])).stdout).not.toContain("damaged");
});

it("drains and ends as a whole on SIGTERM; its ports are free", async () => {
  const wire = await login();
  const { workers } = await health();
  const port = Number(rig.gateway().bootstrap.split(":")[1]);
  rig.gateway().signal("SIGTERM");
  expect(await rig.gateway().ended).toBe(0);
  wire.close();
  for (const { pid } of workers) expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH");
  const refused = await new Promise((resolve) => {
    connect({ host: "127.0.0.1", port })
      .once("error", ({ message }) => resolve(message))
      .once("connect", resolve);
  });
  expect(String(refused)).toContain("ECONNREFUSED");
  expect((await eventsOf({ codes: ["gateway.stopped"] })).map(({ log }) => log).toSorted()).toEqual([
    "worker-1",
    "worker-2",
  ]);
});

it("ends in order when the primary is killed, and the next start finds no gap", { timeout: 120_000 }, async () => {
  await rig.restart();
  const wires = await everywhere();
  const { workers } = await health();
  rig.gateway().signal("SIGKILL");
  await rig.gateway().ended;
  await eventually(
    () =>
      workers.every(({ pid }) => {
        try {
          process.kill(pid ?? 0, 0);
          return false;
        } catch {
          return true;
        }
      }),
    { deadlineMs: 30_000, what: "the end of both workers" },
  );
  for (const wire of wires) wire.close();
  const stopped = await eventsOf({ codes: ["gateway.stopped"] });
  expect(stopped.map(({ log }) => log).toSorted()).toEqual(["worker-1", "worker-1", "worker-2", "worker-2"]);
  await rig.restart();
  expect(await eventsOf({ codes: ["log.gap"] })).toHaveLength(1);
  expect(succeeded(await rig.lockkeeper(["audit", "verify"])).stdout).toContain("whole");
});
