// Partitions of a fetch, in one gateway: what a request costs by how many partitions its answer has, with fetch sessions and without. Small fetches
// are measured by more of them, so that each step is about the same time of processor. What is fixed and what a partition costs is then the line
// of least squares through the steps, relative to their size, since each is as exact as the others.
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { requestFrame } from "../../support/frames.ts";
import { quietest, type Spread, spread } from "../report.ts";
import { topicId } from "../wire/shapes.ts";
import { type Asking, type Driven, drive, partitionBytes, type Stage } from "./drive.ts";
import { type Measurement, measureRounds } from "./rounds.ts";

export const partitionCounts = [1, 10, 100, 300, 1_000] as const;
/** Of the processor, in each step of a round. */
const stepSeconds = 0.12;
/** A first guess, for how many requests that is. */
const guess = { fixedUs: 110, eachUs: 3 };
const version = 17;

export interface Step {
  readonly count: number;
  /** Of its quietest rounds, and of all. */
  readonly microseconds: number;
  readonly rounds: Spread;
}

export interface Line {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly fixedUs: number;
  readonly eachUs: number;
  /** Of the lines through each round. */
  readonly eachOfRounds: Spread;
}

export async function growPartitions(stage: Stage, rounds: number): Promise<Line[]> {
  const driven = await drive({ topics: 1, connections: 1 }, stage);
  try {
    const lines: Line[] = [];
    for (const [name, asking] of [["without a session", sessionless] as const, ["in a session", inSession] as const]) {
      const all: Measurement[] = [];
      for (const count of partitionCounts) {
        const requests = Math.ceil((stepSeconds * 1e6) / (guess.fixedUs + guess.eachUs * count));
        all.push({ driven, asking: await checked(asking(driven, count), count), requests, warmUp: 4 * requests });
      }
      lines.push(lineOf(name, await measureRounds(all, rounds, false)));
    }
    return lines;
  } finally {
    await driven.close();
  }
}

/** An error would be answered cheaply, and measured. */
async function checked(making: Promise<Asking>, count: number): Promise<Asking> {
  const asking = await making;
  const bytes = (await asking.clients[0]?.ask(asking.frame())) ?? 0;
  if (bytes < count * partitionBytes)
    throw new Error(`a fetch of ${count} partitions was answered with ${bytes} bytes`);
  return asking;
}

function lineOf(name: string, measured: readonly (readonly number[])[]): Line {
  const quiet = measured.map(quietest);
  const fits = (measured[0] ?? []).map((_, round) => fitted(measured.map((its) => its[round] ?? Number.NaN)));
  return {
    name,
    steps: partitionCounts.map((count, at) => ({
      count,
      microseconds: quiet[at] ?? Number.NaN,
      rounds: spread(measured[at] ?? []),
    })),
    ...fitted(quiet),
    eachOfRounds: spread(fits.map(({ eachUs }) => eachUs)),
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
