// Memory that sockets are read into, used again and again: an allocation for each read makes V8 collect its whole heap every 64 MiB of traffic,
// which was measured as half of the hot path's cost. Each connection has a pool of its own, so that a mistake in here could never show one
// session's bytes to another. Whoever keeps a view beyond the call in which it came retains it, and releases it once.
import { assert } from "./assert.ts";
import { limits } from "./limits.ts";

interface Slot {
  readonly buffer: Buffer;
  readonly pool: { giveBack(slot: Slot): void };
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

/** The same bytes in memory that nobody else has; a view of a pool's memory is released then. */
export function owned(view: Buffer): Buffer {
  if (!isPooled(view)) return view;
  const own = Buffer.from(view);
  release(view);
  return own;
}

/**
 * Memory that another thread reads or fills, in a fixed number of pieces of one size. Shared, since V8 counts what it is handed over towards its next
 * mark-compact, and what is shared it does not count. One side has it at a time: it is this side's again once the other has said that it is done.
 */
export class SlabPool {
  readonly bytes: number;
  readonly #countMax: number;
  readonly #free: Buffer[] = [];
  #count = 0;
  /** What nobody released, for one that died or was forgotten, was collected: another may take its place. */
  readonly #collected = new FinalizationRegistry(() => this.#count--);

  constructor(bytes: number, countMax: number) {
    this.bytes = bytes;
    this.#countMax = countMax;
  }

  /** With one reference, of unknown content; null while all are in use. */
  take(): Buffer | null {
    const buffer = this.#free.pop() ?? this.#make();
    const slot = buffer && slots.get(buffer.buffer);
    if (slot) slot.refs = 1;
    return buffer;
  }

  /** @internal */
  giveBack({ buffer }: Slot): void {
    this.#free.push(buffer);
  }

  #make(): Buffer | null {
    if (this.#count === this.#countMax) return null;
    this.#count++;
    const memory = new SharedArrayBuffer(this.bytes);
    const buffer = Buffer.from(memory);
    slots.set(memory, { buffer, pool: this, refs: 0 });
    this.#collected.register(memory, undefined);
    return buffer;
  }
}
