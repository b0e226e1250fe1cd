// Who asks too much, or takes nothing, is the one that waits: the others' requests go on at half of their rate (0.3 of it beside a slow policy), measured
// in the same run; memory stays bounded; and the operational log says who is waited for. A real `serve` before a stand-in of a broker that answers as fast as sockets go.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fetch as fetchApi } from "../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { topicId, topicName } from "../bench/wire/shapes.ts";
import { requestFrame } from "../support/frames.ts";
import { type Gateway, startGateway, testConfig } from "../support/gateway.ts";
import { rssMiB } from "../support/load.ts";
import { eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";

const MiB = 1 << 20;
const waitingMiB = 24;
const keptRatio = 0.5;
/** Each slow decision stops the event loop while it lasts: a quarter of the time, and what that costs clients that ask one after the other. */
const keptBySlowPolicy = 0.3;
const measureMs = 1_500;

/** Who is called slow makes the policy count for a while on each question. */
const policy = `package lockkeeper

allow if "bench" in input.principal.groups

deny contains "never" if {
	input.principal.name == "slow"
	all := numbers.range(1, 250)
	count([1 | some a in all; some b in all; a * b == -1]) > 0
}
`;

let dir: string;
let broker: ChildProcess;
let gateway: Gateway;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "lockkeeper-overload-"));
  await mkdir(join(dir, "policies"));
  await writeFile(join(dir, "policies", "overload.rego"), policy);
  broker = fork(join(import.meta.dirname, "..", "bench", "wire", "broker.ts"), ["4", String(MiB)], { execArgv: [] });
  const [{ port }] = (await once(broker, "message")) as [{ port: number }];
  const bootstrap = [`127.0.0.1:${port}`];
  const configText = await testConfig({
    bootstrap,
    username: "proxy",
    policyDirectory: join(dir, "policies"),
    users: ["good", "slow"].map((name) => ({ name, groups: ["bench"] })),
    sections: {
      clusters: { main: { bootstrap, login: { mechanism: "none" } } },
      limits: { waitingBytes: waitingMiB * MiB },
    },
  });
  const env = { GOOD_PASSWORD: "good", SLOW_PASSWORD: "slow" };
  gateway = await startGateway({ configText, env });
});
afterAll(async () => {
  await gateway?.stop();
  broker?.kill();
  await rm(dir, { recursive: true, force: true });
});

async function login(name: string): Promise<Wire> {
  const wire = await openWire(gateway.bootstrap);
  expect(await wire.login(name, name)).toBe(0);
  return wire;
}

/** Requests a second of four well-behaved clients. */
async function rate(wires: readonly Wire[]): Promise<number> {
  const end = performance.now() + measureMs;
  const counts = await Promise.all(
    wires.map(async (wire) => {
      let count = 0;
      for (; performance.now() < end; count++) await wire.ask(metadata, 12, { topics: [{ name: topicName }] });
      return count;
    }),
  );
  return (counts.reduce((sum, count) => sum + count, 0) / measureMs) * 1_000;
}

const everybody = async () => [await login("good"), await login("good"), await login("good"), await login("good")];
const closeAll = (wires: readonly Wire[]) => {
  for (const wire of wires) wire.close();
};

it("serves the others while sixty clients fetch and do not read", async () => {
  const good = await everybody();
  await rate(good);
  const before = await rate(good);
  const rss = rssMiB(gateway.pid);
  const greedy: Wire[] = [];
  const partitions = [0, 1, 2, 3].map((partition) => ({ partition, fetchOffset: 0n, partitionMaxBytes: MiB }));
  const frame = requestFrame(fetchApi, 17, { maxWaitMs: 500, minBytes: 1, topics: [{ topicId, partitions }] });
  for (let count = 0; count < 60; count++) {
    const wire = await login("good");
    greedy.push(wire);
    wire.socket.pause();
    for (let times = 0; times < 20; times++) wire.send(frame);
  }
  await eventually(() => gateway.logText().includes("a client does not read its answers"), { what: "why they wait" });
  expect(await rate(good)).toBeGreaterThan(before * keptRatio);
  // 4.7 GiB were asked for
  expect(rssMiB(gateway.pid) - rss).toBeLessThan(waitingMiB + 150);
  closeAll([...good, ...greedy]);
});

it("ends the largest when unfinished requests of all together hold too much, and nobody else", async () => {
  const good = await everybody();
  const hoarders: Wire[] = [];
  for (let count = 0; count < 8; count++) {
    const wire = await login("good");
    hoarders.push(wire);
    const head = Buffer.alloc(4);
    head.writeInt32BE(50 * MiB);
    wire.send(Buffer.concat([head, Buffer.alloc(6 * MiB)]));
  }
  await eventually(() => gateway.logText().includes("(limits.waitingBytes)"), { what: "the bound" });
  await Promise.race(hoarders.map(({ closed }) => closed));
  for (const wire of good) expect((await wire.ask(metadata, 12, { topics: [] })).brokers.length).toBe(1);
  closeAll([...good, ...hoarders]);
});

it("serves the others while the policy is slow for three clients that ask without end", async () => {
  const good = await everybody();
  await rate(good);
  const before = await rate(good);
  const slow = [await login("slow"), await login("slow"), await login("slow")];
  const asking = new AbortController();
  const asked = slow.map(async (wire, at) => {
    let count = 0;
    for (; !asking.signal.aborted; count++) await wire.ask(metadata, 12, { topics: [{ name: `slow-${at}-${count}` }] });
    return count;
  });
  const rss = rssMiB(gateway.pid);
  const during = await rate(good);
  await eventually(() => gateway.logText().includes("the policy takes long"), { what: "why they wait" });
  asking.abort();
  const counts = await Promise.all(asked);
  expect(during).toBeGreaterThan(before * keptBySlowPolicy);
  for (const count of counts) expect(count).toBeGreaterThan(0);
  expect(rssMiB(gateway.pid) - rss).toBeLessThan(100);
  closeAll([...good, ...slow]);
});
