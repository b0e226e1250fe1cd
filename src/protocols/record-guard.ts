// Between a protocol's batches and whoever masks and filters what is in them: the protocol says which batches pass and how one is rewritten,
// the pipeline with which rules, on which thread, and whether it was done before. Neither knows the other's half.
import type { ErrorCode } from "../base/errors.ts";
import type { RewriteRecord } from "../model/record.ts";

/** One batch that is to pass. */
export interface BatchTask {
  /** Whole, and nothing else; a view. */
  readonly bytes: Buffer;
  /** Tells this content from every other in its topic, so that what became of it can be used again; null where nobody will ask again. */
  readonly identity: string | null;
  /** About so many bytes' worth of work as uncompressed records are: decides whether it is worth another thread. */
  readonly workBytes: number;
}

export interface RefusedRecord {
  /** Its place in the batch, from 0. */
  readonly index: number;
  /** One public sentence, never a value. */
  readonly reason: string;
}

/** What a rewriter made of a batch. */
export type RewrittenBatch =
  | { readonly kind: "same" }
  /** They may lie in memory that is used again (base/chunks.ts): who has them holds it, and releases it once. */
  | { readonly kind: "edited"; readonly bytes: Buffer }
  /** Nothing of the batch may go on. */
  | { readonly kind: "refused"; readonly records: readonly RefusedRecord[] };

/**
 * By rule, counted up: fields masked, records hidden, parts and batches that could not be read. A batch that nobody could look into is counted
 * for each rule that is about it, and once under the code of its error.
 */
export interface GuardCounts {
  readonly masked: Record<string, number>;
  readonly filtered: Record<string, number>;
  readonly failed: Record<string, number>;
}

export type GuardedBatch = { readonly counts: GuardCounts } & (
  | RewrittenBatch
  /** Nobody could look at its records. `RecordGuard.unreadable` says what becomes of it. */
  | { readonly kind: "unreadable"; readonly code: ErrorCode }
);

/** The masks and filters of one verdict, ready for the records of one topic in one direction. */
export interface RecordGuard {
  /** The names of its rules. */
  readonly rules: readonly string[];
  /**
   * The strictest word of all rules on what they cannot read: `redact` leaves nothing of it to see, `refuse` refuses the partition, `pass`
   * lets it pass as it is.
   */
  readonly unreadable: "redact" | "refuse" | "pass";
  /**
   * One result for each batch, in order; a promise where it takes time. The views need not stay valid afterwards.
   * Rejects with LockkeeperError `overloaded` when too much waits already: nothing was done, and it may be tried again.
   */
  guard(batches: readonly BatchTask[]): readonly GuardedBatch[] | Promise<readonly GuardedBatch[]>;
}

/** A protocol's half: pure, so that a worker thread can do it. Throws LockkeeperError where the batch cannot be read, and what `rewrite` throws. */
export interface RewriteBatch {
  (batch: Buffer, rewrite: RewriteRecord, options: RewriteOptions): RewrittenBatch;
}

export interface RewriteOptions {
  /** One batch after decompression, and after rewriting. */
  readonly batchBytesMax: number;
  /** With which compressed records are compressed again; each codec's own default where not given. */
  readonly levels?: CompressionLevels;
  /** Memory for so many bytes of an edited batch, all of which are written; fresh memory that nothing else lies in where not given. */
  readonly room?: (bytes: number) => Buffer;
}

export interface CompressionLevels {
  readonly gzip: number;
  readonly zstd: number;
}

export function newCounts(): GuardCounts {
  return { masked: {}, filtered: {}, failed: {} };
}

/** What `failed` says of a batch, or of a whole partition, that nobody could look into: what all of these rules are about may have been in it. */
export function unreadableCounts(code: ErrorCode, rules: readonly string[]): Record<string, number> {
  return Object.fromEntries([code, ...rules].map((name) => [name, 1]));
}

/** Adds `more` to `counts`. */
export function addCounts(counts: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [rule, count] of Object.entries(more)) counts[rule] = (counts[rule] ?? 0) + count;
}
