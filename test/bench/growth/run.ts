// `npm run bench:growth`: what the gateway costs for each request as things grow: topics of the cluster, partitions of a fetch, connections. It is to
// stay as it is. Of the topics one is used, or all in turn; of the connections one works and the others are logged in and silent, or all work in turn. And how
// long a Metadata answer of ten thousand topics holds up everybody else. Written to last-growth.json.
//
//   npm run bench:growth -- [--rounds N] [--requests N] [--only topics|partitions|connections|stall]
//
// The clients and the broker are nothing but sockets (../wire). One request is under way at a time, whatever the number of connections, so
// that all are measured alike. It takes four minutes or so.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import { requestFrame } from "../../support/frames.ts";
import { aligned, type Spread, shown, spread } from "../report.ts";
import { batchOf, topicId } from "../wire/shapes.ts";
import { topicIdOf } from "../wire/topics.ts";
import { type Asking, type Driven, drive, type Shape } from "./drive.ts";
import { growPartitions, type Line } from "./partitions.ts";
import { measureStalls, type Stall } from "./stall.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    requests: { type: "string", default: "6000" },
    only: { type: "string", default: "" },
  },
});
const [rounds, requests] = [Number(options.rounds), Number(options.requests)];
const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n\n`);
const dir = await mkdtemp(join(tmpdir(), "lockkeeper-growth-"));

interface Growing {
  readonly counts: readonly number[];
  readonly shape: (count: number) => Shape;
  /** By name: in which ways a gateway of that shape is asked. */
  readonly ways: Readonly<Record<string, (driven: Driven, count: number) => Asking>>;
}

interface Grown {
  readonly count: number;
  readonly microseconds: Spread;
  /** Over that of the fewest, round by round. */
  readonly ratio: Spread;
}

const produceTo = (id: string): Buffer =>
  requestFrame(produce, 13, {
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ topicId: id, partitionData: [{ index: 0, records: batchOf(1_024, 0n) }] }],
  });
const toOne = produceTo(topicId);

/** Answers of the stand-in name the one topic, whichever was written: what counts is that the request is judged and told by its own. */
function toEach(count: number): (index: number) => Buffer {
  const frames = [toOne, ...Array.from({ length: count - 1 }, (_, index) => produceTo(topicIdOf(index)))];
  return (index) => frames[index % count] ?? toOne;
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

/** Rounds of all ways and counts in turn; the first warms up and makes every session's first decisions, and is not counted. */
async function grow({ counts, shape, ways }: Growing): Promise<Record<string, Grown[]>> {
  const driven: Driven[] = [];
  try {
    for (const count of counts) driven.push(await drive(shape(count), dir));
    const all = Object.entries(ways).flatMap(([name, way]) =>
      counts.flatMap((count, at) => {
        const its = driven[at];
        return its ? [{ name, count, its, asking: way(its, count), measured: [] as number[] }] : [];
      }),
    );
    for (let round = 0; round <= rounds; round++) {
      for (const { name, count, its, asking, measured } of all) {
        const times = round === 0 ? Math.max(requests, 2 * count) : requests;
        const each = await its.microsecondsEach(asking, times);
        say(`round ${round}, ${count} ${name}: ${each.toFixed(1)} µs a request`);
        if (round > 0) measured.push(each);
      }
    }
    return Object.fromEntries(
      Object.keys(ways).map((name) => {
        const mine = all.filter((one) => one.name === name);
        const fewest = mine[0]?.measured ?? [];
        const grown = mine.map(({ count, measured }) => ({
          count,
          microseconds: spread(measured),
          ratio: spread(measured.map((value, round) => value / (fewest[round] ?? Number.NaN))),
        }));
        return [name, grown];
      }),
    );
  } finally {
    await Promise.all(driven.map((one) => one.close()));
  }
}

function tableOf(name: string, grown: readonly Grown[]): string {
  const rows = grown.map(({ count, microseconds, ratio }) => [String(count), shown(microseconds, 1), shown(ratio, 2)]);
  return aligned([[name, "µs of CPU a request", `x that of ${grown[0]?.count ?? 1}`], ...rows]);
}

function partitionsTable({ name, steps, fixedUs, eachUs }: Line): string {
  const rows = steps.map(({ count, microseconds, each }) => {
    const onLine = fixedUs.median + count * eachUs.median;
    const off = (microseconds.median / onLine - 1) * 100;
    return [String(count), shown(microseconds, 1), shown(each, 2), `${off > 0 ? "+" : ""}${off.toFixed(0)} %`];
  });
  const head = [`partitions, ${name}`, "µs of CPU a request", "a partition, what is fixed taken off", "off the line"];
  return `${aligned([head, ...rows])}
a request ${shown(fixedUs, 1)} µs and a partition ${shown(eachUs, 2)} µs, by least squares`;
}

async function stalls(): Promise<Stall> {
  const driven = await drive({ topics: 10_000, connections: 1 }, dir);
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
  const partitions = wants("partitions") ? await growPartitions(dir, rounds, say) : [];
  for (const line of partitions) print(partitionsTable(line));
  const stall = wants("stall") ? await stalls() : null;
  if (stall) {
    const { idleMs, stallMs, answerMs, cpuMs } = stall;
    print(`Metadata of 10,000 topics to a new session: longest stall ${shown(stallMs, 1)} ms (with nothing to do ${shown(idleMs, 1)}),
answered in ${shown(answerMs, 0)} ms with ${cpuMs.toFixed(0)} ms of CPU`);
  }
  print(`median (lowest–highest) of ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}`);
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
  const file = join(import.meta.dirname, "..", "last-growth.json");
  const found = { machine, rounds, requests, results, partitions, stall };
  await writeFile(file, `${JSON.stringify(found, undefined, 2)}\n`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
