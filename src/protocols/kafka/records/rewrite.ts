// Rewrites the records of one partition: of a Fetch answer, or of a Produce request. Only the records section, the length and the CRC
// of an edited batch change; an unedited one leaves as its very bytes, and so does everything when nothing was edited.
// Knows no masking: `rewrite` comes in. Source: KIP-98; KIP-74 for truncated tails.
import { limits } from "../../../base/limits.ts";
import type { RewriteRecord } from "../../../model/record.ts";
import { attribute, type BatchHeader, batchAt, batchField } from "./batch.ts";
import { ByteSink } from "./byte-sink.ts";
import { codecFor } from "./compression.ts";
import { crc32c } from "./crc32c.ts";
import { editedKey, editedValue, editOf } from "./edit.ts";
import { malformed } from "./failures.ts";
import { rewriteMessage } from "./message-set.ts";
import { RecordCursor } from "./record.ts";

export interface RewriteOptions {
  /** One batch after decompression, and the whole after rewriting. Default: limits.batchBytesMax. */
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
 * `codec-unsupported`, and whatever `rewrite` throws: nothing of the partition may leave then.
 */
export function rewriteRecords(records: Buffer, rewrite: RewriteRecord, options: RewriteOptions = {}): Buffer {
  const bytesMax = options.batchBytesMax ?? limits.batchBytesMax;
  let sink: ByteSink | null = null;
  /** Everything before it is in the sink. */
  let copied = 0;
  let at = 0;
  for (let header = batchAt(records, 0); header !== null; header = batchAt(records, at)) {
    at = header.end;
    const batch = rewriteOne(records, header, rewrite, bytesMax);
    if (batch === null) continue;
    sink ??= new ByteSink(records.length + (records.length >> 3), Math.max(bytesMax, records.length));
    sink.append(records, copied, header.start);
    sink.append(batch);
    copied = header.end;
  }
  if (at < records.length && options.truncatedTail === "refuse") throw malformed("the last batch is cut off");
  if (sink === null) return at === records.length ? records : records.subarray(0, at);
  sink.append(records, copied, at);
  return sink.view();
}

function rewriteOne(records: Buffer, header: BatchHeader, rewrite: RewriteRecord, bytesMax: number): Buffer | null {
  // Markers of transactions: brokers write them, clients that send one are refused.
  if (header.isControl) return null;
  const bytes = records.subarray(header.start, header.end);
  return header.magic === 2 ? rewriteBatch(bytes, header, rewrite, bytesMax) : rewriteMessage(bytes, rewrite, bytesMax);
}

/** The batch with its edits, or null when there were none. */
function rewriteBatch(batch: Buffer, header: BatchHeader, rewrite: RewriteRecord, bytesMax: number): Buffer | null {
  if (crc32c(batch.subarray(batchField.attributes)) !== batch.readUInt32BE(batchField.crc)) {
    throw malformed("the checksum of a batch does not match");
  }
  const codec = codecFor(header.compression, 2);
  const compressed = batch.subarray(batchField.records);
  // An empty batch that compaction left behind has an empty section, whatever its codec.
  if (header.records === 0 && compressed.length === 0) return null;
  const section = codec.decompress(compressed, bytesMax);
  const edited = rewriteSection(section, batch, header, rewrite, bytesMax);
  if (edited === null) return null;
  const packed = codec.compress(edited, compressed);
  const result = Buffer.allocUnsafe(batchField.records + packed.length);
  batch.copy(result, 0, 0, batchField.records);
  packed.copy(result, batchField.records);
  result.writeInt32BE(result.length - batchField.leaderEpoch, batchField.length);
  result.writeUInt32BE(crc32c(result.subarray(batchField.attributes)), batchField.crc);
  return result;
}

function rewriteSection(
  section: Buffer,
  batch: Buffer,
  header: BatchHeader,
  rewrite: RewriteRecord,
  bytesMax: number,
): Buffer | null {
  const record = new RecordCursor(section, {
    baseOffset: header.firstOffset,
    baseTimestamp: batch.readBigInt64BE(batchField.baseTimestamp),
    appendTimestamp: header.attributes & attribute.appendTime ? batch.readBigInt64BE(batchField.maxTimestamp) : null,
  });
  let sink: ByteSink | null = null;
  let copied = 0;
  for (let left = header.records; left > 0; left--) {
    record.next();
    const edit = editOf(rewrite(record));
    if (edit === undefined) continue;
    sink ??= new ByteSink(section.length + (section.length >> 3), bytesMax);
    sink.append(section, copied, record.start);
    record.writeWith(editedKey(record, edit), editedValue(record, edit), sink);
    copied = record.end;
  }
  if (!record.atEnd) throw malformed("a batch holds more than it counts");
  sink?.append(section, copied, section.length);
  return sink?.view() ?? null;
}
