// The batches of one partition's records while they pass: offsets and counts from their headers, whatever the cuts between the pieces.
// Keeps at most one header. The same words on batches that records/batch.ts has for records that are there whole.
import { attribute, batchField, lengthOverhead, messageBytesMin } from "../records/batch.ts";
import { malformed } from "../records/failures.ts";

/** Magic is the last field that has the same place in all versions. */
const magicEnd = batchField.magic + 1;

export class BatchScan {
  /** Of the first and last whole batch; null before there is one. */
  firstOffset: bigint | null = null;
  lastOffset = -1n;
  records = 0;
  /** Bytes of the records section that have not come yet. */
  left = 0;
  /** Bytes of the batch that is passing. */
  #batchLeft = 0;
  readonly #header = Buffer.alloc(batchField.records);
  #filled = 0;

  /** A partition's records begin, of this many bytes. */
  begin(bytes: number): void {
    this.firstOffset = null;
    this.lastOffset = -1n;
    this.records = 0;
    this.left = bytes;
    this.#batchLeft = 0;
    this.#filled = 0;
  }

  /** Throws LockkeeperError `records-malformed` at a header that cannot be. */
  push(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      if (this.#batchLeft > 0) {
        const skipped = Math.min(this.#batchLeft, to - at);
        this.#batchLeft -= skipped;
        this.left -= skipped;
        at += skipped;
      } else if (this.#filled === 0 && to - at >= batchField.records) {
        this.#batchLeft = this.#batch(bytes, at, this.left);
      } else {
        at = this.#gather(bytes, at, to);
      }
    }
  }

  /** A header that is cut: its bytes are kept until it is whole. */
  #gather(bytes: Buffer, at: number, to: number): number {
    const header = this.#header;
    const wanted = this.#filled >= magicEnd && header.readInt8(batchField.magic) === 2 ? batchField.records : magicEnd;
    const copied = bytes.copy(header, this.#filled, at, Math.min(at + wanted - this.#filled, to));
    this.#filled += copied;
    this.left -= copied;
    if (this.#filled === wanted && (wanted > magicEnd || header.readInt8(batchField.magic) !== 2)) {
      this.#batchLeft = this.#batch(header, 0, this.left + this.#filled) - this.#filled;
      this.#filled = 0;
    }
    return at + copied;
  }

  /** Counts the batch whose header is at `at`, if all of it is in the `left` bytes of the section, and returns its length in it. */
  #batch(bytes: Buffer, at: number, left: number): number {
    const length = bytes.readInt32BE(at + batchField.length);
    if (length < messageBytesMin) throw malformed(`a batch of ${length} bytes`);
    const magic = bytes.readInt8(at + batchField.magic);
    if (magic < 0 || magic > 2) throw malformed(`a batch of magic ${magic}`);
    const total = lengthOverhead + length;
    if (magic === 2 && total < batchField.records) throw malformed("a batch is shorter than its header");
    // the broker cut it: clients throw such a tail away
    if (total > left) return left;
    const first = bytes.readBigInt64BE(at + batchField.baseOffset);
    const count = magic === 2 ? bytes.readInt32BE(at + batchField.count) : 1;
    if (count < 0) throw malformed(`a batch of ${count} records`);
    this.firstOffset ??= first;
    this.lastOffset = magic === 2 ? first + BigInt(bytes.readInt32BE(at + batchField.lastOffsetDelta)) : first;
    // markers of transactions are no records of anybody
    if (magic < 2 || (bytes.readUInt16BE(at + batchField.attributes) & attribute.control) === 0) this.records += count;
    return total;
  }
}
