// The records of one partition as whole batches, and put together again with some of them replaced. What is replaced by nothing keeps its
// very bytes; a cut-off tail is never part of what is put together. Source: KIP-74 for truncated tails.
import { type BatchHeader, scanBatches } from "./batch.ts";

export interface PartitionBatches {
  readonly headers: readonly BatchHeader[];
  /** Where the last whole batch ends. What is behind it is a batch that was cut off, which may hold a record that nobody could mask. */
  readonly end: number;
}

/** Throws LockkeeperError `records-malformed` at a header that cannot be. */
export function batchesOf(records: Buffer): PartitionBatches {
  const headers = [...scanBatches(records)];
  return { headers, end: headers.at(-1)?.end ?? 0 };
}

/** `replacements`: one for each batch, null where it stays. The same buffer when nothing changed; else one without a byte to spare. */
export function withBatches(
  records: Buffer,
  { headers, end }: PartitionBatches,
  replacements: readonly (Buffer | null)[],
): Buffer {
  if (replacements.every((replacement) => replacement === null)) {
    return end === records.length ? records : records.subarray(0, end);
  }
  const [only] = replacements;
  if (replacements.length === 1 && only) return only;
  // Batches that stay and follow each other are copied as one.
  const pieces: Buffer[] = [];
  let copied = 0;
  for (const [index, replacement] of replacements.entries()) {
    const header = headers[index];
    if (replacement === null || header === undefined) continue;
    if (copied < header.start) pieces.push(records.subarray(copied, header.start));
    pieces.push(replacement);
    copied = header.end;
  }
  if (copied < end) pieces.push(records.subarray(copied, end));
  return Buffer.concat(pieces);
}
