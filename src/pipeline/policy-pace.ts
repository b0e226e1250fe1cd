// Keeps a slow policy from taking the event loop away from everybody: whoever's last request took long to decide waits before the next one, so that
// those requests together take a quarter of the time at most. Others, whose decisions are quick or known, never wait here. One for a gateway.
import type { Clock } from "../base/clock.ts";
import { limits } from "../base/limits.ts";

/** Of the time, what slow decisions may take: one part of so many. */
const share = 4;

export interface PolicyPace {
  /** After a request whose decisions took so long. @returns the milliseconds that its connection has to keep for `turn`; 0 where they were few */
  decided(tookMs: number): number;
  /** Before the next request of a connection whose last one was slow: undefined, or resolves when it may be decided. */
  turn(lastMs: number): Promise<void> | undefined;
}

export function createPolicyPace(clock: Clock): PolicyPace {
  /** When the next slow one may be decided. */
  let freeAt = Number.NEGATIVE_INFINITY;
  return {
    decided(tookMs) {
      if (tookMs < limits.policySlowMs) return 0;
      // the first slow one of a connection has not asked for its turn
      freeAt = Math.max(freeAt, clock.monotonic() + tookMs * (share - 1));
      return tookMs;
    },
    turn(lastMs) {
      const now = clock.monotonic();
      const at = Math.max(now, freeAt);
      freeAt = at + lastMs * share;
      return at === now ? undefined : new Promise((resolve) => void clock.after(at - now, resolve));
    },
  };
}
