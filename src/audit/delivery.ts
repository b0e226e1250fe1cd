// Carries events from the log to a sink, in order, at least once. Reads the log's own files, so a sink that was away misses nothing
// and nothing waits in memory; the position is kept in a file and moves only after the sink has taken a batch.
import { dirname } from "node:path";
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { type Disk, readFileIfThere, realDisk, replaceFile } from "./disk.ts";
import { toEcs } from "./ecs.ts";
import { decodeEvent } from "./query.ts";
import type { AuditSink, SinkEvent } from "./sink.ts";
import { type Entry, readIntegrated } from "./snapshot.ts";

/** What a sink gets of an event: the log's own bytes, or the same in the Elastic Common Schema. */
export type SinkFormat = "cloudevents" | "ecs";

/** A sink began to fail, or took events again. `position`: the next event that it gets. */
export interface SinkState {
  readonly state: "failed" | "recovered";
  readonly position: number;
  readonly error: string | null;
}

export interface DeliveryOptions {
  /** The audit log's folder. */
  readonly directory: string;
  readonly sink: AuditSink;
  readonly positionFile: string;
  readonly format?: SinkFormat;
  /** Names the sink in the operational log where there are several of a kind. */
  readonly name?: string;
  /** Told once for each change. Must not throw. */
  readonly onState?: (state: SinkState) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** First wait after a failure, in milliseconds; doubles up to a minute. 1,000 unless told. */
  readonly retryMs?: number;
  readonly disk?: Disk;
}

export interface Delivery {
  /** There may be new events: call it from the log's `onCheckpoint`. */
  poke(): void;
  /** Resolves once all that is under the checkpoint has been delivered, or the sink has failed once more. */
  settled(): Promise<void>;
  /** The next event that the sink gets: nothing before it is needed any more. */
  position(): Promise<number>;
  /** Delivers for `sinkLastMsMax` at most what is still to be delivered, then ends. */
  close(): Promise<void>;
}

const batchEventsMax = 256;
const retryMsMax = 60_000;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { directory, sink, positionFile, clock, log, disk = realDisk, format = "cloudevents" } = options;
  const name = options.name ?? sink.name;
  const firstRetryMs = options.retryMs ?? 1_000;
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;
  let retryMs = firstRetryMs;
  let timer: Cancel | null = null;
  let failing = false;

  function poke(): void {
    again = true;
    // After a failure the timer says when to try again, however much there is to tell meanwhile.
    if (closed || running || timer !== null) return;
    running = run().finally(() => {
      running = null;
    });
  }

  async function run(): Promise<void> {
    while (again) {
      again = false;
      try {
        await deliverAll();
        retryMs = firstRetryMs;
      } catch (error) {
        const reason = describeError(error);
        log.warn({ reason: name, error: reason }, "an audit sink cannot be reached");
        if (!failing) options.onState?.({ state: "failed", position: await position(), error: reason });
        failing = true;
        if (closed) return;
        timer = clock.after(retryMs, () => {
          timer = null;
          poke();
        });
        retryMs = Math.min(retryMs * 2, retryMsMax);
        return;
      }
    }
  }

  async function deliverAll(): Promise<void> {
    let batch: SinkEvent[] = [];
    for await (const entry of readIntegrated(disk, directory, await position())) {
      if (closed) break;
      batch.push(sinkEvent(entry, format));
      if (batch.length === batchEventsMax) {
        await hand(batch);
        batch = [];
      }
    }
    if (batch.length > 0) await hand(batch);
  }

  async function hand(batch: readonly SinkEvent[]): Promise<void> {
    await sink.deliver(batch);
    await disk.mkdir(dirname(positionFile), { recursive: true });
    const next = (batch.at(-1)?.index ?? 0) + 1;
    await replaceFile(disk, positionFile, Buffer.from(`${next}\n`));
    if (failing) options.onState?.({ state: "recovered", position: next, error: null });
    failing = false;
  }

  async function position(): Promise<number> {
    const text = (await readFileIfThere(disk, positionFile))?.toString("utf8").trim() ?? "0";
    return /^\d+$/.test(text) ? Number(text) : 0;
  }

  return {
    poke,
    position,
    async settled() {
      await running;
    },
    async close() {
      timer?.();
      if (!failing) poke();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(limits.sinkLastMsMax, resolve);
      await Promise.race([running, late]);
      closed = true;
      timer?.();
      await Promise.race([(running ?? Promise.resolve()).then(() => sink.close()), late]);
      cancel();
    },
  };
}

function sinkEvent(entry: Entry, format: SinkFormat): SinkEvent {
  const event = decodeEvent(entry);
  const json = format === "ecs" ? JSON.stringify(toEcs(event)) : entry.bytes.toString("utf8");
  return { index: entry.index, json, key: event.session };
}
