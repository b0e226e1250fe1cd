// A recorded frame as it was on the client's wire, for tools that read captures. Records that were not kept come back as records of zeros:
// as many bytes in all, and as many records where they fit, in one uncompressed batch with a right checksum.
import { LockkeeperError } from "../../../base/errors.ts";
import type { RecordedFrame, RecordsDigest } from "../../../model/recording.ts";
import { batchField } from "../records/batch.ts";
import { crc32c } from "../records/crc32c.ts";
import { learnNames } from "./names.ts";
import { olderFrame, wireVersion } from "./older.ts";
import { filled, restore } from "./restore.ts";

/** A frame for a capture, and the version in which it is shown. */
export interface CapturedFrame {
  readonly bytes: Buffer;
  readonly version: number;
  /** In which it was on the wire. */
  readonly was: number;
}

/** For one session, whose frames it gets in order: topics that newer versions know by id are called by name in older ones. */
export class WireFrames {
  readonly #topics = new Map<string, string>();
  /** Correlation → the version that ApiVersions was asked in, as shown: one that is too new is answered in version 0 (KIP-511), which no dissector expects. */
  readonly #asked = new Map<number, number>();

  /** Null where nothing of the frame was kept. What cannot be written in a version that can be read stays as it was. */
  take(recorded: RecordedFrame): CapturedFrame | null {
    const whole = wireFrame(recorded);
    if (whole === null) return null;
    const was = wireVersion(recorded, whole);
    const captured = this.#readable(recorded, whole) ?? { frame: whole, version: was };
    if (recorded.api === "ApiVersions" && recorded.direction === "request")
      this.#asked.set(recorded.correlation, captured.version);
    return { bytes: captured.frame, version: captured.version, was };
  }

  #readable(recorded: RecordedFrame, whole: Buffer): { frame: Buffer; version: number } | null {
    const asked = recorded.direction === "response" ? this.#asked.get(recorded.correlation) : undefined;
    if (asked !== undefined) this.#asked.delete(recorded.correlation);
    try {
      learnNames(this.#topics, recorded, recorded.direction === "response" ? restore(recorded, "response") : null);
      return olderFrame(recorded, whole, { topics: this.#topics }, asked);
    } catch (error) {
      if (!(error instanceof LockkeeperError)) throw error;
      return null;
    }
  }
}

/** Null where nothing of the frame was kept. */
export function wireFrame(recorded: RecordedFrame): Buffer | null {
  if (recorded.frame.length === 0) return null;
  const frame = filled(recorded);
  for (const { at, length, records } of recorded.cuts) {
    if (records) fillerBatch(frame.subarray(at, at + length), records, recorded.at);
  }
  return frame;
}

/** Attributes, time delta, key length, number of headers: a byte each. */
const fixedFieldBytes = 4;
/** With the longest lengths and the longest offset delta. */
const recordBytesMin = 5 + fixedFieldBytes + 5 + 5;

/** One record with an empty value. */
const oneRecordBytesMin = 7;

/** Fills `into` with one batch of just this size. What is too small for a batch stays zeros. */
function fillerBatch(into: Buffer, { records, firstOffset }: RecordsDigest, at: number): void {
  const room = into.length - batchField.records;
  if (room < 0) return;
  // where nobody knows how many there were, or so many do not fit, one takes all the room
  const count = Math.max(Math.min(records, Math.floor(room / recordBytesMin)), room >= oneRecordBytesMin ? 1 : 0);
  into.writeBigInt64BE(firstOffset < 0n ? 0n : firstOffset, batchField.baseOffset);
  into.writeInt32BE(into.length - batchField.leaderEpoch, batchField.length);
  into.writeInt8(2, batchField.magic);
  into.writeInt32BE(Math.max(count - 1, 0), batchField.lastOffsetDelta);
  into.writeBigInt64BE(BigInt(Math.round(at)), batchField.baseTimestamp);
  into.writeBigInt64BE(BigInt(Math.round(at)), batchField.maxTimestamp);
  into.writeBigInt64BE(-1n, batchField.producerId);
  into.writeInt16BE(-1, batchField.producerEpoch);
  into.writeInt32BE(-1, batchField.baseSequence);
  into.writeInt32BE(count, batchField.count);
  let offset: number = batchField.records;
  for (let index = 0; index < count; index++) {
    const left = into.length - offset;
    const size = index === count - 1 ? left : Math.floor(room / count);
    fillerRecord(into.subarray(offset, offset + size), index);
    offset += size;
  }
  into.writeUInt32BE(crc32c(into.subarray(batchField.attributes)), batchField.crc);
}

/** A record without key and headers, whose value takes what is left. */
function fillerRecord(into: Buffer, offsetDelta: number): void {
  const width = lengthWidth(into.length);
  const body = into.length - width;
  let at = varint(into, 0, body, width);
  into.writeUInt8(0, at); // attributes
  into.writeUInt8(0, at + 1); // time delta
  at = varint(into, at + 2, offsetDelta, varintWidth(offsetDelta));
  at = varint(into, at, -1, 1); // no key
  const left = into.length - at - 1;
  const valueWidth = lengthWidth(left);
  varint(into, at, left - valueWidth, valueWidth);
  into.writeUInt8(0, into.length - 1); // no headers
}

/** How wide a length must be written so that length and content fill `bytes`; at a border it takes a byte more than it needs. */
function lengthWidth(bytes: number): number {
  let width = 1;
  while (varintWidth(bytes - width) > width) width++;
  return width;
}

function varintWidth(value: number): number {
  const zigzag = Math.abs(value) * 2;
  let width = 1;
  for (let rest = Math.floor(zigzag / 128); rest > 0; rest = Math.floor(rest / 128)) width++;
  return width;
}

/** Zigzag, as wide as wanted; returns the offset behind it. */
function varint(into: Buffer, at: number, value: number, width: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (let index = 0; index < width; index++) {
    into.writeUInt8((rest % 128) | (index < width - 1 ? 0x80 : 0), at + index);
    rest = Math.floor(rest / 128);
  }
  return at + width;
}
