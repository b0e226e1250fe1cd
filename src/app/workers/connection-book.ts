// How many connections each worker has open, by listener: what the limit of a listener counts is those of all workers.
import type { Counts } from "./messages.ts";

interface Entry {
  /** As the worker told it last. */
  open: Counts;
  /** Connections that came to it until then, and those that were ever on their way to it. */
  came: number;
  handed: number;
}

export class ConnectionBook {
  readonly #entries = new Map<number, Entry>();

  /** What a worker tells: connections open, and all that have come to it since it started. */
  set(slot: number, open: Counts, came: number): void {
    Object.assign(this.#entry(slot), { open, came });
  }

  /** One is on its way to it. */
  handed(slot: number): void {
    this.#entry(slot).handed++;
  }

  /** And did not get there. */
  lost(slot: number): void {
    this.#entry(slot).handed--;
  }

  /** Its process ended, and all its connections with it. */
  left(slot: number): void {
    this.#entries.delete(slot);
  }

  /** Of all its listeners, with those that it has not told of yet. */
  of(slot: number): number {
    const entry = this.#entries.get(slot);
    if (!entry) return 0;
    return Object.values(entry.open).reduce((sum, count) => sum + count, entry.handed - entry.came);
  }

  /** Of all workers but this one, together. */
  elsewhere(slot: number): Counts {
    const sums: Record<string, number> = {};
    for (const [other, { open }] of this.#entries) {
      if (other === slot) continue;
      for (const [place, count] of Object.entries(open)) sums[place] = (sums[place] ?? 0) + count;
    }
    return sums;
  }

  #entry(slot: number): Entry {
    let entry = this.#entries.get(slot);
    if (!entry) this.#entries.set(slot, (entry = { open: {}, came: 0, handed: 0 }));
    return entry;
  }
}
