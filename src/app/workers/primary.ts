// The primary as a worker process reaches it: over IPC. When the primary is gone, nobody accepts connections any more; the worker then ends in order, as
// if it had been told to, where node:cluster by itself would end it at once and leave a gap in its log.
import cluster from "node:cluster";
import type { Socket } from "node:net";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { ToPrimary } from "./seat.ts";

export interface Primary extends ToPrimary {
  /** When it says so, or is gone. */
  readonly stopped: Promise<void>;
  /** The last act of a worker. */
  leave(): void;
}

export function primaryOf(process: NodeJS.Process): Primary {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const takers: Parameters<ToPrimary["onMessage"]>[0][] = [];
  process.on("message", (message: ToWorker, socket) => {
    if (message.type === "stop") resolve();
    for (const take of takers) take(message, socket as Socket | undefined);
  });
  // before cluster's own listener, which exits unless the worker meant to leave
  process.prependListener("disconnect", () => {
    if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
    resolve();
  });
  return {
    stopped,
    send: (message: FromWorker) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => {});
    },
    onMessage: (take) => void takers.push(take),
    leave() {
      if (process.connected) process.disconnect();
    },
  };
}
