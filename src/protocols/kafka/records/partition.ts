// The records of one partition as whole batches, and put together again with some of them replaced. What is replaced by nothing keeps its
// very bytes; a cut-off tail is never part of what is put together. Source: KIP-74 for truncated tails.
import { release } from "../../../base/chunks.ts";
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

/**
 * `replacements`: one for each batch, null where it stays; they are given over, and released where they are not in what comes back. The same buffer
 * when nothing changed; else one without a byte to spare, which holds the memory of the replacements where all of them lie in it one behind the other.
 */
export function withBatches(
  records: Buffer,
  { headers, end }: PartitionBatches,
  replacements: readonly (Buffer | null)[],
): Buffer {
  if (replacements.every((replacement) => replacement === null)) {
    return end === records.length ? records : records.subarray(0, end);
  }
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
  const joined = asOne(pieces);
  const bytes = joined?.bytes ?? Buffer.concat(pieces);
  for (const replacement of replacements) if (replacement && replacement !== joined?.holder) release(replacement);
  return bytes;
}

/** Pieces that lie one behind the other are one, without a copy. `holder`: the piece for which its memory stays held. */
function asOne(pieces: readonly Buffer[]): { readonly bytes: Buffer; readonly holder: Buffer } | null {
  const [first] = pieces;
  if (first === undefined) return null;
  let end = first.byteOffset;
  for (const { buffer, byteOffset, length } of pieces) {
    if (buffer !== first.buffer || byteOffset !== end) return null;
    end += length;
  }
  return { bytes: Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset), holder: first };
}
