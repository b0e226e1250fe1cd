// Well-behaved clients that work without end beside an overload: what counts is how much they get done, as a ratio to what it was before, in the same
// run and on the same machine; and what a gateway's process holds meanwhile (Linux's /proc).
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fetch } from "../../src/protocols/kafka/messages/fetch.ts";
import { produce } from "../../src/protocols/kafka/messages/produce.ts";
import { buildBatch } from "../../src/protocols/kafka/records/build.ts";
import type { Wire } from "./wire.ts";

export interface Load {
  /** Answers so far. */
  readonly done: () => number;
  /** Answers a second, over so many milliseconds from now on. Rejects when a client has failed. */
  readonly rate: (ms?: number) => Promise<number>;
  /** Resolves once each has its last answer. Rejects when a client has failed. */
  readonly stop: () => Promise<void>;
}

/** Each asks again as soon as it has its answer. */
export function keepBusy(wires: readonly Wire[], ask: (wire: Wire, at: number) => Promise<unknown>): Load {
  let done = 0;
  const stopping = new AbortController();
  const working = Promise.all(
    wires.map(async (wire, at) => {
      for (; !stopping.signal.aborted; done++) await ask(wire, at);
    }),
  );
  working.catch(() => {}); // told to whoever waits next
  return {
    done: () => done,
    async rate(ms = 1_500) {
      const [from, before] = [performance.now(), done];
      await Promise.race([sleep(ms), working]);
      return ((done - before) / (performance.now() - from)) * 1_000;
    },
    async stop() {
      stopping.abort();
      await working;
    },
  };
}

export function rssMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** One record of this value, acknowledged by the leader; Produce 9 and later, by the topic's name. */
export function produceOf(topic: string, index: number, value: Uint8Array) {
  // a record of 1970 is one that retention removes soon
  const records = buildBatch({ records: [{ value }], baseTimestamp: BigInt(Date.now()) });
  const partitionData = [{ index, records }];
  return { acks: 1, timeoutMs: 30_000, topicData: [{ name: topic, partitionData }] };
}

/** Writes one record and waits for the leader. Rejects with the broker's error code. */
export async function produceOne(wire: Wire, topic: string, index: number, value: Uint8Array): Promise<bigint> {
  const answer = await wire.ask(produce, 9, produceOf(topic, index, value));
  const its = answer.responses[0]?.partitionResponses[0];
  if (its?.errorCode !== 0) throw new Error(`Produce to ${topic}: error ${its?.errorCode}`);
  return its.baseOffset;
}

/** Reads from an offset, and waits for nothing. Rejects with the broker's error code. */
export async function fetchOnce(
  wire: Wire,
  topic: string,
  partition: number,
  fetchOffset = 0n,
): Promise<Buffer | null> {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: 1 << 16 }];
  const answer = await wire.ask(fetch, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1 << 20,
    topics: [{ topic, partitions }],
  });
  const its = answer.responses[0]?.partitions[0];
  if (its?.errorCode !== 0) throw new Error(`Fetch of ${topic}: error ${its?.errorCode}`);
  return its.records;
}
