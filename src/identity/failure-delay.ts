// Slows down guessing: each failed login of an address delays its next failure's answer. Successes are never delayed, so a
// neighbour behind the same address is not locked out by somebody else's mistakes. Bounded: the oldest addresses go first.
import type { Clock } from "../base/clock.ts";
import { limits } from "../base/limits.ts";

const firstDelayMs = 100;
const forgetAfterMs = 60_000;

export interface FailureDelay {
  /** Notes a failure of `address` (without its port) and returns for how many milliseconds its answer is to wait. */
  failed(address: string): number;
}

export function createFailureDelay(clock: Clock, addressesMax: number = limits.failingAddressesMax): FailureDelay {
  const failing = new Map<string, { delayMs: number; at: number }>();
  return {
    failed(address) {
      const now = clock.monotonic();
      const last = failing.get(address);
      const fresh = last === undefined || now - last.at > forgetAfterMs;
      const delayMs = fresh ? firstDelayMs : Math.min(last.delayMs * 2, limits.loginFailureDelayMsMax);
      // Deleting first moves the address to the end of the map's order: the front is always the longest quiet.
      failing.delete(address);
      failing.set(address, { delayMs, at: now });
      const oldest = failing.keys().next();
      if (failing.size > addressesMax && !oldest.done) failing.delete(oldest.value);
      return delayMs;
    },
  };
}
