// `npm run bench:fetch-sessions`: what a consumer's steady state costs with fetch sessions (KIP-227) and without, at the broker and through the
// gateway: 1,000 fetches with nothing new, over topics of which every fifth is denied. Wall clock, processor of gateway and broker, bytes.
//
//   npm run bench:fetch-sessions -- [--fetches N] [--partitions 10,100,1000]
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Kafka, startKafka } from "../../src/demo/parts/kafka.ts";
import { createTopics } from "../../src/protocols/kafka/messages/create-topics.ts";
import { type FetchRequest, fetch } from "../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import type { Init } from "../../src/protocols/kafka/schema.ts";
import { type Gateway, startGateway, testConfig } from "../support/gateway.ts";
import { eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";
import { cpuSeconds } from "./cpu.ts";

const { values: options } = parseArgs({
  options: {
    fetches: { type: "string", default: "1000" },
    partitions: { type: "string", default: "10,100,1000" },
  },
});
const fetches = Number(options.fetches);
const topicCount = 10;
const password = "bench-password";
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const topicNames = (partitions: number) =>
  Array.from({ length: topicCount }, (_, index) => `p${partitions}-${index % 5 === 4 ? "denied" : "open"}-${index}`);

async function createAll(kafka: Kafka, partitions: number): Promise<void> {
  const wire = await openWire(kafka.bootstrap[0] ?? "");
  const topics = topicNames(partitions).map((name) => ({
    name,
    numPartitions: partitions / topicCount,
    replicationFactor: 1,
  }));
  await wire.ask(createTopics, 7, { topics, timeoutMs: 30_000 });
  await eventually(async () => (await idsOf(wire, partitions)).size === topicCount, { deadlineMs: 60_000 });
  wire.close();
}

async function idsOf(wire: Wire, partitions: number): Promise<Map<string, string>> {
  const { topics } = await wire.ask(metadata, 12, { topics: topicNames(partitions).map((name) => ({ name })) });
  const ready = topics.filter((topic) => topic.errorCode === 0 && topic.partitions.every((it) => it.leaderId >= 0));
  return new Map(ready.map(({ topicId, name }) => [name ?? "", topicId]));
}

interface Cost {
  readonly wallMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly gatewayMs: number | null;
  readonly brokerMs: number;
  readonly kept: boolean;
}

/** A consumer as Java's is: asks for a session and uses it where it gets one, unless `session` is false. */
async function consume(wire: Wire, ids: Map<string, string>, partitions: number, session: boolean): Promise<boolean> {
  const each = Array.from({ length: partitions / topicCount }, (_, partition) => ({
    partition,
    fetchOffset: 0n,
    partitionMaxBytes: 1_048_576,
  }));
  const all = [...ids.values()].map((topicId) => ({ topicId, partitions: each }));
  const ask = (more: Init<FetchRequest>) =>
    wire.ask(fetch, 17, { maxWaitMs: 0, minBytes: 0, maxBytes: 52_428_800, isolationLevel: 0, ...more });
  let { sessionId } = await ask({ sessionEpoch: session ? 0 : -1, topics: all });
  const first = sessionId;
  for (let epoch = 1; epoch < fetches; epoch++) {
    const answer = await ask(
      sessionId === 0
        ? { sessionEpoch: session ? 0 : -1, topics: all }
        : { sessionId, sessionEpoch: epoch, topics: [] },
    );
    if (answer.errorCode !== 0) throw new Error(`Fetch failed with ${answer.errorCode}`);
    sessionId = answer.sessionId;
  }
  return first !== 0 && sessionId === first;
}

interface Door {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly password: string;
  readonly gateway?: Gateway;
}

async function measure(
  door: Door,
  kafka: Kafka,
  ids: Map<string, string>,
  partitions: number,
  session: boolean,
): Promise<Cost> {
  const wire = await openWire(door.address);
  if ((await wire.login(door.user, door.password)) !== 0) throw new Error(`no login at ${door.name}`);
  // warms up what is compiled as it runs, and teaches the gateway the topics' names
  await consume(wire, ids, partitions, session);
  const before = [door.gateway ? cpuSeconds(door.gateway.pid) : 0, cpuSeconds(kafka.pid(1))] as const;
  const [bytesIn, bytesOut, started] = [wire.socket.bytesRead, wire.socket.bytesWritten, performance.now()];
  const kept = await consume(wire, ids, partitions, session);
  const wallMs = performance.now() - started;
  const gatewayMs = door.gateway ? (cpuSeconds(door.gateway.pid) - before[0]) * 1000 : null;
  const cost = {
    wallMs,
    gatewayMs,
    brokerMs: (cpuSeconds(kafka.pid(1)) - before[1]) * 1000,
    bytesIn: wire.socket.bytesRead - bytesIn,
    bytesOut: wire.socket.bytesWritten - bytesOut,
    kept,
  };
  wire.close();
  return cost;
}

async function openGateway(kafka: Kafka, dir: string): Promise<Gateway> {
  const policyDirectory = join(dir, "policies");
  await mkdir(policyDirectory);
  await writeFile(
    join(policyDirectory, "bench.rego"),
    'package lockkeeper\n\nallow if true\n\ndeny contains "closed" if contains(input.operation.resource.name, "-denied-")\n',
  );
  const users = [{ name: "bench", groups: [] }];
  const configText = await testConfig({ bootstrap: kafka.sasl, username: "proxy", policyDirectory, users });
  return await startGateway({
    configText,
    env: { KAFKA_PASSWORD: kafka.users["proxy"] ?? "", BENCH_PASSWORD: password },
  });
}

const dir = await mkdtemp(join(tmpdir(), "lockkeeper-bench-"));
const kafka = await startKafka({ brokers: 1 });
try {
  const gateway = await openGateway(kafka, dir);
  const doors: Door[] = [
    { name: "broker", address: kafka.sasl[0] ?? "", user: "admin", password: kafka.users["admin"] ?? "" },
    { name: "gateway", address: gateway.bootstrap, user: "bench", password, gateway },
  ];
  say(
    `${fetches} fetches | partitions | asks for a session | kept | wall ms | gateway CPU ms | broker CPU ms | KiB to and from the client`,
  );
  for (const partitions of options.partitions.split(",").map(Number)) {
    await createAll(kafka, partitions);
    const wire = await openWire(kafka.bootstrap[0] ?? "");
    const ids = await idsOf(wire, partitions);
    wire.close();
    for (const session of [true, false]) {
      for (const door of doors) {
        const cost = await measure(door, kafka, ids, partitions, session);
        const sizes = [cost.bytesOut, cost.bytesIn].map((bytes) => (bytes / 1024).toFixed(0)).join(" / ");
        const cpu = [cost.gatewayMs, cost.brokerMs].map((ms) => ms?.toFixed(0) ?? "–").join(" | ");
        say(`${door.name} | ${partitions} | ${session} | ${cost.kept} | ${cost.wallMs.toFixed(0)} | ${cpu} | ${sizes}`);
      }
    }
  }
  await gateway.stop();
} finally {
  await kafka.stop();
  await rm(dir, { recursive: true, force: true });
}
