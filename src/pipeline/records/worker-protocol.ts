// What the event loop and a worker thread say to each other about batches. Plain data; the batches lie in
// memory that both see, and so do edited ones, one behind the other.
import type { ErrorCode } from "../../base/errors.ts";
import type { GuardCounts, GuardedBatch, RefusedRecord } from "../../protocols/record-guard.ts";
import { own, type RecordRules } from "./guard-batch.ts";

export type ToWorker =
  /** A rule set by a number, before the first job with it. */
  | { readonly kind: "rules"; readonly id: number; readonly rules: RecordRules }
  /** All numbers are free again. */
  | { readonly kind: "forget" }
  /** Batches one behind the other at the beginning of `input`, and the size of each; what is behind them is nobody's. Both are the thread's until it answers. */
  | {
      readonly kind: "job";
      readonly rules: number;
      readonly input: ArrayBufferLike;
      readonly sizes: readonly number[];
      readonly output: ArrayBufferLike | null;
    }
  | { readonly kind: "reply"; readonly ask: number; readonly value: unknown };

export type FromWorker =
  | { readonly kind: "done"; readonly batches: readonly PackedBatch[] }
  /** A bug, and the job's end. */
  | { readonly kind: "failed"; readonly message: string }
  /** Something that only the event loop can get, such as a schema. */
  | { readonly kind: "ask"; readonly ask: number; readonly question: unknown };

export type PackedBatch = { readonly counts: GuardCounts } & (
  | { readonly kind: "same" }
  /** In the job's `output`. */
  | { readonly kind: "written"; readonly at: number; readonly bytes: number }
  /** There was no room for it. */
  | { readonly kind: "edited"; readonly bytes: ArrayBuffer }
  | { readonly kind: "refused"; readonly records: readonly RefusedRecord[] }
  | { readonly kind: "unreadable"; readonly code: ErrorCode }
);

/** What the edited batches of one job are written into: on the thread. */
export class JobOutput {
  readonly #memory: Buffer;
  #used = 0;

  constructor(memory: ArrayBufferLike | null) {
    this.#memory = memory === null ? Buffer.alloc(0) : Buffer.from(memory);
  }

  /** The next so many bytes; memory of its own where there are not so many left. */
  readonly room = (bytes: number): Buffer => {
    const at = this.#used;
    if (at + bytes > this.#memory.length) return Buffer.allocUnsafeSlow(bytes);
    this.#used = at + bytes;
    return this.#memory.subarray(at, this.#used);
  };

  /** A batch as it travels; memory that goes with it is put to `transfer`. */
  pack(batch: GuardedBatch, transfer: ArrayBuffer[]): PackedBatch {
    if (batch.kind !== "edited") return batch;
    const { counts } = batch;
    const bytes = this.#within(batch.bytes);
    if (bytes.buffer === this.#memory.buffer) {
      return { kind: "written", at: bytes.byteOffset, bytes: bytes.length, counts };
    }
    const { buffer } = own(bytes);
    transfer.push(buffer as ArrayBuffer);
    return { kind: "edited", bytes: buffer as ArrayBuffer, counts };
  }

  /** Here, where it can be: not all rewriters ask for room. */
  #within(bytes: Buffer): Buffer {
    if (bytes.buffer === this.#memory.buffer) return bytes;
    const room = this.room(bytes.length);
    if (room.buffer !== this.#memory.buffer) return bytes;
    bytes.copy(room);
    return room;
  }
}
