// Gives the batches of one partition to whoever masks and filters them. Batches in which there is nothing to see are not asked about.
import { type GuardedBatch, newCounts, type RecordGuard } from "../../record-guard.ts";
import { type BatchHeader, batchField, type Compression } from "./batch.ts";
import { batchesOf, type PartitionBatches } from "./partition.ts";

export interface Guarded extends PartitionBatches {
  /** One for each header. */
  readonly results: readonly GuardedBatch[];
}

export interface GuardPlace {
  readonly partition: number;
  /** True for what is stored, so that others will read the same batches. */
  readonly isStored: boolean;
}

/** Throws LockkeeperError `records-malformed` at a header that cannot be; rejects with `overloaded`. */
export function guardBatches(records: Buffer, guard: RecordGuard, place: GuardPlace): Guarded | Promise<Guarded> {
  const batches = batchesOf(records);
  const asked = batches.headers.filter(holdsRecords);
  const results = guard.guard(asked.map((header) => taskOf(records, header, place)));
  if (results instanceof Promise) return results.then((all) => withResults(batches, all));
  return withResults(batches, results);
}

function withResults(batches: PartitionBatches, results: readonly GuardedBatch[]): Guarded {
  if (results.length === batches.headers.length) return { ...batches, results };
  let next = 0;
  const all = batches.headers.map((header) => (holdsRecords(header) ? results[next++] : undefined) ?? untouched);
  return { ...batches, results: all };
}

const untouched: GuardedBatch = { kind: "same", counts: newCounts() };

/** Control records are the broker's; a batch that compaction emptied is there for its producer's sake. */
function holdsRecords({ isControl, records, start, end }: BatchHeader): boolean {
  return !isControl && (records > 0 || end - start > batchField.records);
}

function taskOf(records: Buffer, header: BatchHeader, { partition, isStored }: GuardPlace) {
  const { start, end, magic, compression } = header;
  return {
    bytes: records.subarray(start, end),
    identity: isStored && magic === 2 ? identityOf(records, header, partition) : null,
    workBytes: (end - start) * (compression === "unknown" ? 1 : workFactor[compression]),
  };
}

/**
 * The whole header: offset, leader epoch, times, producer, and the checksum over everything behind it. Two batches of one partition that agree
 * in all of that are the same batch.
 */
function identityOf(records: Buffer, { start }: BatchHeader, partition: number): string {
  return `${partition}\n${records.toString("latin1", start, start + batchField.records)}`;
}

/**
 * What a stored byte costs beside an uncompressed one: it stands for several, which are unpacked, masked and packed again. An estimate, from
 * `npm run bench:mask`.
 */
const workFactor: Readonly<Record<Compression, number>> = { none: 1, snappy: 6, lz4: 6, zstd: 8, gzip: 60 };
