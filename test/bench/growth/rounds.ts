// Rounds of several measurements in turn. A busy machine changes within seconds, so that rounds are many and short; what is said of a measurement is the mean of
// its quietest quarter, and beside it the spread of all.
import { setTimeout as sleep } from "node:timers/promises";
import type { Asking, Driven } from "./drive.ts";

export interface Measurement {
  readonly driven: Driven;
  readonly asking: Asking;
  /** In each round. */
  readonly requests: number;
  /** Before the first. */
  readonly warmUp: number;
}

/** What sessions leave to be written is written then. */
const settleMs = 1_200;

/**
 * Microseconds of a gateway's processor for each request, by measurement and round. `ownGateway`: each measurement has one to itself, and what it does between
 * its turns, such as the events of sessions, belongs to the requests before.
 */
export async function measureRounds(
  all: readonly Measurement[],
  rounds: number,
  ownGateway: boolean,
): Promise<number[][]> {
  for (const { driven, asking, warmUp } of all) await driven.ask(asking, warmUp);
  if (ownGateway) await sleep(settleMs);
  const measured = all.map((): number[] => []);
  const began: number[] = [];
  const note = (index: number, { driven, requests }: Measurement): void => {
    const seconds = driven.cpuSeconds() - (began[index] ?? Number.NaN);
    measured[index]?.push((seconds / requests) * 1e6);
  };
  for (let round = 0; round < rounds; round++) {
    for (const [index, each] of all.entries()) {
      if (ownGateway && round > 0) note(index, each);
      began[index] = each.driven.cpuSeconds();
      await each.driven.ask(each.asking, each.requests);
      if (!ownGateway) note(index, each);
    }
  }
  if (ownGateway) {
    await sleep(settleMs);
    for (const [index, each] of all.entries()) note(index, each);
  }
  return measured;
}
