// Partitions of a fetch, in one gateway: what a request costs by how many partitions its answer has, with fetch sessions and without. Small fetches
// are measured by more of them, so that each step is about the same time of processor; the steps of a round are in turns. What is fixed and what a
// partition costs is then the line of least squares through the steps of each round, relative to their size, since each is as exact as the others.
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { requestFrame } from "../../support/frames.ts";
import { type Spread, spread } from "../report.ts";
import { topicId } from "../wire/shapes.ts";
import { type Asking, type Driven, drive } from "./drive.ts";

export const partitionCounts = [1, 3, 10, 30, 100, 300, 1_000] as const;
/** Of the processor, in each step of a round. */
const stepSeconds = 0.8;
/** A first guess, for how many requests that is. */
const guess = { fixedUs: 110, eachUs: 3 };
const version = 17;

export interface Step {
  readonly count: number;
  readonly microseconds: Spread;
  /** What one of its partitions costs, once what is fixed is taken off. */
  readonly each: Spread;
}

export interface Line {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly fixedUs: Spread;
  readonly eachUs: Spread;
}

/** `round` is told of each figure. */
export async function growPartitions(
  dir: string,
  rounds: number,
  told: (line: string) => void,
  env: Readonly<Record<string, string>> = {},
): Promise<Line[]> {
  const driven = await drive({ topics: 1, connections: 1 }, dir, env);
  try {
    const lines = [];
    for (const [name, asking] of [["without a session", sessionless] as const, ["in a session", inSession] as const]) {
      const askings: { count: number; asking: Asking }[] = [];
      for (const count of partitionCounts) askings.push({ count, asking: await asking(driven, count) });
      lines.push({ name, askings, rounds: [] as number[][] });
    }
    for (let round = 0; round <= rounds; round++) {
      for (const { name, askings, rounds: its } of lines) {
        const measured: number[] = [];
        for (const { count, asking } of askings) {
          const requests = Math.ceil((stepSeconds * 1e6) / (guess.fixedUs + guess.eachUs * count));
          measured.push(await driven.microsecondsEach(asking, requests));
          told(`round ${round}, ${count} partitions ${name}: ${measured.at(-1)?.toFixed(1)} µs a request`);
        }
        if (round > 0) its.push(measured);
      }
    }
    return lines.map(({ name, rounds: its }) => lineOf(name, its));
  } finally {
    await driven.close();
  }
}

function lineOf(name: string, rounds: readonly (readonly number[])[]): Line {
  const fits = rounds.map(fitted);
  const steps = partitionCounts.map((count, at) => {
    const all = rounds.map((round) => round[at] ?? Number.NaN);
    const each = all.map((us, round) => (us - (fits[round]?.fixedUs ?? Number.NaN)) / count);
    return { count, microseconds: spread(all), each: spread(each) };
  });
  return {
    name,
    steps,
    fixedUs: spread(fits.map(({ fixedUs }) => fixedUs)),
    eachUs: spread(fits.map(({ eachUs }) => eachUs)),
  };
}

/** µs = fixed + each · partitions, by least squares of what is missed over what was measured. */
function fitted(microseconds: readonly number[]): { readonly fixedUs: number; readonly eachUs: number } {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (const [at, y] of microseconds.entries()) {
    const x = partitionCounts[at] ?? Number.NaN;
    const weight = 1 / (y * y);
    w += weight;
    wx += weight * x;
    wy += weight * y;
    wxx += weight * x * x;
    wxy += weight * x * y;
  }
  const eachUs = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  return { eachUs, fixedUs: (wy - eachUs * wx) / w };
}

const wanted = (count: number) => ({
  maxWaitMs: 500,
  minBytes: 1,
  topics: [
    {
      topicId,
      partitions: Array.from({ length: count }, (_, partition) => ({
        partition,
        fetchOffset: 0n,
        partitionMaxBytes: 1 << 20,
      })),
    },
  ],
});

async function sessionless({ login }: Driven, count: number): Promise<Asking> {
  const bytes = requestFrame(fetch, version, wanted(count));
  return { clients: [await login()], frame: () => bytes };
}

/** The stand-in calls a session by the number of its partitions. Once it is open a request names none of them, and counts. */
async function inSession({ login }: Driven, count: number): Promise<Asking> {
  const client = await login();
  await client.ask(requestFrame(fetch, version, { ...wanted(count), sessionEpoch: 0 }));
  const next = (sessionEpoch: number) =>
    requestFrame(fetch, version, { maxWaitMs: 500, minBytes: 1, sessionId: count, sessionEpoch });
  const [bytes, other] = [next(1), next(0x01020304)];
  const epochAt = other.indexOf(Buffer.from([1, 2, 3, 4]));
  let epoch = 0;
  return {
    clients: [client],
    frame() {
      bytes.writeInt32BE(++epoch, epochAt);
      return bytes;
    },
  };
}
