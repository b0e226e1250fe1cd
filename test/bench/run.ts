// `npm run bench`: the gateway beside the broker itself, a pass-through that reads nothing, and every peer that can be had, with the same clients,
// interleaved, in one run. What it finds is printed and written to last.json; README.md beside this file says how to read it.
//
//   npm run bench -- [--rounds N] [--records N] [--targets NAME,…] [--workloads PREFIX,…] [--idle N] [--rate N] [--seconds N]
//
// Workloads: produce none|lz4 acks=1|all, consume none|lz4, latency, idle. Targets: see targets.ts. With the defaults it takes about ten minutes
// on two quiet cores.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startKafka } from "../../src/demo/parts/kafka.ts";
import { freePort } from "../../src/demo/parts/ports.ts";
import { LoadClient } from "./load.ts";
import { NotHere } from "./peers/peer.ts";
import { aligned, summarize, table } from "./report.ts";
import { type Found, measureIdle, measureRounds } from "./rounds.ts";
import { isTargetName, openTarget, type Stage, type Target, type TargetName } from "./targets.ts";
import { verdictRows, verdicts } from "./verdict.ts";
import { payloadLines, recordBytes } from "./workloads.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    records: { type: "string", default: "300000" },
    targets: { type: "string", default: "direct,pass-through,gateway,masked,kafka-proxy,kroxylicious" },
    workloads: { type: "string", default: "" },
    idle: { type: "string", default: "2000" },
    rate: { type: "string", default: "200" },
    seconds: { type: "string", default: "8" },
  },
});
const prefixes = options.workloads.split(",");
const plan = {
  rounds: Number(options.rounds),
  records: Number(options.records),
  idle: Number(options.idle),
  latency: { rate: Number(options.rate), seconds: Number(options.seconds) },
  wants: (name: string) => prefixes.some((prefix) => name.startsWith(prefix)),
};
const started = Date.now();
const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n\n`);

/** Direct always, since all others are compared with it. */
const names = [...new Set(["direct", ...options.targets.split(",")])].map((name) => {
  if (!isTargetName(name)) throw new Error(`there is no target ${name}`);
  return name;
});

/** Each target in a fresh process for its idle connections, then all together for the rounds. What cannot be had here is said, and no failure. */
async function measure(stage: Stage, payloadFile: string): Promise<Found & { readonly missing: readonly string[] }> {
  const found: Found = { samples: [], failures: [] };
  const missing = new Map<string, string>();
  await using stack = new AsyncDisposableStack();
  const opened = async (name: TargetName): Promise<Target | null> => {
    try {
      return await openTarget(name, stage);
    } catch (error) {
      if (!(error instanceof NotHere)) throw error;
      missing.set(name, error.message);
      return null;
    }
  };
  for (const name of plan.wants("idle") ? names : []) {
    const target = await opened(name);
    if (target && !target.readsOnly) await measureIdle({ plan, load, say }, target, found);
    await target?.stop();
  }
  const targets: Target[] = [];
  for (const name of names) {
    const target = await opened(name);
    if (!target) continue;
    stack.defer(() => target.stop());
    targets.push(target);
  }
  for (const line of missing.values()) say(line);
  const [direct] = targets;
  if (!direct) throw new Error("direct is always there");
  const dataDirectory = join(kafkaDir, "1", "data");
  await measureRounds({ plan, targets, direct, load, payloadFile, dataDirectory, say }, found);
  return { ...found, missing: [...missing.values()] };
}

const dir = await mkdtemp(join(tmpdir(), "lockkeeper-bench-"));
const frontPort = await freePort();
const load = await LoadClient.build();
const kafkaDir = join(dir, "kafka");
const kafka = await startKafka({ heapMb: 512, frontPorts: [frontPort], dir: kafkaDir, log: say });
try {
  const payloadFile = join(dir, "payload.jsonl");
  await writeFile(payloadFile, payloadLines(2_000));
  const { samples, failures, missing } = await measure({ kafka, frontPort, dir, say }, payloadFile);
  const rows = summarize(samples);
  print(table(rows, ["mibPerSecond", "ratio", "cpuPerGb", "cpuPerGbOfRecords"]));
  print(table(rows, ["p50Ms", "p50AddedMs", "p99Ms", "p99AddedMs"]));
  print(table(rows, ["rssPeakMib", "rssEndMib", "opened", "kibEach", "lost"]));
  const judged = verdicts(rows);
  print(aligned(verdictRows(judged)));
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  print(
    `median (lowest–highest) of ${plan.rounds} rounds, ${plan.records} records of ${recordBytes} bytes, ${minutes} minutes, load ${loadavg()[2]?.toFixed(1)}`,
  );
  for (const line of [...missing, ...failures]) print(line);
  const machine = { cores: availableParallelism(), node: process.version, kafka: kafka.version, load: loadavg() };
  const { wants: _, ...numbers } = plan;
  const result = { machine, ...numbers, recordBytes, missing, failures, rows, verdicts: judged, samples };
  await writeFile(join(import.meta.dirname, "last.json"), `${JSON.stringify(result, undefined, 2)}\n`);
} finally {
  await kafka.stop();
  await rm(dir, { recursive: true, force: true });
}
