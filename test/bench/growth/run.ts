// `npm run bench:growth`: what the gateway costs for each request as things grow: topics of the cluster, partitions of a fetch, connections. It is to
// stay as it is. Of the connections one works and the others are logged in and silent; of the sessions all work, in turn. And how long a Metadata answer of
// ten thousand topics holds up everybody else. Written to last-growth.json.
//
//   npm run bench:growth -- [--rounds N] [--requests N] [--only topics|partitions|connections|sessions|stall]
//
// The clients and the broker are nothing but sockets (../wire). One request is under way at a time, whatever the number of connections, so
// that all are measured alike. It takes three minutes or so.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import { requestFrame } from "../../support/frames.ts";
import { aligned, type Spread, shown, spread } from "../report.ts";
import { batchOf, topicId } from "../wire/shapes.ts";
import { type Driven, drive, type Shape } from "./drive.ts";
import { measureStalls, type Stall } from "./stall.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    requests: { type: "string", default: "10000" },
    only: { type: "string", default: "" },
  },
});
const [rounds, requests] = [Number(options.rounds), Number(options.requests)];
const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n\n`);
const dir = await mkdtemp(join(tmpdir(), "lockkeeper-growth-"));
const KiB = 1024;

interface Step {
  readonly count: number;
  readonly shape: Shape;
  readonly frame: Buffer;
  readonly requests: number;
}

interface Grown {
  readonly count: number;
  readonly microseconds: Spread;
  /** Over that of the fewest, round by round. */
  readonly ratio: Spread;
}

const small = { topics: 1, partitions: 1, partitionBytes: KiB, connections: 1, asking: 1 };
const produceFrame = requestFrame(produce, 13, {
  acks: 1,
  timeoutMs: 30_000,
  topicData: [{ topicId, partitionData: [{ index: 0, records: batchOf(KiB, 0n) }] }],
});
const fetchFrame = (partitions: number): Buffer =>
  requestFrame(fetch, 17, {
    maxWaitMs: 500,
    minBytes: 1,
    topics: [
      {
        topicId,
        partitions: Array.from({ length: partitions }, (_, partition) => ({
          partition,
          fetchOffset: 0n,
          partitionMaxBytes: 1 << 20,
        })),
      },
    ],
  });

const growing: Readonly<Record<string, readonly Step[]>> = {
  topics: [1, 100, 10_000].map((count) => ({
    count,
    shape: { ...small, topics: count },
    frame: produceFrame,
    requests,
  })),
  partitions: [1, 10, 100, 1_000].map((count) => ({
    count,
    shape: { ...small, partitions: count },
    frame: fetchFrame(count),
    requests: Math.max(100, Math.ceil(requests / Math.max(1, count / 10))),
  })),
  connections: [1, 100, 5_000].map((count) => ({
    count,
    shape: { ...small, connections: count },
    frame: produceFrame,
    requests,
  })),
  // each has its own event and its own block of a recording in every second in which it works
  sessions: [1, 100, 5_000].map((count) => ({
    count,
    shape: { ...small, connections: count, asking: count },
    frame: produceFrame,
    requests,
  })),
};

/** Rounds of all steps in turn; the first warms up and makes every session's first decisions, and is not counted. */
async function grow(name: string, steps: readonly Step[]): Promise<Grown[]> {
  const driven: Driven[] = [];
  try {
    for (const { shape } of steps) driven.push(await drive(shape, dir));
    const all = steps.map((): number[] => []);
    for (let round = 0; round <= rounds; round++) {
      for (const [index, { count, shape, frame, requests: times }] of steps.entries()) {
        const warm = Math.max(times, 2 * shape.asking);
        const each = (await driven[index]?.microsecondsEach(frame, round === 0 ? warm : times)) ?? Number.NaN;
        say(`round ${round}, ${count} ${name}: ${each.toFixed(1)} µs a request`);
        if (round > 0) all[index]?.push(each);
      }
    }
    return steps.map(({ count }, index) => {
      const mine = all[index] ?? [];
      const ratio = spread(mine.map((value, round) => value / (all[0]?.[round] ?? Number.NaN)));
      return { count, microseconds: spread(mine), ratio };
    });
  } finally {
    await Promise.all(driven.map((one) => one.close()));
  }
}

/** What one partition more costs: what a fetch of many costs beside that of one, shared by the others. */
function aPartition({ count, microseconds }: Grown, one: Grown | undefined): number | null {
  return count === 1 || !one ? null : (microseconds.median - one.microseconds.median) / (count - 1);
}

function tableOf(name: string, grown: readonly Grown[]): string {
  const more = name === "partitions" ? ["µs a partition more"] : [];
  const rows = grown.map((one) => {
    const each = aPartition(one, grown[0]);
    const cells = [String(one.count), shown(one.microseconds, 1), shown(one.ratio, 2)];
    return more.length > 0 ? [...cells, each === null ? "" : each.toFixed(2)] : cells;
  });
  return aligned([[name, "µs of CPU a request", `x that of ${grown[0]?.count ?? 1}`, ...more], ...rows]);
}

async function stalls(): Promise<Stall> {
  const driven = await drive({ ...small, topics: 10_000 }, dir);
  try {
    await measureStalls(driven, 3); // compiles what is compiled as it runs
    return await measureStalls(driven, 10);
  } finally {
    await driven.close();
  }
}

try {
  const results: Record<string, readonly Grown[]> = {};
  for (const [name, steps] of Object.entries(growing)) {
    if (!name.startsWith(options.only)) continue;
    results[name] = await grow(name, steps);
    print(tableOf(name, results[name]));
  }
  const stall = "stall".startsWith(options.only) ? await stalls() : null;
  if (stall) {
    const { idleMs, stallMs, answerMs, cpuMs } = stall;
    print(`Metadata of 10,000 topics to a new session: longest stall ${shown(stallMs, 1)} ms (with nothing to do ${shown(idleMs, 1)}),
answered in ${shown(answerMs, 0)} ms with ${cpuMs.toFixed(0)} ms of CPU`);
  }
  print(`median (lowest–highest) of ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}`);
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
  const file = join(import.meta.dirname, "..", "last-growth.json");
  await writeFile(file, `${JSON.stringify({ machine, rounds, requests, results, stall }, undefined, 2)}\n`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
