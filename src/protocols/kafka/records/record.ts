// The records inside a batch of magic 2, one after the other. The cursor is one object for all of them: it checks every length of a
// record before it shows it, and makes views and big numbers only of what is asked for. Source: KIP-98, DefaultRecord.
import { limits } from "../../../base/limits.ts";
import type { RecordEdit, RecordHeader, RecordView } from "../../../model/record.ts";
import { ByteSink, varintSize } from "./byte-sink.ts";
import { malformed } from "./failures.ts";

/** What a record needs to know of its batch. */
export interface RecordBase {
  readonly baseOffset: bigint;
  readonly baseTimestamp: bigint;
  /** The batch's maximum timestamp where the broker stamped it (LogAppendTime), which then is every record's. */
  readonly appendTimestamp: bigint | null;
}

/** Absent, as Kafka spells it in a length. */
const absent = -1;

export class RecordCursor implements RecordView {
  /** Byte range of the current record in the section, its length field included. */
  start = 0;
  end = 0;
  private readonly section: Buffer;
  private readonly base: RecordBase;
  private at = 0;
  private bodyStart = 0;
  private timestampAt = 0;
  private offsetDelta = 0;
  private keyLengthAt = 0;
  private keyStart = 0;
  private keyLength = absent;
  private valueLengthAt = 0;
  private valueStart = 0;
  private valueLength = absent;
  private headersAt = 0;

  constructor(section: Buffer, base: RecordBase) {
    this.section = section;
    this.base = base;
  }

  /** Steps to the next record. Throws LockkeeperError `records-malformed`. */
  next(): void {
    this.start = this.end;
    this.at = this.start;
    const length = this.varint(this.section.length);
    this.bodyStart = this.at;
    const end = this.at + length;
    if (length < 1 || end > this.section.length) throw malformed("a record is longer than its batch");
    this.end = end;
    this.at += 1;
    this.timestampAt = this.at;
    this.skipVarlong(end);
    this.offsetDelta = this.varint(end);
    this.keyLengthAt = this.at;
    this.keyLength = this.span(end);
    this.keyStart = this.at - Math.max(this.keyLength, 0);
    this.valueLengthAt = this.at;
    this.valueLength = this.span(end);
    this.valueStart = this.at - Math.max(this.valueLength, 0);
    this.headersAt = this.at;
    this.skipHeaders(end);
    if (this.at !== end) throw malformed("a record's length does not match its fields");
  }

  /** True when the section holds nothing behind the current record. */
  get atEnd(): boolean {
    return this.end === this.section.length;
  }

  get key(): Buffer | null {
    return this.keyLength < 0 ? null : this.section.subarray(this.keyStart, this.keyStart + this.keyLength);
  }

  get value(): Buffer | null {
    return this.valueLength < 0 ? null : this.section.subarray(this.valueStart, this.valueStart + this.valueLength);
  }

  get headers(): readonly RecordHeader[] {
    this.at = this.headersAt;
    const headers: RecordHeader[] = [];
    for (let left = this.varint(this.end); left > 0; left--) {
      const keyLength = this.span(this.end);
      const key = this.section.subarray(this.at - keyLength, this.at);
      const valueLength = this.span(this.end);
      headers.push({ key, value: valueLength < 0 ? null : this.section.subarray(this.at - valueLength, this.at) });
    }
    return headers;
  }

  get offset(): bigint {
    return this.base.baseOffset + BigInt(this.offsetDelta);
  }

  get timestamp(): bigint {
    if (this.base.appendTimestamp !== null) return this.base.appendTimestamp;
    return this.base.baseTimestamp + readVarlong(this.section, this.timestampAt);
  }

  /** Its place behind the batch's base timestamp, whatever the broker stamped. */
  get timestampDelta(): bigint {
    return readVarlong(this.section, this.timestampAt);
  }

  /** Writes the current record as edited; what the edit does not give keeps its very bytes. Its timestamp counts from `moved` later. */
  writeEdited(edit: RecordEdit, sink: ByteSink, moved: bigint): void {
    const [key, value, headers] = [edit.key, edit.value, edit.headers && packedHeaders(edit.headers)];
    // What comes before the fields (attributes and deltas) and after them, each part as it was or as it becomes.
    const keyBytes = key === undefined ? this.valueLengthAt - this.keyLengthAt : fieldSize(key);
    const valueBytes = value === undefined ? this.headersAt - this.valueLengthAt : fieldSize(value);
    const headersBytes = headers === undefined ? this.end - this.headersAt : headers.length;
    if (moved === 0n) {
      sink.varint(this.keyLengthAt - this.bodyStart + keyBytes + valueBytes + headersBytes);
      sink.appendPart(this.section, this.bodyStart, this.keyLengthAt);
    } else {
      const deltas = this.movedDeltas(moved);
      sink.varint(1 + deltas.length + keyBytes + valueBytes + headersBytes);
      sink.appendPart(this.section, this.bodyStart, this.timestampAt);
      sink.append(deltas);
    }
    if (key === undefined) sink.appendPart(this.section, this.keyLengthAt, this.valueLengthAt);
    else writeField(key, sink);
    if (value === undefined) sink.appendPart(this.section, this.valueLengthAt, this.headersAt);
    else writeField(value, sink);
    if (headers === undefined) sink.appendPart(this.section, this.headersAt, this.end);
    else sink.append(headers);
  }

  private movedDeltas(moved: bigint): Buffer {
    const deltas = new ByteSink(16, 16);
    deltas.varlong(BigInt.asIntN(64, this.timestampDelta - moved));
    deltas.varint(this.offsetDelta);
    return deltas.view();
  }

  /** Reads a length and steps over so many bytes; -1 is null. */
  private span(end: number): number {
    const length = this.varint(end);
    if (length < absent || length > end - this.at) throw malformed("a field is longer than its record");
    if (length > 0) this.at += length;
    return length;
  }

  private skipHeaders(end: number): void {
    const count = this.varint(end);
    // Each header takes two bytes at least: an impossible count ends here and not in a long loop.
    if (count < 0 || count * 2 > end - this.at) throw malformed("a record has an impossible number of headers");
    for (let left = count; left > 0; left--) {
      if (this.span(end) < 0) throw malformed("a header has no key");
      this.span(end);
    }
  }

  /** A signed varint of at most 32 bits; Java reads needless continuation bytes too, so they pass. */
  private varint(end: number): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      if (this.at >= end) throw malformed("a record ends inside a number");
      const byte = this.section[this.at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) throw malformed("a number exceeds 32 bits");
        return (value >>> 1) ^ -(value & 1);
      }
    }
    throw malformed("a number exceeds 32 bits");
  }

  private skipVarlong(end: number): void {
    for (let count = 1; count <= 10; count++) {
      if (this.at >= end) throw malformed("a record ends inside a number");
      const byte = this.section[this.at++]!;
      if (byte >= 0x80) continue;
      if (count === 10 && byte > 1) throw malformed("a number exceeds 64 bits");
      return;
    }
    throw malformed("a number exceeds 64 bits");
  }
}

/** Decodes a varlong that was checked before. */
function readVarlong(bytes: Buffer, start: number): bigint {
  let value = 0n;
  for (let at = start, shift = 0n; ; at++, shift += 7n) {
    const byte = bytes[at]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
}

function fieldSize(bytes: Uint8Array | null): number {
  return varintSize(bytes?.length ?? absent) + (bytes?.length ?? 0);
}

function writeField(bytes: Uint8Array | null, sink: ByteSink): void {
  sink.varint(bytes?.length ?? absent);
  if (bytes) sink.append(bytes);
}

function packedHeaders(headers: readonly RecordHeader[]): Buffer {
  const sink = new ByteSink(256, limits.batchBytesMax);
  sink.varint(headers.length);
  for (const { key, value } of headers) {
    writeField(key, sink);
    writeField(value, sink);
  }
  return sink.view();
}
