// Memory that sockets are read into, used again and again: an allocation for each read makes V8 collect its whole heap every 64 MiB of traffic,
// which was measured as half of the hot path's cost. Each connection has a pool of its own, so that a mistake in here could never show one
// session's bytes to another. Whoever keeps a view beyond the call in which it came retains it, and releases it once.
import { assert } from "./assert.ts";
import { limits } from "./limits.ts";

interface Slot {
  readonly buffer: Buffer;
  readonly pool: ChunkPool;
  refs: number;
}

const slots = new WeakMap<ArrayBufferLike, Slot>();

export class ChunkPool {
  readonly #free: Slot[] = [];
  #closed = false;

  /** A buffer of limits.readChunkBytes with one reference, of unknown content. */
  take(): Buffer {
    const slot = this.#free.pop() ?? this.#make();
    slot.refs = 1;
    return slot.buffer;
  }

  /** Keeps nothing from now on. */
  close(): void {
    this.#closed = true;
    this.#free.length = 0;
  }

  /** @internal */
  giveBack(slot: Slot): void {
    if (!this.#closed && this.#free.length < limits.freeChunksMax) this.#free.push(slot);
  }

  #make(): Slot {
    // Slow: a slab of its own, so that its ArrayBuffer names it.
    const buffer = Buffer.allocUnsafeSlow(limits.readChunkBytes);
    const slot: Slot = { buffer, pool: this, refs: 0 };
    slots.set(buffer.buffer, slot);
    return slot;
  }
}

/** True for a view of a pool's memory. */
export function isPooled(view: Uint8Array): boolean {
  return slots.has(view.buffer);
}

/** Keeps the memory of a view; nothing to do for memory of no pool. */
export function retain(view: Uint8Array): void {
  const slot = slots.get(view.buffer);
  if (slot === undefined) return;
  assert(slot.refs > 0, "a chunk is retained while it is held");
  slot.refs++;
}

/** Lets go of it, once for each `retain`: the view must not be looked at again. */
export function release(view: Uint8Array): void {
  const slot = slots.get(view.buffer);
  if (slot === undefined) return;
  assert(slot.refs > 0, "a chunk is released as often as it was retained");
  slot.refs--;
  if (slot.refs === 0) slot.pool.giveBack(slot);
}
