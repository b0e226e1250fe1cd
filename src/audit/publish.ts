// Carries checkpoints to places outside, so that nobody who owns the gateway's disk can take back what was signed. Only the newest counts:
// while one is on its way, or a place is away, the ones between are left out. Each goes as a CloudEvent whose data is the signed note.
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { SinkState } from "./delivery.ts";
import type { AuditSink, SinkEvent } from "./sink.ts";

export interface PublisherOptions {
  readonly sink: AuditSink;
  readonly name: string;
  /** Milliseconds from one checkpoint to the next. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly onState?: (state: SinkState) => void;
}

export interface Publisher {
  /** From the log's `onCheckpoint`. */
  publish(note: string, size: number): void;
  /** Sends the newest, if it has not been, then ends. */
  close(): Promise<void>;
}

export const checkpointType = "dev.lockkeeper.checkpoint";

export function createPublisher(options: PublisherOptions): Publisher {
  const { sink, name, everyMs, clock, log } = options;
  let newest: SinkEvent | null = null;
  let running: Promise<void> | null = null;
  let timer: Cancel | null = null;
  let failing = false;

  async function send(): Promise<void> {
    const sending = newest;
    if (sending === null) return;
    newest = null;
    try {
      await sink.deliver([sending]);
      if (failing) options.onState?.({ state: "recovered", position: sending.index, error: null });
      failing = false;
    } catch (error) {
      newest ??= sending;
      const reason = describeError(error);
      log.warn({ reason: name, error: reason }, "a checkpoint could not be published");
      if (!failing) options.onState?.({ state: "failed", position: sending.index, error: reason });
      failing = true;
    }
  }

  function start(): void {
    running = send().finally(() => {
      running = null;
      timer = clock.after(everyMs, () => {
        timer = null;
        if (newest !== null) start();
      });
    });
  }

  return {
    publish(note, size) {
      newest = checkpointEvent(note, size, clock.now());
      if (running === null && timer === null) start();
    },
    async close() {
      timer?.();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(limits.sinkLastMsMax, resolve);
      const last = async () => {
        await running;
        timer?.();
        // A place that is away is not waited for once more: the next start publishes a newer one.
        if (!failing) await send();
        await sink.close();
      };
      await Promise.race([last(), late]);
      cancel();
    },
  };
}

function checkpointEvent(note: string, size: number, at: number): SinkEvent {
  const [origin = ""] = note.split("\n");
  const json = JSON.stringify({
    specversion: "1.0",
    id: `${origin}/${size}/${at}`,
    source: `/${origin}`,
    type: checkpointType,
    time: new Date(at).toISOString(),
    datacontenttype: "text/plain",
    data: note,
  });
  return { index: size, json, key: origin };
}

/** The signed notes in what somebody kept: a note, or lines of what was published, of which the last of each log counts. */
export function keptCheckpoints(text: string): string[] {
  if (!text.startsWith("{")) return [text];
  const notes = text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly data?: unknown }).data)
    .filter((data) => typeof data === "string");
  return [...new Map(notes.map((note) => [note.split("\n")[0], note])).values()];
}
