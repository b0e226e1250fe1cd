// `npm run bench:growth`: what the gateway costs for each request as things grow: topics of the cluster, partitions of a fetch, connections. It is to
// stay as it is. Of the topics one is used, or all in turn; of the connections one works and the others are logged in and silent, or all work in turn. And how
// long a Metadata answer of ten thousand topics holds up everybody else. Written to last-growth.json.
//
//   npm run bench:growth -- [--rounds N] [--requests N] [--only topics|partitions|connections|stall] [--target DIR]
//
// The clients and the broker are nothing but sockets (../wire). One request is under way at a time, whatever the number of connections, so
// that all are measured alike. Rounds are many and short (rounds.ts). A target is another checkout: what was before a change. It takes four minutes or so.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import { requestFrame } from "../../support/frames.ts";
import { aligned, quietest, type Spread, shown, spread } from "../report.ts";
import { batchOf, topicId } from "../wire/shapes.ts";
import { topicIdOf } from "../wire/topics.ts";
import { type Asking, type Driven, drive, type Shape } from "./drive.ts";
import { growPartitions, type Line } from "./partitions.ts";
import { measureRounds } from "./rounds.ts";
import { measureStalls, type Stall } from "./stall.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "24" },
    requests: { type: "string", default: "600" },
    only: { type: "string", default: "" },
    target: { type: "string" },
  },
});
const [rounds, requests] = [Number(options.rounds), Number(options.requests)];
const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n\n`);
const dir = await mkdtemp(join(tmpdir(), "lockkeeper-growth-"));
const stage = { dir, name: options.target === undefined ? "gateway" : resolve(options.target) };

interface Growing {
  readonly counts: readonly number[];
  readonly shape: (count: number) => Shape;
  /** By name: in which ways a gateway of that shape is asked. */
  readonly ways: Readonly<Record<string, (driven: Driven, count: number) => Asking>>;
}

interface Grown {
  readonly count: number;
  /** Of its quietest rounds, and that over the fewest's. */
  readonly microseconds: number;
  readonly ratio: number;
  readonly rounds: Spread;
  /** Over that of the fewest, round by round. */
  readonly ratios: Spread;
}

const produceTo = (id: string): Buffer =>
  requestFrame(produce, 13, {
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ topicId: id, partitionData: [{ index: 0, records: batchOf(1_024, 0n) }] }],
  });
const toOne = produceTo(topicId);

/** Answers of the stand-in name the one topic, whichever was written: what counts is that the request is judged and told by its own. */
function toEach(count: number): () => Buffer {
  const frames = [toOne, ...Array.from({ length: count - 1 }, (_, index) => produceTo(topicIdOf(index)))];
  let next = 0;
  return () => frames[next++ % count] ?? toOne;
}

const growing: Readonly<Record<string, Growing>> = {
  topics: {
    counts: [1, 100, 10_000],
    shape: (count) => ({ topics: count, connections: 1 }),
    ways: {
      "topics, one is written to": ({ clients }) => ({ clients, frame: () => toOne }),
      "topics, all are written to in turn": ({ clients }, count) => ({ clients, frame: toEach(count) }),
    },
  },
  connections: {
    counts: [1, 100, 5_000],
    shape: (count) => ({ topics: 1, connections: count }),
    ways: {
      "connections, one works": ({ clients }) => ({ clients: clients.slice(0, 1), frame: () => toOne }),
      // each has its own event and its own block of a recording in every second in which it works
      "connections, all work in turn": ({ clients }) => ({ clients, frame: () => toOne }),
    },
  },
};

/** Gateways of all counts beside each other, asked in turn, in one way after the other. */
async function grow({ counts, shape, ways }: Growing): Promise<Record<string, Grown[]>> {
  const driven: Driven[] = [];
  try {
    for (const count of counts) driven.push(await drive(shape(count), stage));
    const found: Record<string, Grown[]> = {};
    for (const [name, way] of Object.entries(ways)) {
      say(name);
      const all = driven.map((its, at) => {
        const count = counts[at] ?? 0;
        // every session's first decisions are made before, and all is compiled
        return { driven: its, asking: way(its, count), requests, warmUp: Math.max(5 * requests, 2 * count) };
      });
      found[name] = grownOf(counts, await measureRounds(all, rounds, true));
    }
    return found;
  } finally {
    await Promise.all(driven.map((one) => one.close()));
  }
}

function grownOf(counts: readonly number[], measured: readonly (readonly number[])[]): Grown[] {
  const fewest = measured[0] ?? [];
  return counts.map((count, at) => {
    const its = measured[at] ?? [];
    return {
      count,
      microseconds: quietest(its),
      ratio: quietest(its) / quietest(fewest),
      rounds: spread(its),
      ratios: spread(its.map((value, round) => value / (fewest[round] ?? Number.NaN))),
    };
  });
}

function tableOf(name: string, grown: readonly Grown[]): string {
  const rows = grown.map(({ count, microseconds, ratio, rounds: all, ratios }) => [
    String(count),
    microseconds.toFixed(1),
    ratio.toFixed(2),
    shown(all, 1),
    shown(ratios, 2),
  ]);
  const fewest = grown[0]?.count ?? 1;
  return aligned([[name, "µs of CPU a request", `x that of ${fewest}`, "all rounds", "x, round by round"], ...rows]);
}

function partitionsTable({ name, steps, fixedUs, eachUs, eachOfRounds }: Line): string {
  const rows = steps.map(({ count, microseconds, rounds: all }) => {
    const off = (microseconds / (fixedUs + count * eachUs) - 1) * 100;
    const each = (microseconds - fixedUs) / count;
    const figures = [
      microseconds.toFixed(1),
      count < 10 ? "" : each.toFixed(2),
      `${off > 0 ? "+" : ""}${off.toFixed(0)} %`,
    ];
    return [String(count), ...figures, shown(all, 1)];
  });
  const head = [`partitions, ${name}`, "µs of CPU a request", "a partition", "off the line", "all rounds"];
  return `${aligned([head, ...rows])}
a request ${fixedUs.toFixed(1)} µs and a partition ${eachUs.toFixed(2)} µs by least squares; round by round ${shown(eachOfRounds, 2)}`;
}

async function stalls(): Promise<Stall> {
  const driven = await drive({ topics: 10_000, connections: 1 }, stage);
  try {
    await measureStalls(driven, 3); // compiles what is compiled as it runs
    return await measureStalls(driven, 10);
  } finally {
    await driven.close();
  }
}

const wants = (name: string): boolean => name.startsWith(options.only);

try {
  const results: Record<string, readonly Grown[]> = {};
  for (const [name, one] of Object.entries(growing)) {
    if (!wants(name)) continue;
    const grown = await grow(one);
    Object.assign(results, grown);
    for (const [way, its] of Object.entries(grown)) print(tableOf(way, its));
  }
  const partitions = wants("partitions") ? await growPartitions(stage, rounds) : [];
  for (const line of partitions) print(partitionsTable(line));
  const stall = wants("stall") ? await stalls() : null;
  if (stall) {
    const { idleMs, stallMs, answerMs, cpuMs } = stall;
    print(`Metadata of 10,000 topics to a new session: longest stall ${shown(stallMs, 1)} ms (with nothing to do ${shown(idleMs, 1)}),
answered in ${shown(answerMs, 0)} ms with ${cpuMs.toFixed(0)} ms of CPU`);
  }
  print(
    `the quietest quarter of ${rounds} rounds, and median (lowest–highest) of all, load ${loadavg()[0]?.toFixed(1)}`,
  );
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
  const file = join(import.meta.dirname, "..", "last-growth.json");
  const found = { machine, rounds, requests, results, partitions, stall };
  await writeFile(file, `${JSON.stringify(found, undefined, 2)}\n`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
