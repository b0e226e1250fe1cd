// What became of batches, so that ten readers of one topic cost one masking. Bounded in bytes; what was used longest ago goes first. A batch
// that is being worked on is waited for and not begun twice. Keys say rule set, topic and content; what they are is its caller's business.
import { isPooled } from "../../base/chunks.ts";
import type { GuardedBatch } from "../../protocols/record-guard.ts";

/** Of an entry beside its bytes: key, counts, and the map's own. A guess that is not too low. */
const entryBytes = 512;

export class BatchCache {
  readonly #bytesMax: number;
  readonly #entries = new Map<string, GuardedBatch>();
  readonly #pending = new Map<string, Promise<GuardedBatch>>();
  #bytes = 0;

  /** 0 keeps nothing. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): GuardedBatch | Promise<GuardedBatch> | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return this.#pending.get(key);
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  /** False where nothing is kept. */
  get keeps(): boolean {
    return this.#bytesMax > 0;
  }

  /** A batch that could not be read is not kept: its schema may be there the next time. Edited ones have memory of their own. */
  keep(key: string, batch: GuardedBatch): void {
    if (batch.kind === "unreadable" || Object.keys(batch.counts.failed).length > 0) return;
    const size = sizeOf(batch);
    if (size > this.#bytesMax) return;
    const before = this.#entries.get(key);
    if (before !== undefined) this.#bytes -= sizeOf(before);
    this.#entries.delete(key);
    this.#entries.set(key, batch);
    this.#bytes += size;
    for (const [oldest, its] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#entries.delete(oldest);
      this.#bytes -= sizeOf(its);
    }
  }

  /** Whoever asks for this key meanwhile gets a promise of the same. What is kept, and given to those, is a copy: `work`'s own is for who began it. */
  await(key: string, work: Promise<GuardedBatch>): Promise<GuardedBatch> {
    const shared = work.then(copyOf).finally(() => this.#pending.delete(key));
    this.#pending.set(key, shared);
    // a failure is for those who wait
    shared.then(
      (batch) => this.keep(key, batch),
      () => {},
    );
    return work;
  }
}

/** Memory that is used again has one who holds it. */
function copyOf(batch: GuardedBatch): GuardedBatch {
  return batch.kind === "edited" && isPooled(batch.bytes) ? { ...batch, bytes: Buffer.from(batch.bytes) } : batch;
}

function sizeOf(batch: GuardedBatch): number {
  return entryBytes + (batch.kind === "edited" ? batch.bytes.length : 0);
}
