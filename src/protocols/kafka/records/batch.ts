// The headers of the batches in one partition's records: where each lies and what it says of itself. Touches no record, allocates
// one object a batch. Covers magic 2 (KIP-98) and the message sets of magic 0 and 1 that older brokers still store.
import { malformed } from "./failures.ts";

/** Byte positions inside a batch of magic 2. Source: KIP-98, DefaultRecordBatch. */
export const batchField = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

/** Byte positions inside a message of magic 0 and 1. `body` is what follows the timestamp of magic 1, or the attributes of magic 0. */
export const messageField = { crc: 12, magic: 16, attributes: 17, timestamp: 18, body0: 18, body1: 26 } as const;

/** Offset and length come before what the length counts, in every magic. */
export const lengthOverhead = 12;
/** The smallest message that can be: crc, magic, attributes, two empty fields. */
export const messageBytesMin = 14;

export const attribute = {
  codec: 0x07,
  appendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const;

const codecNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type Compression = (typeof codecNames)[number];

export interface BatchHeader {
  /** Byte range in the records, header included. */
  readonly start: number;
  readonly end: number;
  readonly magic: 0 | 1 | 2;
  /** Kafka's attribute bits as they are. */
  readonly attributes: number;
  /** `unknown` for a number that Kafka never gave out. */
  readonly compression: Compression | "unknown";
  /** Of a compressed message set (magic 0, 1) both are the last offset: the first is only known to those who decompress. */
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  /** What the header says; 1 for a compressed message set, whose header does not say. Control records count. */
  readonly records: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

/**
 * The batches of one partition in order. Ends before a truncated last batch, as every client does.
 * Throws LockkeeperError `records-malformed` at a header that cannot be.
 */
export function* scanBatches(records: Buffer): Generator<BatchHeader, void> {
  for (let at = 0; ; ) {
    const header = batchAt(records, at);
    if (header === null) return;
    yield header;
    at = header.end;
  }
}

/** The batch that starts at `start`, or null when what is left is not a whole one. Throws LockkeeperError `records-malformed`. */
export function batchAt(records: Buffer, start: number): BatchHeader | null {
  // The shortest of all, a message of magic 0, is 26 bytes: with fewer there is nothing that a client would read.
  if (records.length - start < lengthOverhead + messageBytesMin) return null;
  const length = records.readInt32BE(start + batchField.length);
  if (length < messageBytesMin) throw malformed(`a batch of ${length} bytes`);
  const end = start + lengthOverhead + length;
  if (end > records.length) return null;
  const magic = records.readInt8(start + batchField.magic);
  if (magic === 2) return headerOfBatch(records, start, end);
  if (magic === 0 || magic === 1) return headerOfMessage(records, start, end, magic);
  throw malformed(`a batch of magic ${magic}`);
}

function headerOfBatch(records: Buffer, start: number, end: number): BatchHeader {
  if (end - start < batchField.records) throw malformed("a batch is shorter than its header");
  const attributes = records.readUInt16BE(start + batchField.attributes);
  const firstOffset = records.readBigInt64BE(start + batchField.baseOffset);
  const lastOffsetDelta = records.readInt32BE(start + batchField.lastOffsetDelta);
  const count = records.readInt32BE(start + batchField.count);
  if (count < 0) throw malformed(`a batch of ${count} records`);
  return {
    start,
    end,
    magic: 2,
    attributes,
    compression: codecNames[attributes & attribute.codec] ?? "unknown",
    firstOffset,
    lastOffset: firstOffset + BigInt(lastOffsetDelta),
    records: count,
    producerId: records.readBigInt64BE(start + batchField.producerId),
    producerEpoch: records.readInt16BE(start + batchField.producerEpoch),
    baseSequence: records.readInt32BE(start + batchField.baseSequence),
    isTransactional: (attributes & attribute.transactional) !== 0,
    isControl: (attributes & attribute.control) !== 0,
  };
}

function headerOfMessage(records: Buffer, start: number, end: number, magic: 0 | 1): BatchHeader {
  const attributes = records.readUInt8(start + messageField.attributes);
  const offset = records.readBigInt64BE(start + batchField.baseOffset);
  return {
    start,
    end,
    magic,
    attributes,
    compression: codecNames[attributes & attribute.codec] ?? "unknown",
    firstOffset: offset,
    lastOffset: offset,
    records: 1,
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    isTransactional: false,
    isControl: false,
  };
}

/** The number that stands for a codec in the attributes. */
export function codecNumber(compression: Compression): number {
  return codecNames.indexOf(compression);
}
