// A clock that stands still until a test moves it. Timers run in the order in which they are due.
import type { Clock } from "../../src/base/clock.ts";

export interface ManualClock extends Clock {
  /** Moves on, and runs what is due on the way. */
  advance(byMs: number): void;
  /** Timers that have not run and were not cancelled. */
  readonly timers: number;
}

export function manualClock(startMs = 1_000_000): ManualClock {
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  let now = startMs;
  return {
    now: () => now,
    monotonic: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(byMs) {
      const until = now + byMs;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
        if (!next) break;
        timers.delete(next);
        now = next.at;
        next.run();
      }
      now = until;
    },
    get timers() {
      return timers.size;
    },
  };
}
