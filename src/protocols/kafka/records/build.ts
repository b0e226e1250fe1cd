// Builds a batch of magic 2 from records: for tests, the demo and whatever of ours writes to a topic. Takes its input on trust.
// Source: KIP-98, DefaultRecordBatch.
import { limits } from "../../../base/limits.ts";
import type { RecordHeader } from "../../../model/record.ts";
import { attribute, batchField, type Compression, codecNumber } from "./batch.ts";
import { ByteSink } from "./byte-sink.ts";
import { codecFor } from "./compression.ts";
import { crc32c } from "./crc32c.ts";

export interface NewRecord {
  readonly key?: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
  /** Milliseconds since 1970; default: the batch's. */
  readonly timestamp?: bigint;
  /** Default: the record's place. A compacted batch has gaps. */
  readonly offsetDelta?: number;
}

export interface NewBatch {
  readonly records: readonly NewRecord[];
  readonly compression?: Compression;
  readonly baseOffset?: bigint;
  readonly baseTimestamp?: bigint;
  /** Set where compaction removed the last records. */
  readonly lastOffsetDelta?: number;
  readonly leaderEpoch?: number;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly isAppendTime?: boolean;
  /** The base timestamp is the time at which compaction may drop tombstones (KIP-534). */
  readonly hasDeleteHorizon?: boolean;
}

export function buildBatch(batch: NewBatch): Buffer {
  const { compression = "none", baseTimestamp = 0n, records } = batch;
  const plain = new ByteSink(1024, limits.batchBytesMax);
  let maxTimestamp = baseTimestamp;
  let lastOffsetDelta = Math.max(records.length - 1, 0);
  for (const [index, record] of records.entries()) {
    const { timestamp = baseTimestamp, offsetDelta = index } = record;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    lastOffsetDelta = Math.max(lastOffsetDelta, offsetDelta);
    writeRecord(record, timestamp - baseTimestamp, offsetDelta, plain);
  }
  const section = records.length === 0 ? plain.view() : codecFor(compression, 2).compress(plain.view(), null);
  const header = Buffer.alloc(batchField.records);
  header.writeBigInt64BE(batch.baseOffset ?? 0n, batchField.baseOffset);
  header.writeInt32BE(batchField.records + section.length - batchField.leaderEpoch, batchField.length);
  header.writeInt32BE(batch.leaderEpoch ?? 0, batchField.leaderEpoch);
  header.writeInt8(2, batchField.magic);
  header.writeInt16BE(attributesOf(batch, compression), batchField.attributes);
  header.writeInt32BE(batch.lastOffsetDelta ?? lastOffsetDelta, batchField.lastOffsetDelta);
  header.writeBigInt64BE(baseTimestamp, batchField.baseTimestamp);
  header.writeBigInt64BE(maxTimestamp, batchField.maxTimestamp);
  header.writeBigInt64BE(batch.producerId ?? -1n, batchField.producerId);
  header.writeInt16BE(batch.producerEpoch ?? -1, batchField.producerEpoch);
  header.writeInt32BE(batch.baseSequence ?? -1, batchField.baseSequence);
  header.writeInt32BE(records.length, batchField.count);
  const result = Buffer.concat([header, section]);
  result.writeUInt32BE(crc32c(result.subarray(batchField.attributes)), batchField.crc);
  return result;
}

function attributesOf(batch: NewBatch, compression: Compression): number {
  return (
    codecNumber(compression) |
    (batch.isAppendTime ? attribute.appendTime : 0) |
    (batch.isTransactional ? attribute.transactional : 0) |
    (batch.isControl ? attribute.control : 0) |
    (batch.hasDeleteHorizon ? attribute.deleteHorizon : 0)
  );
}

function writeRecord(record: NewRecord, timestampDelta: bigint, offsetDelta: number, sink: ByteSink): void {
  const body = new ByteSink(256, limits.batchBytesMax);
  body.int8(0);
  body.varlong(timestampDelta);
  body.varint(offsetDelta);
  writeField(record.key ?? null, body);
  writeField(record.value, body);
  const headers = record.headers ?? [];
  body.varint(headers.length);
  for (const { key, value } of headers) {
    writeField(key, body);
    writeField(value, body);
  }
  sink.varint(body.length);
  sink.append(body.view());
}

function writeField(bytes: Uint8Array | null, sink: ByteSink): void {
  sink.varint(bytes?.length ?? -1);
  if (bytes) sink.append(bytes);
}
