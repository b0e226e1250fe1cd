// Headers of batches: what the audit log learns of records without touching them.
import { expect, test } from "vitest";
import { scanBatches } from "../../../../../src/protocols/kafka/records/batch.ts";
import { buildBatch } from "../../../../../src/protocols/kafka/records/build.ts";
import { kafkaBatch } from "./fixtures.ts";

test("tell range, count, codec and producer of each batch", () => {
  const first = buildBatch({
    records: [{ value: null, offsetDelta: 4 }],
    baseOffset: 10n,
    lastOffsetDelta: 9,
    compression: "lz4",
  });
  const second = kafkaBatch("transactional-append-time");
  const all = [...scanBatches(Buffer.concat([first, second, kafkaBatch("control")]))];
  expect(all).toMatchObject([
    {
      start: 0,
      end: first.length,
      magic: 2,
      firstOffset: 10n,
      lastOffset: 19n,
      records: 1,
      compression: "lz4",
      producerId: -1n,
    },
    {
      start: first.length,
      firstOffset: 77n,
      lastOffset: 78n,
      records: 2,
      compression: "zstd",
      producerId: 4242n,
      isTransactional: true,
    },
    { firstOffset: 79n, lastOffset: 79n, records: 1, isControl: true, isTransactional: true },
  ]);
});

test("tell the last offset of a compressed message set, which hides the first", () => {
  expect([...scanBatches(kafkaBatch("magic1-gzip"))]).toMatchObject([
    { magic: 1, firstOffset: 1002n, lastOffset: 1002n, records: 1 },
  ]);
  expect([...scanBatches(kafkaBatch("magic0-none"))].map(({ lastOffset }) => lastOffset)).toEqual([
    1000n,
    1001n,
    1002n,
  ]);
});

test("end before a batch that is cut off", () => {
  const batch = buildBatch({ records: [{ value: Buffer.from("x") }] });
  for (let cut = 0; cut < batch.length; cut++) {
    expect([...scanBatches(Buffer.concat([batch, batch.subarray(0, cut)]))]).toHaveLength(1);
  }
  expect([...scanBatches(Buffer.alloc(0))]).toEqual([]);
});

test("name a codec that nobody knows as unknown", () => {
  const batch = buildBatch({ records: [] });
  batch.writeInt16BE(6, 21);
  expect([...scanBatches(batch)].map(({ compression }) => compression)).toEqual(["unknown"]);
});
