// What the event loop and a worker thread say to each other about batches. Plain data; batches and results change hands without being copied.
import type { ErrorCode } from "../../base/errors.ts";
import type { GuardCounts, GuardedBatch, RefusedRecord } from "../../protocols/record-guard.ts";
import type { RecordRules } from "./guard-batch.ts";

export type ToWorker =
  /** A rule set by a number, before the first job with it. */
  | { readonly kind: "rules"; readonly id: number; readonly rules: RecordRules }
  /** All numbers are free again. */
  | { readonly kind: "forget" }
  /** Batches one behind the other, and the size of each. */
  | { readonly kind: "job"; readonly rules: number; readonly bytes: ArrayBuffer; readonly sizes: readonly number[] }
  | { readonly kind: "reply"; readonly ask: number; readonly value: unknown };

export type FromWorker =
  | { readonly kind: "done"; readonly batches: readonly PackedBatch[] }
  /** A bug, and the job's end. */
  | { readonly kind: "failed"; readonly message: string }
  /** Something that only the event loop can get, such as a schema. */
  | { readonly kind: "ask"; readonly ask: number; readonly question: unknown };

export type PackedBatch = { readonly counts: GuardCounts } & (
  | { readonly kind: "same" }
  | { readonly kind: "edited"; readonly bytes: ArrayBuffer }
  | { readonly kind: "refused"; readonly records: readonly RefusedRecord[] }
  | { readonly kind: "unreadable"; readonly code: ErrorCode }
);

/** The batches as they travel, and the memory that goes with them. Edited ones have memory of their own. */
export function pack(batches: readonly GuardedBatch[]): { batches: PackedBatch[]; transfer: ArrayBuffer[] } {
  const transfer: ArrayBuffer[] = [];
  const packed = batches.map((batch): PackedBatch => {
    if (batch.kind !== "edited") return batch;
    const bytes = batch.bytes.buffer as ArrayBuffer;
    transfer.push(bytes);
    return { kind: "edited", bytes, counts: batch.counts };
  });
  return { batches: packed, transfer };
}

export function unpack(batch: PackedBatch): GuardedBatch {
  return batch.kind === "edited" ? { ...batch, bytes: Buffer.from(batch.bytes) } : batch;
}
