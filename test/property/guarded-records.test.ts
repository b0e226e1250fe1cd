// What leaves of a partition: of random batches, in any codec, with a cut-off tail or without, no byte of a masked or hidden record is in
// it, nor in the memory that it lies in, and everything else is as it came.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordAnswer, RecordView } from "../../src/model/record.ts";
import { guardBatch } from "../../src/pipeline/records/guard-batch.ts";
import { batchField, type Compression, scanBatches } from "../../src/protocols/kafka/records/batch.ts";
import { buildBatch, type NewRecord } from "../../src/protocols/kafka/records/build.ts";
import { codecFor } from "../../src/protocols/kafka/records/compression.ts";
import { rewriteRecords } from "../../src/protocols/kafka/records/rewrite.ts";
import { toolsInTest } from "../support/records.ts";
import { readAll } from "../unit/protocols/kafka/records/fixtures.ts";

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const satisfies readonly Compression[];
/** Long enough that no chance makes it occur. */
const secret = "S3CR3T-4711-never-to-be-seen";
const replacement = Buffer.from("[gone]");

type Fate = "open" | "masked" | "hidden";
interface Line {
  readonly fate: Fate;
  readonly part: "key" | "value" | "header";
  readonly noise: string;
  readonly at: bigint;
}

const line: fc.Arbitrary<Line> = fc.record({
  fate: fc.constantFrom<Fate>("open", "masked", "hidden"),
  part: fc.constantFrom("key", "value", "header"),
  noise: fc.string({ maxLength: 40 }),
  at: fc.bigInt({ min: 0n, max: 1n << 42n }),
});
const batch = fc.record({ lines: fc.array(line, { minLength: 1, maxLength: 8 }), codec: fc.constantFrom(...codecs) });

/** The fate of a record stands in a header, where the rewriter below reads it. */
function recordOf({ fate, part, noise, at }: Line): NewRecord {
  const told = Buffer.from(fate === "open" ? noise : `${noise}${secret}${noise}`);
  const open = Buffer.from(`open ${noise}`);
  return {
    key: part === "key" ? told : open,
    value: part === "value" ? told : open,
    headers: [
      { key: Buffer.from("fate"), value: Buffer.from(fate) },
      { key: Buffer.from("h"), value: part === "header" ? told : null },
    ],
    timestamp: at,
  };
}

function act({ key, value, headers }: RecordView): RecordAnswer {
  const holds = (bytes: Uint8Array | null) => bytes !== null && Buffer.from(bytes).includes(secret);
  const fate = Buffer.from(headers[0]?.value ?? []).toString();
  if (fate === "hidden") return "hide";
  if (fate === "open") return undefined;
  return {
    ...(holds(key) && { key: replacement }),
    ...(holds(value) && { value: replacement }),
    ...(headers.some((header) => holds(header.value)) && {
      headers: headers.map((header) => (holds(header.value) ? { key: header.key, value: replacement } : header)),
    }),
  };
}

/** The batches' sections, unpacked: what a reader sees. */
function unpacked(records: Buffer): Buffer {
  return Buffer.concat(
    [...scanBatches(records)].map(({ start, end, compression }) =>
      codecFor(compression, 2).decompress(records.subarray(start + batchField.records, end), 1 << 24),
    ),
  );
}

const partition = fc.record({
  batches: fc.array(batch, { minLength: 1, maxLength: 4 }),
  tail: fc.option(fc.tuple(batch, fc.double({ min: 0, max: 0.99, noNaN: true }))),
});

const built = ({ lines, codec }: { lines: readonly Line[]; codec: Compression }, baseOffset: bigint) =>
  buildBatch({ records: lines.map(recordOf), compression: codec, baseOffset, baseTimestamp: lines[0]?.at ?? 0n });

test("no byte of what is masked or hidden leaves, in any codec, and all else is as it was", () => {
  fc.assert(
    fc.property(partition, ({ batches, tail }) => {
      const whole = batches.map((each, index) => built(each, BigInt(index * 100)));
      const cut = tail ? built(tail[0], 9_000n) : Buffer.alloc(0);
      const records = Buffer.concat([...whole, cut.subarray(0, Math.floor(cut.length * (tail?.[1] ?? 0)))]);
      const left = rewriteRecords(records, act);

      for (const bytes of [left, unpacked(left)]) expect(bytes.includes(secret)).toBe(false);
      const before = readAll(Buffer.concat(whole));
      const lines = batches.flatMap((each) => each.lines);
      const expected = before.flatMap((seen, index) => {
        if (lines[index]?.fate === "hidden") return [];
        const masked = (text: string | null) => (text?.includes(secret) ? "[gone]" : text);
        const headers = seen.headers.map(([key, value]) => [key, masked(value)]);
        return [{ ...seen, key: masked(seen.key), value: masked(seen.value), headers }];
      });
      expect(readAll(left)).toEqual(expected);
      const ends = (of: Buffer) => [...scanBatches(of)].map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset]);
      expect(ends(left)).toEqual(ends(Buffer.concat(whole)));
    }),
    { numRuns: 400 },
  );
});

test("what a worker hands over, or a cache keeps, lies in memory that holds nothing else", () => {
  const tools = toolsInTest(() => act);
  fc.assert(
    fc.property(batch, (each) => {
      const result = guardBatch(built(each, 0n), { cluster: "c", masks: [], filters: [] }, tools);
      if (result instanceof Promise || result.kind !== "edited") return;
      expect(result.bytes.buffer.byteLength).toBe(result.bytes.length);
      expect(Buffer.from(result.bytes.buffer).includes(secret)).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test("a batch that nothing is done to leaves as its very bytes", () => {
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1, maxLength: 3 }), (batches) => {
      const open = batches.map(({ lines, codec }) => ({
        codec,
        lines: lines.map((each): Line => ({ ...each, fate: "open" })),
      }));
      const records = Buffer.concat(open.map((each, index) => built(each, BigInt(index * 100))));
      expect(rewriteRecords(records, act)).toBe(records);
    }),
    { numRuns: 100 },
  );
});
