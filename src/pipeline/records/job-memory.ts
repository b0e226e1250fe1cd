// The memory that jobs lie in on their way to a thread, and that edited batches are written into there: the same few buffers again and again. Fresh ones
// count towards V8's next mark-compact, which was more than half of what masking cost the event loop.
import { assert, assertNever } from "../../base/assert.ts";
import { owned, release, retain, SlabPool } from "../../base/chunks.ts";
import { limits } from "../../base/limits.ts";
import type { BatchTask, GuardedBatch } from "../../protocols/record-guard.ts";
import type { PackedBatch } from "./worker-protocol.ts";

/** Of one job, until the thread has answered. */
export interface LentMemory {
  /** The batches, one behind the other from its beginning; what is behind them is nobody's. */
  readonly input: Buffer;
  /** Null where all memory is in use: what the thread makes is then in memory of its own. */
  readonly output: Buffer | null;
}

export class JobMemory {
  readonly #inputs = new SlabPool(limits.maskJobBytesMax, limits.maskWorkersMax);
  readonly #outputs = new SlabPool(limits.maskSlabBytes, limits.maskSlabsMax);

  lend(batches: readonly BatchTask[], bytes: number): LentMemory {
    const slab = bytes <= this.#inputs.bytes ? this.#inputs.take() : null;
    const input = slab ?? Buffer.allocUnsafeSlow(bytes);
    let at = 0;
    for (const batch of batches) at += batch.bytes.copy(input, at);
    return { input, output: this.#outputs.take() };
  }

  /** What the thread has answered; it keeps its hands off the memory from now on. Each edited batch is held once, by whoever gets the results. */
  results({ input, output }: LentMemory, batches: readonly PackedBatch[]): GuardedBatch[] {
    release(input);
    if (output === null) return batches.map((batch) => resultOf(batch, nothing));
    const results = batches.map((batch) => resultOf(batch, output));
    const bytes = batches.reduce((sum, batch) => sum + (batch.kind === "written" ? batch.bytes : 0), 0);
    const given = bytes < limits.slabHeldBytesMin ? results.map(withOwnBytes) : results;
    release(output);
    return given;
  }
}

const nothing = Buffer.alloc(0);

function resultOf(batch: PackedBatch, memory: Buffer): GuardedBatch {
  switch (batch.kind) {
    case "written": {
      const { at, bytes, counts } = batch;
      assert(at >= 0 && at + bytes <= memory.length, "an edited batch lies within its job's memory");
      retain(memory);
      return { kind: "edited", bytes: memory.subarray(at, at + bytes), counts };
    }
    case "edited":
      return { ...batch, bytes: Buffer.from(batch.bytes) };
    case "same":
    case "refused":
    case "unreadable":
      return batch;
  }
  return assertNever(batch);
}

const withOwnBytes = (batch: GuardedBatch): GuardedBatch =>
  batch.kind === "edited" ? { ...batch, bytes: owned(batch.bytes) } : batch;
