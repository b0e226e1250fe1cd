// Carries events from the log to a sink, in order, at least once. Reads the log's own files, so a sink that was away misses nothing
// and nothing waits in memory; the position is kept in a file and moves only after the sink has taken a batch.
import { dirname } from "node:path";
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { type Disk, readFileIfThere, realDisk, replaceFile } from "./disk.ts";
import type { AuditSink, SinkEvent } from "./sink.ts";
import { readEntries } from "./snapshot.ts";

export interface DeliveryOptions {
  /** The audit log's folder. */
  readonly directory: string;
  readonly sink: AuditSink;
  readonly positionFile: string;
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
  close(): Promise<void>;
}

const batchEventsMax = 256;
const retryMsMax = 60_000;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { directory, sink, positionFile, clock, log, disk = realDisk } = options;
  const firstRetryMs = options.retryMs ?? 1_000;
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;
  let retryMs = firstRetryMs;
  let timer: Cancel | null = null;

  function poke(): void {
    again = true;
    if (closed || running) return;
    timer?.();
    timer = null;
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
        log.warn({ reason: sink.name, error: describeError(error) }, "an audit sink cannot be reached");
        timer = clock.after(retryMs, poke);
        retryMs = Math.min(retryMs * 2, retryMsMax);
        return;
      }
    }
  }

  async function deliverAll(): Promise<void> {
    let batch: SinkEvent[] = [];
    for await (const { index, integrated, bytes } of readEntries(disk, directory, await position())) {
      // Only what a checkpoint covers: nobody outside may learn of an event that the log could still lose.
      if (!integrated || closed) break;
      batch.push({ index, json: bytes.toString("utf8") });
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
    await replaceFile(disk, positionFile, Buffer.from(`${(batch.at(-1)?.index ?? 0) + 1}\n`));
  }

  async function position(): Promise<number> {
    const text = (await readFileIfThere(disk, positionFile))?.toString("utf8").trim() ?? "0";
    return /^\d+$/.test(text) ? Number(text) : 0;
  }

  return {
    poke,
    async settled() {
      await running;
    },
    async close() {
      closed = true;
      timer?.();
      await running;
      await sink.close();
    },
  };
}
