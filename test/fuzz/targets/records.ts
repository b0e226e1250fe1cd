// Record batches of every magic and codec, rewritten as a mask does: no value passes that the rewriter was not shown, nothing is made larger than allowed,
// and what leaves can be read again. Checksums are mended after most damage, or nothing would come past them.
import { LockkeeperError } from "../../../src/base/errors.ts";
import { batchAt, batchField, type Compression, messageField } from "../../../src/protocols/kafka/records/batch.ts";
import { buildBatch } from "../../../src/protocols/kafka/records/build.ts";
import { crc32, crc32c } from "../../../src/protocols/kafka/records/crc32c.ts";
import { rewriteRecords } from "../../../src/protocols/kafka/records/rewrite.ts";
import { kafkaBatches, readAll } from "../../unit/protocols/kafka/records/fixtures.ts";
import { type FuzzTarget, finding, wordsOf } from "../target.ts";

const codecs: readonly Compression[] = ["none", "gzip", "snappy", "lz4", "zstd"];
const batchBytesMax = 256 * 1024;
const mask = Buffer.from("[masked]");
const maskText = mask.toString("latin1");

/** Gives each batch the checksum of what it holds. */
function mend(records: Buffer): Buffer {
  const copy = Buffer.from(records);
  try {
    for (let header = batchAt(copy, 0); header !== null; header = batchAt(copy, header.end)) {
      const batch = copy.subarray(header.start, header.end);
      if (header.magic === 2) batch.writeUInt32BE(crc32c(batch.subarray(batchField.attributes)), batchField.crc);
      else batch.writeUInt32BE(crc32(batch.subarray(messageField.magic)), messageField.crc);
    }
  } catch {
    // not a batch any more: as good an input as any
  }
  return copy;
}

function rewritten(records: Buffer, ofTail: "drop" | "refuse"): Buffer | string {
  try {
    return rewriteRecords(records, ({ value }) => (value === null ? undefined : { value: mask }), {
      batchBytesMax,
      truncatedTail: ofTail,
    });
  } catch (error) {
    if (error instanceof LockkeeperError) return `${error.code} ${wordsOf(error)}`;
    throw error;
  }
}

export const records: FuzzTarget = {
  name: "records",
  what: "batches of every magic and codec: no value passes that was not shown, nothing is made larger than allowed",
  start: () => ({
    sample(random) {
      if (random.oneIn(3)) return random.pick(kafkaBatches)[1];
      const batches = Array.from({ length: 1 + random.int(2) }, () =>
        buildBatch({
          compression: random.pick(codecs),
          baseOffset: BigInt(random.int(1_000)),
          records: Array.from({ length: random.int(5) }, () => ({
            key: random.oneIn(2) ? null : random.bytes(random.int(10)),
            value: random.oneIn(5) ? null : Buffer.alloc(random.int(400), random.int(256)),
            headers: random.oneIn(3) ? [{ key: random.bytes(3), value: random.bytes(random.int(5)) }] : [],
          })),
        }),
      );
      return Buffer.concat(batches);
    },
    run(input) {
      const damaged = input.length % 8 === 0 ? input : mend(input);
      const output = rewritten(damaged, damaged.length % 2 === 0 ? "drop" : "refuse");
      if (typeof output === "string") return output;
      if (output.length > damaged.length + batchBytesMax) finding(`${damaged.length} bytes became ${output.length}`);
      const values = new Set(valuesOf(output));
      for (const value of values)
        if (value !== null && value !== maskText) finding(`a value passed: ${value.slice(0, 80)}`);
      return `passed ${values.size} ${output.length === damaged.length} ${[...kindsOf(output)].join()}`;
    },
    async [Symbol.asyncDispose]() {},
  }),
};

/** All values but those of control batches, which no client's records are. */
function valuesOf(output: Buffer): (string | null)[] {
  return readAll(output).map(({ value }) => value);
}

function kindsOf(output: Buffer): Set<string> {
  const kinds = new Set<string>();
  for (let header = batchAt(output, 0); header !== null; header = batchAt(output, header.end)) {
    kinds.add(`${header.magic}${header.compression}${header.isControl}`);
  }
  return kinds;
}
