// The measuring itself: one workload, latency or idle connections on one target, and rounds of all of them.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { cpuSeconds } from "./cpu.ts";
import type { LoadClient } from "./load.ts";
import { residentBytes } from "./memory.ts";
import type { Sample } from "./report.ts";
import type { Target } from "./targets.ts";
import { recordBytes, runWorkload, type Workload, workloads } from "./workloads.ts";

export interface Plan {
  readonly rounds: number;
  readonly records: number;
  readonly idle: number;
  readonly latency: { readonly rate: number; readonly seconds: number };
  /** Whether a workload is wanted, by its name: "produce none acks=1", "latency", "idle". */
  readonly wants: (name: string) => boolean;
}

export interface Bench {
  readonly plan: Plan;
  readonly targets: readonly Target[];
  /** The broker itself, for topics. */
  readonly direct: Target;
  readonly load: LoadClient;
  readonly payloadFile: string;
  /** Of the broker. */
  readonly dataDirectory: string;
  readonly say: (line: string) => void;
}

const partitions = 6;
/** Of what is read: as a busy producer writes them. */
const filledBatchBytes = 64 << 10;
const mib = 1 << 20;
/** Connections that come and go before memory is looked at: what the first ones bring with them is not theirs. */
const firstConnections = 100;

export interface Found {
  readonly samples: Sample[];
  readonly failures: string[];
}

type Measure = () => Promise<Sample["values"]>;

/** What is found goes into `found`; what fails is said there, and the bench goes on. */
async function note(
  { say }: Pick<Bench, "say">,
  found: Found,
  round: number,
  [workload, target]: [string, Target],
  run: Measure,
) {
  try {
    const values = await run();
    const told = Object.entries(values).map(([metric, value]) => `${metric} ${value.toFixed(2)}`);
    say(`round ${round}, ${workload}, ${target.name}: ${told.join(", ")}`);
    if (round > 0) found.samples.push({ round, workload, target: target.name, values });
  } catch (error) {
    const failure = `round ${round}, ${workload}, ${target.name}: ${String(error)}`;
    found.failures.push(failure);
    say(failure);
  }
}

/** Of a process that has just started: in one that has worked, memory that is free again hides what connections take. */
export async function measureIdle(
  bench: Pick<Bench, "plan" | "load" | "say">,
  target: Target,
  found: Found,
): Promise<void> {
  await note(bench, found, 1, ["idle", target], () => idle(bench, target));
}

/** Rounds of all workloads; within one, every target in turn. Round 0 warms up what is compiled as it runs, and is not counted. */
export async function measureRounds(bench: Bench, found: Found): Promise<void> {
  const { plan, targets } = bench;
  const wanted = workloads.filter(({ name }) => plan.wants(name));
  await fill(bench, wanted);
  for (let round = 0; round <= plan.rounds; round++) {
    // Whoever goes first may find other caches than who goes last: the order turns.
    const order = targets.map((_, index) => targets[(index + round) % targets.length]).filter((it) => it !== undefined);
    for (const workload of wanted) {
      for (const target of order) {
        if (target.readsOnly && workload.kind === "produce") continue;
        await note(bench, found, round, [workload.name, target], () => throughput(bench, workload, target, round));
      }
    }
    for (const target of wanted.length > 0 ? targets : []) {
      const { pid } = target;
      if (pid !== null) await note(bench, found, round, ["memory", target], () => memory(pid));
    }
    if (!plan.wants("latency")) continue;
    for (const target of order.filter(({ readsOnly }) => !readsOnly)) {
      await note(bench, found, round, ["latency", target], () => latency(bench, target, round));
    }
  }
}

const filled = (codec: Workload["codec"]): string => `bench-filled-${codec}`;

/** What is read was written past all of them. */
async function fill({ load, direct, plan, payloadFile }: Bench, wanted: readonly Workload[]): Promise<void> {
  await load.createTopic(direct, "bench-small", 1);
  for (const { codec } of wanted.filter(({ kind }) => kind === "consume")) {
    const producing = workloads.find((it) => it.kind === "produce" && it.codec === codec);
    if (!producing) throw new Error(`nothing produces ${codec}`);
    await load.createTopic(direct, filled(codec), partitions);
    await runWorkload(direct.tools, producing, filled(codec), {
      records: plan.records,
      payloadFile,
      batchBytes: filledBatchBytes,
    });
  }
}

async function throughput(bench: Bench, workload: Workload, target: Target, round: number): Promise<Sample["values"]> {
  const { plan, load, direct, payloadFile } = bench;
  const produces = workload.kind === "produce";
  // the first time is for what is compiled as it runs, and for nobody's figures
  const records = round === 0 ? Math.ceil(plan.records / 3) : plan.records;
  const topic = produces ? `bench-${round}-${workload.codec}-${workload.acks}-${target.name}` : filled(workload.codec);
  if (produces) await load.createTopic(direct, topic, partitions);
  const before = target.pid === null ? 0 : cpuSeconds(target.pid);
  const mibPerSecond = await runWorkload(target.tools, workload, topic, { records, payloadFile });
  const used = target.pid === null ? null : cpuSeconds(target.pid) - before;
  const written = await logBytes(bench.dataDirectory, topic);
  const bytes = produces ? written : (written * records) / plan.records;
  if (produces) await load.deleteTopic(direct, topic);
  if (used === null) return { mibPerSecond };
  return { mibPerSecond, cpuPerGb: used / (bytes / 1e9), cpuPerGbOfRecords: used / ((records * recordBytes) / 1e9) };
}

/** Bytes of a topic's records as they lie in the broker's log. */
async function logBytes(dataDirectory: string, topic: string): Promise<number> {
  let sum = 0;
  for (const folder of await readdir(dataDirectory)) {
    if (folder.slice(0, folder.lastIndexOf("-")) !== topic) continue;
    const files = (await readdir(join(dataDirectory, folder))).filter((name) => name.endsWith(".log"));
    for (const name of files) sum += (await stat(join(dataDirectory, folder, name))).size;
  }
  return sum;
}

function memory(pid: number): Promise<Sample["values"]> {
  const [peak, now] = [residentBytes(pid, "peak"), residentBytes(pid, "now")];
  return Promise.resolve({ rssPeakMib: peak / mib, rssEndMib: now / mib });
}

async function latency({ load, plan }: Bench, target: Target, round: number): Promise<Sample["values"]> {
  const { rate, seconds } = plan.latency;
  const { p50Ms, p99Ms } = await load.latency(target, "bench-small", rate, round === 0 ? 1 : seconds);
  return { p50Ms, p99Ms };
}

async function idle({ load, plan }: Pick<Bench, "plan" | "load">, target: Target): Promise<Sample["values"]> {
  const { pid } = target;
  const resident = (): number => (pid === null ? Number.NaN : residentBytes(pid, "now"));
  await load.idle(target, firstConnections, () => {});
  const before = resident();
  let after = before;
  const { perSecond, still } = await load.idle(target, plan.idle, () => void (after = resident()));
  const lost = plan.idle - still;
  return { opened: perSecond, lost, ...(pid !== null && { kibEach: (after - before) / 1024 / plan.idle }) };
}
