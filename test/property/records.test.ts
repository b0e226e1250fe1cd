// Records under random shapes, cuts and damage: what was built is read back, and nothing but a LockkeeperError ever comes of bad bytes.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LockkeeperError } from "../../src/base/errors.ts";
import { batchField, type Compression, scanBatches } from "../../src/protocols/kafka/records/batch.ts";
import { buildBatch } from "../../src/protocols/kafka/records/build.ts";
import { crc32, crc32c } from "../../src/protocols/kafka/records/crc32c.ts";
import { rewriteRecords } from "../../src/protocols/kafka/records/rewrite.ts";
import { kafkaBatches, readAll } from "../unit/protocols/kafka/records/fixtures.ts";

const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.record({ key: bytes, value: fc.option(bytes) }), { maxLength: 3 }),
  timestamp: fc.bigInt({ min: -(1n << 62n), max: 1n << 62n }),
});
const batch = fc.record({
  records: fc.array(record, { maxLength: 8 }),
  compression: fc.constantFrom<Compression>("none", "gzip", "snappy", "lz4", "zstd"),
  baseOffset: fc.bigInt({ min: 0n, max: 1n << 61n }),
  producerId: fc.bigInt({ min: -1n, max: 1n << 61n }),
  baseSequence: fc.integer({ min: -1 }),
});

const latin = (each: Uint8Array | null) => (each === null ? null : Buffer.from(each).toString("latin1"));

/** What an edit may not change of each batch: all of the header but where it lies, length and checksum. */
function kept(records: Buffer) {
  return [...scanBatches(records)].map((header) => ({
    ...header,
    start: 0,
    end: 0,
    fixed: records.subarray(header.start + batchField.attributes, header.start + batchField.records).toString("hex"),
  }));
}

test("what was built is read back, and an edit of some records changes those and nothing else", () => {
  fc.assert(
    fc.property(
      fc.array(batch, { maxLength: 3 }),
      bytes,
      fc.infiniteStream(fc.boolean()),
      (batches, replacement, flips) => {
        const source = Buffer.concat(batches.map(buildBatch));
        const expected = batches.flatMap(({ records, baseOffset }) =>
          records.map(({ key, value, headers, timestamp }, index) => ({
            key: latin(key),
            value: latin(value),
            headers: headers.map((header) => [latin(header.key), latin(header.value)]),
            offset: baseOffset + BigInt(index),
            timestamp,
          })),
        );
        expect(readAll(source)).toEqual(expected);
        const edited = expected.map((each) => each.value !== null && flips.next().value);
        let at = 0;
        const output = rewriteRecords(source, () => (edited[at++] ? { value: replacement } : undefined));
        expect(readAll(output)).toEqual(
          expected.map((each, index) => (edited[index] ? { ...each, value: latin(replacement) } : each)),
        );
        expect(kept(output)).toEqual(kept(source));
      },
    ),
    { numRuns: 300 },
  );
});

/** Makes the checksum of a damaged batch right again, so that the damage is looked at. */
function reseal(damaged: Buffer): void {
  if (damaged.length < batchField.records) return;
  const magic = damaged.readInt8(batchField.magic);
  const end = Math.min(damaged.length, 12 + Math.max(0, damaged.readInt32BE(batchField.length)));
  if (magic === 2) damaged.writeUInt32BE(crc32c(damaged.subarray(batchField.attributes, end)), batchField.crc);
  else damaged.writeUInt32BE(crc32(damaged.subarray(16, end)), 12);
}

test("damaged batches are read, dropped or refused, and never anything else", () => {
  const thrown: unknown[] = [];
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(...kafkaBatches.map(([, each]) => each)), batch.map(buildBatch)),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(),
      fc.boolean(),
      (source, edits, cut, sealed) => {
        const damaged = Buffer.from(source.subarray(0, source.length - (cut % 8 === 0 ? cut % source.length : 0)));
        for (const [at, byte] of edits) if (damaged.length > 0) damaged[at % damaged.length] = byte;
        if (sealed) reseal(damaged);
        try {
          rewriteRecords(damaged, ({ value }) => (value ? { value } : undefined), { batchBytesMax: 1 << 20 });
        } catch (error) {
          thrown.push(error);
        }
      },
    ),
    { numRuns: 4000 },
  );
  expect(thrown.filter((error) => !(error instanceof LockkeeperError))).toEqual([]);
  expect(thrown.length).toBeGreaterThan(100);
});
