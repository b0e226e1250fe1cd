// `npm run soak`: half an hour of clients that come and go, through a gateway with policy, masks, audit and recordings before real brokers. At the end no
// record is lost or doubled (by sequence numbers), memory is flat, every file and socket is closed again, the operational log has no error, and the
// audit log and the recordings are whole. A table a minute; the exit code is the verdict.
//
//   npm run soak -- [--minutes N] [--brokers N] [--workers N]
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Kafka } from "kafkajs";
import { type Kafka as Brokers, startKafka } from "../../src/demo/parts/kafka.ts";
import { run } from "../../src/demo/parts/process.ts";
import { confluentKafka, ensurePython, pythonPackages } from "../support/clients.ts";
import { type Gateway, startGateway, testConfig } from "../support/gateway.ts";
import {
  generations,
  kafkajsConsumer,
  kafkajsProducer,
  librdkafkaConsumer,
  librdkafkaProducer,
  type Place,
  quiet,
} from "./clients.ts";
import { Ledger } from "./ledger.ts";
import { growthOf, type Sample, sample } from "./samples.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    brokers: { type: "string", default: "2" },
    workers: { type: "string", default: "1" },
  },
});
const runMs = Number(options.minutes) * 60_000;
const minuteMs = 60_000;
const topic = "soak";
const partitions = 6;
const [user, password] = ["soak", "soak-password"];
/** What was compiled, cached and pooled by then is not growth. */
const warmUpMs = Math.min(5 * minuteMs, runMs / 3);
const lastReadsMsMax = 120_000;

const policy = `package lockkeeper

allow if "soak" in input.principal.groups

mask contains {"rule": "email", "field": "$.customer.email", "method": "redact"}

mask contains {"rule": "card", "field": "$.customer.card", "method": "redact"}
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function openGateway(brokers: Brokers, dir: string, env: Record<string, string>): Promise<Gateway> {
  const policyDirectory = join(dir, "policies");
  await mkdir(policyDirectory);
  await writeFile(join(policyDirectory, "soak.rego"), policy);
  const configText = await testConfig({
    bootstrap: brokers.sasl,
    username: "proxy",
    policyDirectory,
    users: [{ name: user, groups: ["soak"] }],
    sections: { gateway: { workers: Number(options.workers) }, log: { level: "info" } },
  });
  return await startGateway({ configText, dir, env });
}

async function makeTopic(brokers: Brokers): Promise<void> {
  const admin = new Kafka({ ...quiet, brokers: [...brokers.bootstrap] }).admin();
  await admin.connect();
  // half an hour of records would be gigabytes: who reads is seconds behind
  const configEntries = [
    { name: "retention.bytes", value: String(128 << 20) },
    { name: "segment.bytes", value: String(32 << 20) },
  ];
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }], waitForLeaders: true });
  await admin.disconnect();
}

async function endsOf(brokers: Brokers): Promise<Map<number, number>> {
  const admin = new Kafka({ ...quiet, brokers: [...brokers.bootstrap] }).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
}

/** Producers until the time is over; consumers until they have read what those wrote. */
async function live(place: Place, brokers: Brokers): Promise<void> {
  const packages = await pythonPackages("confluent-kafka", [confluentKafka], () => {});
  const python = await ensurePython();
  const over = Promise.withResolvers<void>();
  const readers: Place = { ...place, until: Number.POSITIVE_INFINITY };
  const done = new AbortController();
  const generationsOf = async (name: string, one: (name: string) => Promise<void>): Promise<void> => {
    for (let round = 0; !done.signal.aborted; round++)
      await generations({ ...readers, until: Date.now() + 1 }, `${name}-${round}`, one);
  };
  const consumers = [0, 1, 2].map((at) =>
    generationsOf(`reader-${at}`, (name) => kafkajsConsumer(readers, "group-kafkajs", name, over.promise)),
  );
  for (const at of [0, 1]) {
    const one = (name: string) => librdkafkaConsumer(readers, packages, "group-rdkafka", name, over.promise);
    consumers.push(generationsOf(`rdreader-${at}`, one));
  }
  await Promise.all([
    ...[0, 1, 2, 3].map((at) => generations(place, `writer-${at}`, (name) => kafkajsProducer(place, at, name))),
    ...[4, 5].map((at) => generations(place, `rdkafka-${at}`, (name) => librdkafkaProducer(place, python, at, name))),
  ]);
  const ends = await endsOf(brokers);
  const late = Date.now() + lastReadsMsMax;
  const groups = ["group-kafkajs", "group-rdkafka"];
  while (!groups.every((group) => place.ledger.complete(group, ends))) {
    if (Date.now() > late) {
      place.ledger.complain(`after ${lastReadsMsMax / 1000} s the groups had not read all that is there`);
      break;
    }
    await sleep(200);
  }
  done.abort();
  over.resolve();
  await Promise.all(consumers);
}

/** A sample a second and a row a minute, until `stop`. */
function watch(gateway: Gateway, ledger: Ledger, clients: () => number) {
  const samples: Sample[] = [];
  const ending = new AbortController();
  say("minute   written      read  again  clients  RSS MiB  heap MiB  files  sockets  sessions");
  const running = (async () => {
    const started = Date.now();
    let told = 0;
    while (!ending.signal.aborted) {
      await sample(gateway.pid, gateway.ready.control ?? "", Date.now() - started).then(
        (one) => samples.push(one),
        (error: unknown) => ledger.complain(`no metrics: ${String(error)}`),
      );
      const last = samples.at(-1);
      if (last && last.atMs >= (told + 1) * minuteMs) row(++told, samples, ledger, clients());
      await sleep(1_000);
    }
  })();
  const stop = async (): Promise<readonly Sample[]> => {
    ending.abort();
    await running;
    return samples;
  };
  return { stop };
}

function row(minute: number, samples: readonly Sample[], ledger: Ledger, clients: number): void {
  const its = samples.filter(({ atMs }) => atMs >= (minute - 1) * minuteMs);
  const least = (of: (one: Sample) => number) => Math.min(...its.map(of)).toFixed(0);
  const most = (of: (one: Sample) => number) => Math.max(...its.map(of)).toFixed(0);
  const [read, again] = [...ledger.groups.values()].reduce(([a, b], one) => [a + one.read, b + one.again], [0, 0]);
  const cells: [string | number | undefined, number][] = [
    [minute, 6],
    [ledger.written, 10],
    [read, 10],
    [again, 7],
    [clients, 9],
    [most(({ rssMiB }) => rssMiB), 9],
    [least(({ heapMiB }) => heapMiB), 10],
    [most(({ files }) => files), 7],
    [most(({ sockets }) => sockets), 9],
    [most(({ sessions }) => sessions), 10],
  ];
  say(cells.map(([cell, width]) => String(cell).padStart(width)).join(""));
}

/** By tenths of what comes after the warm-up: the highest resident memory, the lowest heap. */
function judgeMemory(samples: readonly Sample[], ledger: Ledger): void {
  const warm = samples.filter(({ atMs }) => atMs >= warmUpMs && atMs <= runMs);
  const windowMs = (runMs - warmUpMs) / 10;
  const windows = [...Map.groupBy(warm, ({ atMs }) => Math.floor((atMs - warmUpMs) / windowMs))].map(([at, its]) => ({
    atMs: at * windowMs,
    its,
  }));
  const judged = [
    ["resident memory", 16, (its: readonly Sample[]) => Math.max(...its.map(({ rssMiB }) => rssMiB))],
    ["heap after collection", 8, (its: readonly Sample[]) => Math.min(...its.map(({ heapMiB }) => heapMiB))],
  ] as const;
  for (const [name, slack, of] of judged) {
    const values = windows.map(({ atMs, its }) => ({ atMs, value: of(its) }));
    const { first, last, anHour, grows } = growthOf(values, slack);
    say(`${name}: ${first.toFixed(0)} MiB, then ${last.toFixed(0)} MiB (${anHour.toFixed(1)} MiB an hour)`);
    if (grows) ledger.complain(`${name} grows: from ${first.toFixed(0)} to ${last.toFixed(0)} MiB`);
  }
}

/** Nobody is connected any more: what was opened for clients must be closed. */
async function judgeHandles(gateway: Gateway, before: Sample, ledger: Ledger): Promise<void> {
  const slack = 2; // a journal file that is being changed
  const late = Date.now() + 30_000;
  for (;;) {
    const now = await sample(gateway.pid, gateway.ready.control ?? "", 0);
    const closed = now.sessions === 0 && now.files <= before.files + slack && now.sockets <= before.sockets + slack;
    if (closed || Date.now() > late) {
      const told = `files ${before.files} → ${now.files}, sockets ${before.sockets} → ${now.sockets}`;
      say(`${told}, sessions ${now.sessions}`);
      if (!closed) ledger.complain(`not everything was closed: ${told}, sessions ${now.sessions}`);
      return;
    }
    await sleep(500);
  }
}

function judgeLog(text: string, ledger: Ledger): void {
  const lines = text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { level: number; msg: string; error?: string; reason?: string });
  const serious = Map.groupBy(
    lines.filter(({ level }) => level >= 40),
    ({ level, msg, reason = "" }) => `${level >= 50 ? "error" : "warning"}: ${msg} ${reason}`,
  );
  for (const [what, its] of serious) {
    say(`log: ${its.length} × ${what}`);
    if (what.startsWith("error")) ledger.complain(`the operational log has ${its.length} × ${what}`);
  }
}

async function judgeRecords(dir: string, env: Record<string, string>, ledger: Ledger): Promise<void> {
  const main = join(import.meta.dirname, "..", "..", "src", "main.ts");
  for (const words of [
    ["audit", "verify"],
    ["sessions", "verify"],
  ]) {
    const args = [main, ...words, "--config", join(dir, "lockkeeper.yaml")];
    const { code, stdout, stderr } = await run(process.execPath, args, {
      env: { NODE_OPTIONS: "", ...env },
      timeoutMs: 600_000,
    });
    say(`${words.join(" ")}: ${stdout.trim().split("\n").at(-1) ?? ""}`);
    if (code !== 0) ledger.complain(`${words.join(" ")} ended with ${code}: ${(stdout + stderr).slice(-300)}`);
  }
}

const dir = await mkdtemp(join(tmpdir(), "lockkeeper-soak-"));
const ledger = new Ledger();
const brokers = await startKafka({ brokers: Number(options.brokers) });
const env = { KAFKA_PASSWORD: brokers.users["proxy"] ?? "", SOAK_PASSWORD: password };
try {
  await makeTopic(brokers);
  const gateway = await openGateway(brokers, dir, env);
  const before = await sample(gateway.pid, gateway.ready.control ?? "", 0);
  let clients = 0;
  const place: Place = {
    kafka: (clientId) =>
      new Kafka({
        ...quiet,
        clientId,
        brokers: [gateway.bootstrap],
        sasl: { mechanism: "plain", username: user, password },
      }),
    bootstrap: gateway.bootstrap,
    user,
    password,
    topic,
    ledger,
    until: Date.now() + runMs,
    stays: () => 8_000 + Math.random() * 17_000,
    started: () => void clients++,
  };
  const watched = watch(gateway, ledger, () => clients);
  await live(place, brokers);
  judgeMemory(await watched.stop(), ledger);
  ledger.settle();
  await judgeHandles(gateway, before, ledger);
  const code = await gateway.stop();
  if (code !== 0) ledger.complain(`the gateway ended with ${code}`);
  judgeLog(gateway.logText(), ledger);
  await judgeRecords(dir, env, ledger);
  const read = [...ledger.groups].map(([name, group]) => `${name} read ${group.read} (${group.again} again)`);
  say(`${clients} clients wrote ${ledger.written} records; ${read.join(", ")}`);
} finally {
  await brokers.stop();
  await rm(dir, { recursive: true, force: true });
}
for (const problem of ledger.problems) say(`PROBLEM: ${problem}`);
say(ledger.problems.length === 0 ? "verdict: nothing lost, nothing doubled, nothing left behind" : "verdict: FAILED");
process.exit(ledger.problems.length === 0 ? 0 : 1);
