// Long work on the event loop, in slices: between two of them everybody else gets a turn. Without it one large answer would be waited for by
// every connection of the process.
import { setImmediate } from "node:timers/promises";
import type { Maybe } from "./maybe.ts";

/** Calls `slice` until it returns false. The first runs at once, so that work of one slice costs no promise; an error ends it. */
export function inTurns(slice: () => boolean): Maybe<void> {
  return slice() ? others(slice) : undefined;
}

async function others(slice: () => boolean): Promise<void> {
  do await setImmediate();
  while (slice());
}
