// `npm run bench:audit`: what the audit trail costs. First the log alone: events a second, bytes an event, what the disk's own sync adds, how
// fast a million events are indexed and asked. Then a gateway before a real broker with recordings none, metadata and masked: bytes of log and
// recordings for each GB of records that passed, and CPU seconds. Printed, and written to last-audit.json.
//
//   npm run bench:audit -- [--events N] [--records N] [--rounds N] [--log-only]
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { realDisk } from "../../src/audit/disk.ts";
import { openEventIndex } from "../../src/audit/event-index.ts";
import { whoTouched } from "../../src/audit/lookups.ts";
import { openAuditLog } from "../../src/audit/open.ts";
import { readEvents } from "../../src/audit/query.ts";
import { readEntries } from "../../src/audit/snapshot.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { startKafka } from "../../src/demo/parts/kafka.ts";
import { kafkaTools, loginProperties } from "../../src/demo/parts/kafka-tools.ts";
import { startGateway, testConfig } from "../support/gateway.ts";
import { eventually } from "../support/wait.ts";
import { eventOf } from "./audit-events.ts";
import { cpuSeconds } from "./cpu.ts";
import { spread } from "./report.ts";
import { payloadLines, recordBytes, runWorkload, workloads } from "./workloads.ts";

const { values: options } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    records: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
    "log-only": { type: "boolean", default: false },
  },
});
const [eventCount, records, rounds] = [Number(options.events), Number(options.records), Number(options.rounds)];
const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const dir = await mkdtemp(join(tmpdir(), "lockkeeper-bench-audit-"));

async function bytesIn(folder: string, skip: readonly string[] = []): Promise<number> {
  let sum = 0;
  for (const each of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (skip.includes(each.name)) continue;
    const path = join(folder, each.name);
    sum += each.isDirectory() ? await bytesIn(path) : (await stat(path)).size;
  }
  return sum;
}

interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function timed(run: () => Promise<void>): Promise<Took> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - wall) / 1000, cpuSeconds: (used.user + used.system) / 1e6 };
}

const shown = (value: number, digits = 1): string => value.toFixed(digits);

async function benchLog(): Promise<Record<string, number>> {
  const directory = join(dir, "audit");
  const log = await openAuditLog({
    directory,
    keyFile: join(dir, "audit.key"),
    clock: systemClock,
    log: silentLog,
    source: { gateway: "bench", version: "0" },
  });
  const recording = await timed(async () => {
    for (let at = 0; at < eventCount; at += 500) {
      await Promise.all(Array.from({ length: Math.min(500, eventCount - at) }, (_, i) => log.record(eventOf(at + i))));
    }
  });
  await log.checkpoint();
  const durable = 2_000;
  const syncing = await timed(async () => {
    for (let i = 0; i < durable; i += 10) {
      const one = (_: unknown, j: number) => log.record(eventOf(eventCount + i + j), { durable: true });
      await Promise.all(Array.from({ length: 10 }, one));
    }
  });
  await log.close();
  const bytes = (await bytesIn(join(directory, "tile"))) / (eventCount + durable);
  say("indexing");
  const indexing = await timed(async () => (await openEventIndex(directory)).close());
  const index = await openEventIndex(directory);
  const looks = 200;
  const looking = await timed(async () => {
    for (let i = 0; i < looks; i++) whoTouched(index, { topic: "orders", partition: i % 64, offset: BigInt(i * 71) });
  });
  const adding = await timed(async () => {
    index.all("SELECT principal, count(*), sum(records) FROM ranges GROUP BY 1 ORDER BY 2 DESC");
  });
  index.close();
  say("verifying");
  const verifying = await timed(async () => {
    const { ok } = await verifyLog(directory);
    if (!ok) throw new Error("the log does not verify");
  });
  const indexBytes = (await bytesIn(join(directory, "index"))) / (eventCount + durable);
  print(`the log alone, ${eventCount} events (2 of 3 offset ranges, 1 of 3 decisions), 500 at a time`);
  print(`  recorded a second                  ${Math.round(eventCount / recording.seconds)}`);
  print(`  CPU microseconds an event          ${shown((recording.cpuSeconds / eventCount) * 1e6)}`);
  print(`  bytes an event, with its hashes    ${Math.round(bytes)}`);
  print(`  durable (fdatasync), 10 at a time  ${Math.round(durable / syncing.seconds)} a second`);
  print(`  verified                           ${shown(verifying.seconds)} s, ${shown(verifying.cpuSeconds)} s of CPU`);
  print(
    `  index made                         ${shown(indexing.seconds)} s, ${shown(indexing.cpuSeconds)} s of CPU, ${Math.round(indexBytes)} bytes an event`,
  );
  print(`  who read an offset                 ${shown((looking.seconds / looks) * 1000, 2)} ms`);
  print(`  records by principal, all ranges   ${shown(adding.seconds * 1000, 0)} ms`);
  return {
    eventCount,
    recordedPerSecond: eventCount / recording.seconds,
    cpuMicrosecondsPerEvent: (recording.cpuSeconds / eventCount) * 1e6,
    bytesPerEvent: bytes,
    durablePerSecond: durable / syncing.seconds,
    indexSeconds: indexing.seconds,
    indexCpuSeconds: indexing.cpuSeconds,
    whoMs: (looking.seconds / looks) * 1000,
    verifySeconds: verifying.seconds,
  };
}

interface Cost {
  readonly payloads: string;
  readonly workload: string;
  readonly cpuPerGb: number;
  readonly logBytesPerGb: number;
  readonly recordingBytesPerGb: number;
}

async function benchGateway(): Promise<Cost[]> {
  const costs: Cost[] = [];
  const kafka = await startKafka({ heapMb: 512, log: say });
  const behind = await kafkaTools(kafka.bootstrap);
  const payloadFile = join(dir, "payload.jsonl");
  await writeFile(payloadFile, payloadLines(2_000));
  const policyDirectory = join(dir, "policies");
  await mkdir(policyDirectory);
  await writeFile(
    join(policyDirectory, "bench.rego"),
    'package lockkeeper\n\nallow if "bench" in input.principal.groups\n',
  );
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const payloads of ["none", "metadata", "masked"]) costs.push(...(await one(payloads, round)));
    }
  } finally {
    await behind.remove();
    await kafka.stop();
  }
  return costs;

  async function one(payloads: string, round: number): Promise<Cost[]> {
    const folder = join(dir, `${payloads}-${round}`);
    await mkdir(folder);
    const recordings = { directory: "sessions", payloads };
    const configText = await testConfig({
      bootstrap: kafka.sasl,
      username: "proxy",
      policyDirectory,
      users: [{ name: "bench", groups: ["bench"] }],
      sections: { audit: { directory: "audit", key: { file: "audit.key" }, recordings } },
    });
    const env = { KAFKA_PASSWORD: kafka.users["proxy"] ?? "", BENCH_PASSWORD: "bench-password" };
    const gateway = await startGateway({ configText, dir: folder, env });
    const login = loginProperties({ mechanism: "PLAIN", username: "bench", password: env.BENCH_PASSWORD });
    const tools = await kafkaTools([gateway.bootstrap], login);
    const found: Cost[] = [];
    try {
      const topic = `bench-${payloads}-${round}`;
      await behind.run("topics", ["--create", "--topic", topic, "--partitions", "4"]);
      for (const workload of workloads.filter(({ codec, acks }) => codec === "none" && acks !== "all")) {
        const cost = await measured(gateway.pid, folder, () =>
          runWorkload(tools, workload, topic, { records, payloadFile, batchBytes: 64 << 10 }),
        );
        say(`round ${round}, recordings ${payloads}, ${workload.kind}: ${shown(cost.cpuPerGb, 2)} CPU seconds a GB`);
        if (round > 0) found.push({ payloads, workload: workload.kind, ...cost });
      }
      await behind.run("topics", ["--delete", "--topic", topic]);
    } finally {
      await tools.remove();
      await gateway.stop();
      await rm(folder, { recursive: true, force: true });
    }
    return found;
  }
}

async function measured(pid: number, folder: string, run: () => Promise<number>) {
  const gb = (records * recordBytes) / 1e9;
  // What stays: each entry with its length and its hash. Partial tiles go once they are full, and the journal holds copies.
  const log = async () => {
    let bytes = 0;
    for await (const entry of readEntries(realDisk, join(folder, "audit"), 0)) bytes += entry.bytes.length + 34;
    return bytes;
  };
  const recordings = async () => bytesIn(join(folder, "sessions"));
  const [cpu, logBefore, recordingsBefore] = [cpuSeconds(pid), await log(), await recordings()];
  await run();
  const used = cpuSeconds(pid) - cpu;
  await eventually(() => allEnded(join(folder, "audit")), { what: "every session has ended" });
  return {
    cpuPerGb: used / gb,
    logBytesPerGb: ((await log()) - logBefore) / gb,
    recordingBytesPerGb: ((await recordings()) - recordingsBefore) / gb,
  };
}

/** A session's last event stands behind all of its ranges, and its recording is closed before it. */
async function allEnded(log: string): Promise<boolean> {
  let open = 0;
  for await (const { code } of readEvents(log)) {
    if (code === "session.started") open++;
    else if (code === "session.ended" || code === "session.aborted") open--;
  }
  return open === 0;
}

function printCosts(costs: readonly Cost[]): void {
  print(
    `\na gateway, ${records} records of ${recordBytes} bytes a run, median (lowest–highest) of ${rounds} rounds, for each GB of records:`,
  );
  print("  recordings  workload  CPU seconds        log, KB   recordings, KB");
  for (const group of Map.groupBy(costs, ({ payloads, workload }) => `${payloads.padEnd(10)}  ${workload.padEnd(8)}`)) {
    const [name, its] = group;
    const of = (pick: (cost: Cost) => number) => spread(its.map(pick));
    const [cpu, log, kept] = [of((c) => c.cpuPerGb), of((c) => c.logBytesPerGb), of((c) => c.recordingBytesPerGb)];
    const range = `${shown(cpu.median, 2)} (${shown(cpu.min, 2)}–${shown(cpu.max, 2)})`;
    print(`  ${name}  ${range.padEnd(17)}  ${shown(log.median / 1000, 0).padEnd(8)}  ${shown(kept.median / 1000, 0)}`);
  }
}

try {
  const log = await benchLog();
  const costs = options["log-only"] ? [] : await benchGateway();
  if (costs.length > 0) printCosts(costs);
  const machine = { cores: availableParallelism(), node: process.version };
  await writeFile(
    join(import.meta.dirname, "last-audit.json"),
    `${JSON.stringify({ machine, rounds, records, recordBytes, log, costs }, undefined, 2)}\n`,
  );
} finally {
  await rm(dir, { recursive: true, force: true });
}
