// Rewrites one batch, of any magic: edits, hides or refuses its records as `rewrite` says. Hidden records leave a batch as compaction would:
// offsets, producer, epoch, sequence and the last offset stay, the count falls. Source: KIP-98, DefaultRecordBatch.
import { LockkeeperError } from "../../../base/errors.ts";
import { limits } from "../../../base/limits.ts";
import type { RewriteRecord } from "../../../model/record.ts";
import type { RefusedRecord, RewriteOptions, RewrittenBatch } from "../../record-guard.ts";
import { attribute, type BatchHeader, batchAt, batchField } from "./batch.ts";
import { ByteSink } from "./byte-sink.ts";
import { codecFor } from "./compression.ts";
import { crc32c } from "./crc32c.ts";
import { checkedEdit, type EditOrHide } from "./edit.ts";
import { malformed } from "./failures.ts";
import { rewriteMessage } from "./message-set.ts";
import { leaderEpochOf, passOver } from "./pass-over.ts";
import { type RecordBase, RecordCursor } from "./record.ts";

const same: RewrittenBatch = { kind: "same" };
/**
 * Sections are written into memory that is used again: V8 answers each 64 MiB of fresh buffers with a mark-compact. What is in it is copied into the
 * batch before the next one is begun.
 */
const scratch = new ByteSink(0, 0);

/**
 * `batch` is one batch and nothing else. Throws LockkeeperError `records-malformed`, `records-too-large`, `codec-unsupported` and whatever
 * `rewrite` throws, but for `mask-refused`, which refuses the record it came of.
 */
export function rewriteBatch(
  batch: Buffer,
  rewrite: RewriteRecord,
  options: RewriteOptions = { batchBytesMax: limits.batchBytesMax },
): RewrittenBatch {
  const header = batchAt(batch, 0);
  if (header?.end !== batch.length) throw malformed("a torn batch");
  // Markers of transactions: brokers write them, clients that send one are refused.
  if (header.isControl) return same;
  const refusals = new Refusals(rewrite);
  const edited =
    header.magic === 2
      ? rewriteOne(batch, header, refusals.rewrite, options)
      : rewriteMessage(batch, refusals.rewrite, options);
  if (refusals.records.length > 0) return { kind: "refused", records: refusals.records };
  return edited === null ? same : { kind: "edited", bytes: edited };
}

/** Notes which records are refused; once one is, the others are still asked, so that a producer hears of all at once. */
class Refusals {
  readonly records: RefusedRecord[] = [];
  readonly rewrite: EditOrHide;

  constructor(rewrite: RewriteRecord) {
    let index = 0;
    this.rewrite = (record) => {
      const at = index++;
      const answer = answerOf(rewrite, record);
      if (answer === undefined || answer === "hide" || !("refuse" in answer)) return answer;
      if (this.records.length < limits.refusedRecordsMax) this.records.push({ index: at, reason: answer.refuse });
      return undefined;
    };
  }
}

function answerOf(rewrite: RewriteRecord, record: Parameters<RewriteRecord>[0]): ReturnType<RewriteRecord> {
  try {
    return rewrite(record);
  } catch (error) {
    if (error instanceof LockkeeperError && error.code === "mask-refused") return { refuse: error.message };
    throw error;
  }
}

/** The batch as rewritten, or null when nothing was. */
function rewriteOne(batch: Buffer, header: BatchHeader, rewrite: EditOrHide, options: RewriteOptions): Buffer | null {
  if (crc32c(batch.subarray(batchField.attributes)) !== batch.readUInt32BE(batchField.crc)) {
    throw malformed("the checksum of a batch does not match");
  }
  const codec = codecFor(header.compression, 2);
  const compressed = batch.subarray(batchField.records);
  // An empty batch that compaction left behind has an empty section, whatever its codec.
  if (header.records === 0 && compressed.length === 0) return null;
  const section = codec.decompress(compressed, options.batchBytesMax);
  const base = baseOf(batch, header);
  const edited = rewriteSection(section, header, base, rewrite, options.batchBytesMax);
  if (edited === null) return null;
  if (edited.count === 0) {
    return passOver({ first: header.firstOffset, last: header.lastOffset }, leaderEpochOf(batch, header));
  }
  const packed = codec.compress(edited.section, compressed, options.levels);
  const bytes = batchField.records + packed.length;
  // Else not from Node's pool: what leaves holds no byte beside its own.
  const result = options.room?.(bytes) ?? Buffer.allocUnsafeSlow(bytes);
  batch.copy(result, 0, 0, batchField.records);
  packed.copy(result, batchField.records);
  result.writeInt32BE(result.length - batchField.leaderEpoch, batchField.length);
  if (edited.count < header.records) writeWhatIsLeft(result, edited, base);
  result.writeUInt32BE(crc32c(result.subarray(batchField.attributes)), batchField.crc);
  return result;
}

function baseOf(batch: Buffer, header: BatchHeader): RecordBase {
  const maxTimestamp = batch.readBigInt64BE(batchField.maxTimestamp);
  return {
    baseOffset: header.firstOffset,
    baseTimestamp: batch.readBigInt64BE(batchField.baseTimestamp),
    appendTimestamp: header.attributes & attribute.appendTime ? maxTimestamp : null,
  };
}

interface EditedSection {
  readonly section: Buffer;
  /** Records in it. */
  readonly count: number;
  /** What their timestamps count from now: that of the first that is left, where the first of all was hidden. */
  readonly baseTimestamp: bigint;
}

function rewriteSection(
  section: Buffer,
  header: BatchHeader,
  base: RecordBase,
  rewrite: EditOrHide,
  bytesMax: number,
): EditedSection | null {
  const record = new RecordCursor(section, base);
  let sink: ByteSink | null = null;
  let copied = 0;
  let kept = 0;
  /** What the batch's time moves by, once its first record was hidden; null as long as it stays. */
  let moved: bigint | null = null;
  for (let left = header.records; left > 0; left--) {
    record.next();
    const answer = rewrite(record);
    if (answer === "hide") {
      sink ??= scratch.restart(section.length, bytesMax);
      sink.appendPart(section, copied, record.start);
      copied = record.end;
      continue;
    }
    if (kept++ === 0 && left < header.records && timesAreOfRecords(header)) moved = record.timestampDelta;
    const edit = checkedEdit(record, answer);
    if (edit === undefined && moved === null) continue;
    sink ??= scratch.restart(section.length + (section.length >> 3), bytesMax);
    sink.appendPart(section, copied, record.start);
    record.writeEdited(edit ?? {}, sink, moved ?? 0n);
    copied = record.end;
  }
  if (!record.atEnd) throw malformed("a batch holds more than it counts");
  if (sink === null) return null;
  sink.appendPart(section, copied, section.length);
  return { section: sink.view(), count: kept, baseTimestamp: BigInt.asIntN(64, base.baseTimestamp + (moved ?? 0n)) };
}

/** False where compaction has put the time at which its tombstones go in the place of the first record's (KIP-534). */
const timesAreOfRecords = ({ attributes }: BatchHeader): boolean => (attributes & attribute.deleteHorizon) === 0;

/** The times of a hidden record leave the header too: they are as if it had never been there. */
function writeWhatIsLeft(batch: Buffer, { section, count, baseTimestamp }: EditedSection, base: RecordBase): void {
  batch.writeInt32BE(count, batchField.count);
  batch.writeBigInt64BE(baseTimestamp, batchField.baseTimestamp);
  if (base.appendTimestamp !== null) return;
  const record = new RecordCursor(section, { ...base, baseTimestamp });
  let max = baseTimestamp;
  for (let left = count; left > 0; left--) {
    record.next();
    const { timestamp } = record;
    if (timestamp > max) max = timestamp;
  }
  batch.writeBigInt64BE(BigInt.asIntN(64, max), batchField.maxTimestamp);
}
