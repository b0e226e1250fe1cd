// Rewrites the records of one partition at once, on this thread. Of an edited batch only the records section, the length and the CRC change,
// and where records are hidden their count and times; an unedited one leaves as its very bytes, and so does everything when nothing
// was edited. Knows no masking: `rewrite` comes in. Source: KIP-98; KIP-74 for truncated tails.
import { LockkeeperError } from "../../../base/errors.ts";
import { limits } from "../../../base/limits.ts";
import type { RewriteRecord } from "../../../model/record.ts";
import { malformed } from "./failures.ts";
import { batchesOf, withBatches } from "./partition.ts";
import { rewriteBatch } from "./rewrite-batch.ts";

export interface PartitionOptions {
  /** One batch after decompression, and after rewriting. Default: limits.batchBytesMax. */
  readonly batchBytesMax?: number;
  /**
   * What becomes of a last batch that is not whole. It may hold a record that nobody could mask, so it never passes. `drop` (default) is for
   * Fetch: clients throw such a tail away and ask again, and a broker cuts a batch only where another one came before it (KIP-74).
   * `refuse` is for Produce, where it is malformed.
   */
  readonly truncatedTail?: "drop" | "refuse";
}

/**
 * The same buffer when no record was edited and no tail dropped. Throws LockkeeperError `records-malformed`, `records-too-large`,
 * `codec-unsupported`, `mask-refused` and whatever `rewrite` throws: nothing of the partition may leave then.
 */
export function rewriteRecords(records: Buffer, rewrite: RewriteRecord, options: PartitionOptions = {}): Buffer {
  const { batchBytesMax = limits.batchBytesMax, truncatedTail = "drop" } = options;
  const batches = batchesOf(records);
  if (batches.end < records.length && truncatedTail === "refuse") throw malformed("the last batch is cut off");
  const replacements = batches.headers.map(({ start, end }) => {
    const batch = rewriteBatch(records.subarray(start, end), rewrite, { batchBytesMax });
    if (batch.kind === "refused") throw new LockkeeperError("mask-refused", batch.records[0]?.reason ?? "refused");
    return batch.kind === "edited" ? batch.bytes : null;
  });
  return withBatches(records, batches, replacements);
}
