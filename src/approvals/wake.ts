// Wakes requests that wait for people: one subscription a gateway, any number of waiters. Only a hint, never the truth: a waiter looks
// at the state after each ring, after each reconnect, and now and then on its own, so a lost message costs a little time and nothing else.
import type { Clock } from "../base/clock.ts";
import { closeClient, openClient, type RedisOptions } from "./redis.ts";

export interface Bell {
  /** Resolves at the next ring (one that came since the last call counts), after `waitMs`, or when the signal aborts. */
  next(waitMs: number, signal: AbortSignal): Promise<void>;
  release(): void;
}

export interface Wake {
  listen(id: string): Bell;
  /** Calls back at every change of any approval, and whenever changes may have been missed. Ends with the function that it returns. */
  watch(changed: () => void): () => void;
  close(): void;
}

export function openWake(options: RedisOptions): Wake {
  const bells = new Map<string, Set<() => void>>();
  const watchers = new Set<() => void>();
  const ring = (id: string) => {
    for (const changed of watchers) changed();
    for (const listener of bells.get(id) ?? []) listener();
  };
  const client = openClient(options, "quiet");
  // node-redis renews subscriptions after a reconnect; what was published meanwhile is lost, hence the ring for all.
  client.on("ready", () => {
    for (const id of bells.keys()) ring(id);
    for (const changed of watchers) changed();
  });
  client.once("ready", () => {
    client.subscribe(`${options.prefix}:changes`, ring).catch((error: unknown) => {
      options.log.warn({ error: String(error) }, "no subscription: held requests are looked at by polling");
    });
  });
  return {
    listen: (id) => createBell(options.clock, bells, id),
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    close: () => closeClient(client),
  };
}

function createBell(clock: Clock, bells: Map<string, Set<() => void>>, id: string): Bell {
  let rung = false;
  let answer: (() => void) | null = null;
  const listener = () => {
    rung = true;
    answer?.();
  };
  const listeners = bells.get(id) ?? new Set();
  bells.set(id, listeners.add(listener));
  return {
    async next(waitMs, signal) {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(waitMs, resolve);
          signal.addEventListener("abort", listener, { once: true });
          answer = () => {
            cancel();
            resolve();
          };
        });
        signal.removeEventListener("abort", listener);
        answer = null;
      }
      rung = false;
    },
    release() {
      listeners.delete(listener);
      if (listeners.size === 0) bells.delete(id);
    },
  };
}
