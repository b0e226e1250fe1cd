// Hidden records: what is left of a batch is what compaction would have left, and of a batch that is hidden whole nothing that tells of it.
import { describe, expect, test } from "vitest";
import { type Compression, scanBatches } from "../../../../../src/protocols/kafka/records/batch.ts";
import { buildBatch, type NewBatch } from "../../../../../src/protocols/kafka/records/build.ts";
import { passOver } from "../../../../../src/protocols/kafka/records/pass-over.ts";
import { rewriteRecords } from "../../../../../src/protocols/kafka/records/rewrite.ts";
import { rewriteBatch } from "../../../../../src/protocols/kafka/records/rewrite-batch.ts";
import { kafkaBatch, readAll } from "./fixtures.ts";

const codecs: readonly Compression[] = ["none", "gzip", "snappy", "lz4", "zstd"];
const value = (text: string, timestamp: bigint) => ({ value: Buffer.from(text), timestamp });
const producer = { producerId: 4242n, producerEpoch: 3, baseSequence: 17, isTransactional: true, leaderEpoch: 9 };
const hideTexts =
  (...texts: readonly string[]) =>
  ({ value: its }: { value: Uint8Array | null }) =>
    its !== null && texts.includes(Buffer.from(its).toString()) ? ("hide" as const) : undefined;

const three: NewBatch = {
  ...producer,
  baseOffset: 100n,
  baseTimestamp: 1_000n,
  records: [value("first", 1_000n), value("second", 5_000n), value("third", 2_000n)],
};

describe.each(codecs)("a batch in %s", (compression) => {
  const batch = buildBatch({ ...three, compression });

  test("keeps offsets, producer, sequence and last offset; the count and the latest time are of what is left", () => {
    const left = rewriteRecords(batch, hideTexts("second"));
    expect(left).toEqual(
      buildBatch({
        ...three,
        compression,
        lastOffsetDelta: 2,
        records: [value("first", 1_000n), { ...value("third", 2_000n), offsetDelta: 2 }],
      }),
    );
  });

  test("does not tell the time of a hidden first record", () => {
    const left = rewriteRecords(batch, hideTexts("first"));
    expect(left).toEqual(
      buildBatch({
        ...three,
        compression,
        baseTimestamp: 5_000n,
        lastOffsetDelta: 2,
        records: [
          { ...value("second", 5_000n), offsetDelta: 1 },
          { ...value("third", 2_000n), offsetDelta: 2 },
        ],
      }),
    );
    expect(readAll(left).map(({ timestamp, offset }) => [timestamp, offset])).toEqual([
      [5_000n, 101n],
      [2_000n, 102n],
    ]);
  });

  test("that is hidden whole is one marker which every consumer passes over, and says nothing else", () => {
    const left = rewriteRecords(batch, () => "hide");
    expect(left).toEqual(passOver({ first: 100n, last: 102n }, 9));
    expect([...scanBatches(left)]).toMatchObject([
      {
        firstOffset: 100n,
        lastOffset: 102n,
        isControl: true,
        isTransactional: false,
        producerId: -1n,
        compression: "none",
      },
    ]);
  });

  test("can lose a record and have another edited", () => {
    const left = rewriteRecords(batch, (record) =>
      hideTexts("first")(record) === "hide" ? "hide" : { value: Buffer.from(`<${record.value?.length}>`) },
    );
    expect(readAll(left).map((seen) => [seen.offset, seen.value])).toEqual([
      [101n, "<6>"],
      [102n, "<5>"],
    ]);
  });
});

test("where the broker stamped the batch, what is left keeps its time", () => {
  const batch = buildBatch({ ...three, isAppendTime: true });
  expect(readAll(rewriteRecords(batch, hideTexts("first"))).map(({ timestamp }) => timestamp)).toEqual([
    5_000n,
    5_000n,
  ]);
});

test("where compaction has put another time in the place of the first record's, that stays", () => {
  const batch = buildBatch({ ...three, hasDeleteHorizon: true });
  const left = rewriteRecords(batch, hideTexts("first"));
  expect(readAll(left).map(({ timestamp }) => timestamp)).toEqual([5_000n, 2_000n]);
  expect(left.readBigInt64BE(27)).toBe(1_000n);
});

test("a marker covers no more offsets than a batch can have, and then the last", () => {
  const [header] = scanBatches(passOver({ first: 5n, last: 1n << 40n }, 0));
  expect(header?.lastOffset).toBe(1n << 40n);
});

test("headers are edited, and key, value and times beside them stay as they were", () => {
  const headers = [
    { key: Buffer.from("tenant"), value: Buffer.from("acme") },
    { key: Buffer.from("empty"), value: null },
  ];
  const batch = buildBatch({ records: [{ key: Buffer.from("k"), value: Buffer.from("v"), headers, timestamp: 7n }] });
  const edited = [{ key: Buffer.from("tenant"), value: Buffer.from("*") }, headers[1] as (typeof headers)[1]];
  expect(rewriteRecords(batch, () => ({ headers: edited }))).toEqual(
    buildBatch({ records: [{ key: Buffer.from("k"), value: Buffer.from("v"), headers: edited, timestamp: 7n }] }),
  );
});

test("a rewriter that loses a header is stopped", () => {
  const headers = [{ key: Buffer.from("tenant"), value: null }];
  const batch = buildBatch({ records: [{ value: Buffer.from("v"), headers }] });
  expect(() => rewriteRecords(batch, () => ({ headers: [] }))).toThrow("a rewriter made or unmade a header");
});

describe("messages of old", () => {
  const offsets = (left: Buffer) => readAll(left).map(({ offset }) => offset);
  const at =
    (...hidden: readonly bigint[]) =>
    ({ offset }: { offset: bigint }) =>
      hidden.includes(offset) ? ("hide" as const) : undefined;

  test.each(["magic0-none", "magic1-none", "magic0-gzip", "magic1-gzip", "magic1-lz4"])(
    "of %s vanish from the beginning, the middle and the end",
    (name) => {
      const batch = kafkaBatch(name);
      const last = (left: Buffer) => [...scanBatches(left)].at(-1)?.lastOffset;
      expect(offsets(rewriteRecords(batch, at(1000n)))).toEqual([1001n, 1002n]);
      expect(offsets(rewriteRecords(batch, at(1001n)))).toEqual([1000n, 1002n]);
      expect(offsets(rewriteRecords(batch, at(1002n)))).toEqual([1000n, 1001n]);
      expect(offsets(rewriteRecords(batch, at(1000n, 1001n, 1002n)))).toEqual([]);
      for (const hidden of [[1000n], [1001n], [1002n], [1000n, 1001n, 1002n]])
        expect(last(rewriteRecords(batch, at(...hidden)))).toBe(1002n);
    },
  );
});

describe("a record that may not be written", () => {
  const refuse =
    (...texts: readonly string[]) =>
    ({ value: its }: { value: Uint8Array | null }) =>
      texts.includes(Buffer.from(its ?? []).toString()) ? { refuse: `not ${texts.length}` } : undefined;

  test("refuses its batch, and all of its kind are named by their place", () => {
    expect(rewriteBatch(buildBatch({ ...three, compression: "zstd" }), refuse("first", "third"))).toEqual({
      kind: "refused",
      records: [
        { index: 0, reason: "not 2" },
        { index: 2, reason: "not 2" },
      ],
    });
  });

  test("is named up to a bound", () => {
    const records = Array.from({ length: 500 }, () => value("x", 0n));
    const result = rewriteBatch(buildBatch({ records }), refuse("x"));
    expect(result.kind === "refused" && result.records.length).toBe(100);
  });
});
