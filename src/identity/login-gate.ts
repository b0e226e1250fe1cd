// Bounds guessing in parallel: of one address only so many login attempts are looked at at once, and one that failed counts until its delayed
// answer has left (failure-delay.ts). Others wait their turn, none is refused: a neighbour behind the same address whose password is right
// gets in, at once as long as others do not fail by the dozen. Bounded: each connection waits once, and leaves when it ends.
import { limits } from "../base/limits.ts";
import type { Maybe } from "../base/maybe.ts";

/** Ends an attempt that was let in; called once. */
export type Leave = () => void;

export interface LoginGate {
  /** Settles when an attempt of `address` (without its port) may be looked at; null when `gone` was aborted before. */
  enter(address: string, gone: AbortSignal): Maybe<Leave | null>;
}

interface Entrance {
  /** Let in and not left yet. */
  inside: number;
  readonly waiting: Set<() => void>;
}

export function createLoginGate(atOnceMax: number = limits.loginsAtOnceMax): LoginGate {
  const entrances = new Map<string, Entrance>();

  function leave(address: string, entrance: Entrance): void {
    const [next] = entrance.waiting;
    // the place is handed on, so that nobody who comes this moment takes it
    if (next) return next();
    entrance.inside--;
    if (entrance.inside === 0) entrances.delete(address);
  }

  return {
    enter(address, gone) {
      if (gone.aborted) return null;
      const entrance = entrances.get(address) ?? { inside: 0, waiting: new Set() };
      entrances.set(address, entrance);
      const left: Leave = () => leave(address, entrance);
      if (entrance.inside < atOnceMax) {
        entrance.inside++;
        return left;
      }
      const { promise, resolve } = Promise.withResolvers<Leave | null>();
      const settle = (it: Leave | null) => {
        entrance.waiting.delete(turn);
        gone.removeEventListener("abort", end);
        resolve(it);
      };
      const turn = () => settle(left);
      const end = () => settle(null);
      entrance.waiting.add(turn);
      gone.addEventListener("abort", end);
      return promise;
    },
  };
}
