// How many connections each worker has open, by listener: what the limit of a listener counts is those of all workers.
import type { Counts } from "./messages.ts";

export class ConnectionBook {
  readonly #open = new Map<number, Counts>();
  /** Handed over since the worker told its numbers. */
  readonly #handed = new Map<number, number>();

  set(slot: number, open: Counts): void {
    this.#open.set(slot, open);
    this.#handed.delete(slot);
  }

  handed(slot: number): void {
    this.#handed.set(slot, (this.#handed.get(slot) ?? 0) + 1);
  }

  /** Of all its listeners, with what it has not told of yet. */
  of(slot: number): number {
    return Object.values(this.#open.get(slot) ?? {}).reduce((sum, count) => sum + count, this.#handed.get(slot) ?? 0);
  }

  /** Of all workers but this one, together. */
  elsewhere(slot: number): Counts {
    const sums: Record<string, number> = {};
    for (const [other, open] of this.#open) {
      if (other === slot) continue;
      for (const [place, count] of Object.entries(open)) sums[place] = (sums[place] ?? 0) + count;
    }
    return sums;
  }
}
