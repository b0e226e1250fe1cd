// What client and broker of the wire bench agree on: one topic, and batches of incompressible records with right checksums.
import { createHash } from "node:crypto";
import { apis } from "../../../src/protocols/kafka/messages/index.ts";
import { batchField, type Compression } from "../../../src/protocols/kafka/records/batch.ts";
import { buildBatch } from "../../../src/protocols/kafka/records/build.ts";
import { crc32c } from "../../../src/protocols/kafka/records/crc32c.ts";
import { jsonValues } from "../mask/json.ts";

export const topicName = "orders.bench";
export const topicId = "AAAAAAAAQACAAAAAAAAABQ";
export const everyVersion = apis.map((api) => ({
  apiKey: api.key,
  minVersion: api.request.versions.min,
  maxVersion: api.request.versions.max,
}));

/** A batch of magic 2 of this many bytes; what it holds is noise under a right checksum, 64 records by its header. */
export function batchOf(bytes: number, baseOffset: bigint): Buffer {
  const batch = Buffer.alloc(bytes);
  for (
    let at = batchField.records, seed = createHash("sha256").update(String(baseOffset)).digest();
    at < bytes;
    at += seed.length
  ) {
    seed.copy(batch, at);
    seed = createHash("sha256").update(seed).digest();
  }
  batch.writeBigInt64BE(baseOffset, batchField.baseOffset);
  batch.writeInt32BE(bytes - 12, batchField.length);
  batch.writeInt8(2, batchField.magic);
  batch.writeInt32BE(63, batchField.lastOffsetDelta);
  batch.writeBigInt64BE(-1n, batchField.producerId);
  batch.writeInt32BE(64, batchField.count);
  batch.writeUInt32BE(crc32c(batch.subarray(batchField.attributes)), batchField.crc);
  return batch;
}

/** Records of JSON, each about a KiB, in batches of 64 KiB at most: about so many bytes, both before compression. */
export function jsonRecords(
  bytes: number,
  compression: Compression,
): { readonly records: Buffer; readonly plainBytes: number } {
  const batches: Buffer[] = [];
  let plainBytes = 0;
  const values = jsonValues(jsonBatchRecords * 16);
  const count = Math.max(1, Math.floor(bytes / jsonRecordBytes));
  for (let at = 0; at < count; at += jsonBatchRecords) {
    const start = at % values.length;
    const end = start + Math.min(jsonBatchRecords, count - at);
    const records = values.slice(start, end).map((value) => ({ value }));
    const batch = buildBatch({ compression, records, baseOffset: BigInt(at) });
    batches.push(batch);
    plainBytes += records.reduce((sum, { value }) => sum + value.length, 0);
  }
  return { records: Buffer.concat(batches), plainBytes };
}

const jsonBatchRecords = 62;
/** With what Kafka puts around it. */
const jsonRecordBytes = 1_040;
