// Messages of magic 0 and 1: what brokers before 0.11 stored and what old segments may still hold. A compressed one wraps a message
// set in its value, one level deep. Kafka 4 neither takes nor serves them; they are masked all the same, since a way around is a way.
// Source: Kafka's legacy message format, KIP-31 (relative offsets), KIP-32 (timestamps).
import type { RecordView } from "../../../model/record.ts";
import type { RewriteOptions } from "../../record-guard.ts";
import { attribute, type BatchHeader, batchAt, batchField, lengthOverhead, messageField } from "./batch.ts";
import { ByteSink } from "./byte-sink.ts";
import { codecFor } from "./compression.ts";
import { crc32 } from "./crc32c.ts";
import { checkedEdit, type EditOrHide } from "./edit.ts";
import { malformed } from "./failures.ts";
import { passOver } from "./pass-over.ts";

interface Message extends RecordView {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly header: BatchHeader;
}

/** What the wrapper of a message says of all messages inside. */
interface Wrapper {
  /** Added to the offsets inside: magic 1 counts them from 0, magic 0 has the real ones. */
  readonly offsetShift: bigint;
  readonly appendTimestamp: bigint | null;
}

/**
 * The message with its edits, or null when there were none. Where messages are hidden, batches that pass over their offsets stand in
 * for them: whoever fetches from a broker of today reads those as well. Throws as rewriteBatch does.
 */
export function rewriteMessage(bytes: Buffer, rewrite: EditOrHide, options: RewriteOptions): Buffer | null {
  const message = readMessage(bytes, { offsetShift: 0n, appendTimestamp: null });
  if (message.header.compression !== "none") return rewriteWrapped(bytes, message, rewrite, options);
  const edited = rewritePlain(bytes, message, rewrite, options.batchBytesMax);
  return edited === "hidden" ? passOver({ first: message.offset, last: message.offset }, -1) : edited;
}

function rewritePlain(
  bytes: Buffer,
  message: Message,
  rewrite: EditOrHide,
  bytesMax: number,
): Buffer | "hidden" | null {
  const answer = rewrite(message);
  if (answer === "hide") return "hidden";
  const edit = checkedEdit(message, answer);
  if (edit === undefined) return null;
  const { key = message.key, value = message.value } = edit;
  return writeMessage(bytes, message, key, value, bytesMax);
}

function rewriteWrapped(
  bytes: Buffer,
  wrapper: Message,
  rewrite: EditOrHide,
  { batchBytesMax: bytesMax, levels }: RewriteOptions,
): Buffer | null {
  const { header, value } = wrapper;
  if (value === null) throw malformed("a compressed message without a value");
  const codec = codecFor(header.compression, header.magic);
  const inner = codec.decompress(value, bytesMax);
  const context = wrapperOf(wrapper, inner);
  const sink = new ByteSink(inner.length + (inner.length >> 3), bytesMax);
  let edits = 0;
  let at = 0;
  let lastKept: bigint | null = null;
  for (let next = batchAt(inner, at); next !== null; next = batchAt(inner, at)) {
    if (next.magic !== header.magic || next.compression !== "none") throw malformed("a message inside another is odd");
    at = next.end;
    const source = inner.subarray(next.start, next.end);
    const message = readMessage(source, context);
    const edited = rewritePlain(source, message, rewrite, bytesMax);
    if (edited !== null) edits++;
    if (edited === "hidden") continue;
    sink.append(edited ?? source);
    lastKept = message.offset;
  }
  if (at !== inner.length || at === 0) throw malformed("a compressed message holds a torn message set");
  if (edits === 0) return null;
  return withoutHidden(lastKept, header.lastOffset, () => {
    const written = writeMessage(bytes, wrapper, wrapper.key, codec.compress(sink.view(), value, levels), bytesMax);
    // A wrapper has the offset of its last message; the checksum does not cover it.
    if (lastKept !== null) written.writeBigInt64BE(lastKept, batchField.baseOffset);
    return written;
  });
}

/** What is left of a wrapped message set, and behind it what passes over the hidden messages at its end. */
function withoutHidden(lastKept: bigint | null, last: bigint, write: () => Buffer): Buffer {
  if (lastKept === null) return passOver({ first: last, last }, -1);
  if (lastKept === last) return write();
  return Buffer.concat([write(), passOver({ first: lastKept + 1n, last }, -1)]);
}

/** The wrapper of magic 1 has the offset of its last message, which inside is counted from 0. */
function wrapperOf(wrapper: Message, inner: Buffer): Wrapper {
  const { header } = wrapper;
  if (header.magic === 0) return { offsetShift: 0n, appendTimestamp: null };
  let last = 0n;
  for (let next = batchAt(inner, 0); next !== null; next = batchAt(inner, next.end)) last = next.lastOffset;
  return {
    offsetShift: header.lastOffset - last,
    appendTimestamp: header.attributes & attribute.appendTime ? wrapper.timestamp : null,
  };
}

function readMessage(bytes: Buffer, wrapper: Wrapper): Message {
  const header = batchAt(bytes, 0);
  if (header === null || header.magic === 2) throw malformed("a torn message");
  if (crc32(bytes.subarray(messageField.magic)) !== bytes.readUInt32BE(messageField.crc)) {
    throw malformed("the checksum of a message does not match");
  }
  const keyAt = bodyAt(header);
  const key = readField(bytes, keyAt);
  const valueAt = keyAt + 4 + (key?.length ?? 0);
  const value = readField(bytes, valueAt);
  if (valueAt + 4 + (value?.length ?? 0) !== bytes.length) throw malformed("a message does not end where it says");
  const timestamp = header.magic === 1 ? bytes.readBigInt64BE(messageField.timestamp) : -1n;
  return {
    header,
    key,
    value,
    headers: [],
    offset: header.firstOffset + wrapper.offsetShift,
    timestamp: wrapper.appendTimestamp ?? timestamp,
  };
}

const bodyAt = ({ magic }: BatchHeader): number => (magic === 1 ? messageField.body1 : messageField.body0);

function readField(bytes: Buffer, at: number): Buffer | null {
  if (bytes.length - at < 4) throw malformed("a message ends inside a length");
  const length = bytes.readInt32BE(at);
  if (length < -1 || length > bytes.length - at - 4) throw malformed("a field is longer than its message");
  return length === -1 ? null : bytes.subarray(at + 4, at + 4 + length);
}

function writeMessage(
  bytes: Buffer,
  message: Message,
  key: Uint8Array | null,
  value: Uint8Array | null,
  bytesMax: number,
): Buffer {
  const sink = new ByteSink(bytes.length + (value?.length ?? 0), Math.max(bytesMax, bytes.length));
  sink.appendPart(bytes, 0, bodyAt(message.header));
  for (const field of [key, value]) {
    sink.int32(field?.length ?? -1);
    if (field) sink.append(field);
  }
  const result = sink.view();
  result.writeInt32BE(result.length - lengthOverhead, batchField.length);
  result.writeUInt32BE(crc32(result.subarray(messageField.magic)), messageField.crc);
  return result;
}
