// Rewriting a partition's records: what changes, what may not, and what is refused.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { LockkeeperError } from "../../../../../src/base/errors.ts";
import {
  batchField,
  type Compression,
  messageField,
  scanBatches,
} from "../../../../../src/protocols/kafka/records/batch.ts";
import { buildBatch, type NewBatch } from "../../../../../src/protocols/kafka/records/build.ts";
import { crc32, crc32c } from "../../../../../src/protocols/kafka/records/crc32c.ts";
import { type PartitionOptions, rewriteRecords } from "../../../../../src/protocols/kafka/records/rewrite.ts";
import { hideEmails, kafkaBatch, kafkaBatches, readAll, see } from "./fixtures.ts";

const codecs: readonly Compression[] = ["none", "gzip", "snappy", "lz4", "zstd"];
const nothing = () => undefined;
const growing = () => ({ value: Buffer.alloc(4_000_000) });
const records = [{ key: Buffer.from("k"), value: Buffer.from("user1@example.org") }, { value: Buffer.from("plain") }];
const batch = (more: Partial<NewBatch> = {}) => buildBatch({ records, ...more });

/** The code with which these records are refused; `passed` when they are not. */
function refusal(bytes: Buffer, options: PartitionOptions = {}): string {
  try {
    rewriteRecords(bytes, hideEmails, options);
    return "passed";
  } catch (error) {
    return error instanceof LockkeeperError ? error.code : String(error);
  }
}

/** The batch with its checksum made right again: what a hostile producer would send. */
function sealed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  copy.writeUInt32BE(crc32c(copy.subarray(batchField.attributes)), batchField.crc);
  return copy;
}

describe("a batch that Kafka wrote", () => {
  test.each(kafkaBatches)("leaves as its very bytes when nothing is edited: %s", (_, bytes) => {
    expect(rewriteRecords(bytes, nothing)).toBe(bytes);
  });

  test.each(kafkaBatches.filter(([name]) => name.startsWith("magic")))("is read and rewritten: %s", (name, bytes) => {
    const before = readAll(bytes);
    const after = readAll(rewriteRecords(bytes, hideEmails));

    const hasTime = !name.startsWith("magic0");
    expect(before.map(({ offset }) => offset)).toEqual([1000n, 1001n, 1002n]);
    expect(before.map(({ timestamp }) => timestamp)).toEqual(
      [0n, 1n, 2n].map((more) => (hasTime ? 1_700_000_000_000n + more : -1n)),
    );
    expect(before.map(({ key }) => key)).toEqual(["k0", null, "k2"]);
    expect(before[0]?.value).toContain("user0@example.org");
    expect(before[2]?.value).toBeNull();
    const headers = name.startsWith("magic2")
      ? [
          ["h", "x1"],
          ["n", null],
        ]
      : [];
    expect(before[1]?.headers).toEqual(headers);
    const hidden = before.map((seen) => ({
      ...seen,
      value: seen.value?.replace(/user\d@example\.org/, "[redacted]") ?? null,
    }));
    expect(after).toEqual(hidden);
  });

  test("of a transaction keeps producer, sequence, leader epoch and the broker's time", () => {
    const bytes = kafkaBatch("transactional-append-time");
    const after = rewriteRecords(bytes, hideEmails);
    const from = batchField.lastOffsetDelta;
    expect(after.subarray(from, batchField.records)).toEqual(bytes.subarray(from, batchField.records));
    expect([...scanBatches(after)]).toMatchObject([
      {
        producerId: 4242n,
        producerEpoch: 3,
        baseSequence: 17,
        isTransactional: true,
        firstOffset: 77n,
        lastOffset: 78n,
      },
    ]);
    expect(readAll(after).map(({ timestamp }) => timestamp)).toEqual([1_700_000_000_999n, 1_700_000_000_999n]);
  });

  test("that ends a transaction is shown to no rewriter", () => {
    const control = kafkaBatch("control");
    expect(readAll(control)).toEqual([]);
    expect(rewriteRecords(control, () => ({ value: Buffer.from("x") }))).toBe(control);
  });
});

describe("several batches", () => {
  test("are edited one by one, and the others keep their bytes", () => {
    const plain = buildBatch({ records: [{ value: Buffer.from("plain") }], baseOffset: 10n, compression: "gzip" });
    const control = kafkaBatch("control");
    const after = rewriteRecords(Buffer.concat([plain, batch(), control, plain, batch(), plain]), hideEmails);
    const edited = rewriteRecords(batch(), hideEmails);
    expect(after).toEqual(Buffer.concat([plain, edited, control, plain, edited, plain]));
  });

  test("of different magic lie side by side", () => {
    const all = Buffer.concat(["magic0-gzip", "magic1-none", "magic2-zstd"].map(kafkaBatch));
    expect(readAll(rewriteRecords(all, hideEmails)).map(({ value }) => value?.includes("[redacted]") ?? null)).toEqual([
      true,
      true,
      null,
      true,
      true,
      null,
      true,
      true,
      null,
    ]);
  });
});

describe("a truncated tail", () => {
  const whole = batch();
  test("is dropped at every length, since nobody could mask it", () => {
    for (let cut = 0; cut < whole.length; cut++) {
      const bytes = Buffer.concat([whole, whole.subarray(0, cut)]);
      expect(rewriteRecords(bytes, nothing)).toEqual(whole);
      expect(rewriteRecords(bytes, hideEmails)).toEqual(rewriteRecords(whole, hideEmails));
      expect(rewriteRecords(whole.subarray(0, cut), hideEmails)).toHaveLength(0);
    }
  });

  test("is malformed where the caller says so", () => {
    const cut = Buffer.concat([whole, whole.subarray(0, 30)]);
    expect(() => rewriteRecords(cut, nothing, { truncatedTail: "refuse" })).toThrow(
      expect.objectContaining({ code: "records-malformed" }),
    );
    expect(rewriteRecords(whole, nothing, { truncatedTail: "refuse" })).toBe(whole);
  });
});

describe.each(codecs)("with %s", (compression) => {
  test("records of any size survive an edit beside them", () => {
    const big = [
      Buffer.alloc(300_000, "a"),
      randomBytes(100_000),
      Buffer.from("user1@example.org"),
      Buffer.alloc(0),
      Buffer.alloc(65_536, "ab"),
    ];
    const before = buildBatch({ compression, records: big.map((value) => ({ value })), baseOffset: 5n });
    const after = rewriteRecords(before, hideEmails);
    const expected = big.map((value) => value.toString("latin1").replace("user1@example.org", "[redacted]"));
    expect(readAll(after).map(({ value }) => value)).toEqual(expected);
    expect(readAll(after).map(({ offset }) => offset)).toEqual([5n, 6n, 7n, 8n, 9n]);
    expect([...scanBatches(after)].map((each) => each.compression)).toEqual([compression]);
  });

  test("an empty batch that compaction left passes", () => {
    const empty = buildBatch({ compression, records: [], baseOffset: 7n, lastOffsetDelta: 3 });
    expect(rewriteRecords(empty, hideEmails)).toBe(empty);
  });

  test("growth stops at the bound, before it is allocated", () => {
    const bomb = buildBatch({ compression, records: [{ value: Buffer.alloc(3_000_000) }] });
    // Uncompressed bytes are here already and do not grow by being read.
    const expected = compression === "none" ? "passed" : "records-too-large";
    expect(refusal(bomb, { batchBytesMax: 2_000_000 })).toBe(expected);
    expect(() => rewriteRecords(batch({ compression }), growing, { batchBytesMax: 2_000_000 })).toThrow(
      expect.objectContaining({ code: "records-too-large" }),
    );
  });
});

test.each(codecs.filter((codec) => codec !== "none"))(
  "a section of %s that cannot be decompressed is refused",
  (compression) => {
    expect(refusal(sealed(batch({ compression }), (copy) => copy.fill(0xff, batchField.records)))).toBe(
      "records-malformed",
    );
    const cut = batch({ compression }).subarray(0, -3);
    expect(refusal(sealed(cut, (copy) => copy.writeInt32BE(copy.length - 12, batchField.length)))).toBe(
      "records-malformed",
    );
  },
);

test("edits of key and value keep attributes, deltas and headers", () => {
  const headers = [
    { key: Buffer.from("h"), value: null },
    { key: Buffer.from(""), value: Buffer.alloc(200, "v") },
  ];
  const before = buildBatch({
    baseOffset: 1n << 40n,
    baseTimestamp: 1_700_000_000_000n,
    records: [
      { key: Buffer.from("k"), value: Buffer.from("v"), headers, timestamp: 1n, offsetDelta: 3 },
      { key: null, value: null, headers, timestamp: 1_800_000_000_000n, offsetDelta: 70_000 },
    ],
  });
  const seen = readAll(before);
  const after = rewriteRecords(before, (record) =>
    record.key ? { key: Buffer.alloc(100, "K"), value: Buffer.alloc(0) } : undefined,
  );
  expect(seen.map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
    [(1n << 40n) + 3n, 1n],
    [(1n << 40n) + 70_000n, 1_800_000_000_000n],
  ]);
  expect(readAll(after)).toEqual([{ ...seen[0], key: "K".repeat(100), value: "" }, seen[1]]);
});

describe("refused as malformed", () => {
  test("a checksum that does not match, wherever the bit is", () => {
    for (let at = batchField.attributes; at < batch().length; at++) {
      const bytes = batch();
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      expect(refusal(bytes)).toBe("records-malformed");
    }
    const legacy = Buffer.from(kafkaBatch("magic1-none"));
    legacy.writeUInt8(legacy.readUInt8(40) ^ 1, 40);
    expect(refusal(legacy)).toBe("records-malformed");
  });

  test("a count that differs from the records", () => {
    expect(refusal(sealed(batch(), (copy) => copy.writeInt32BE(1, batchField.count)))).toBe("records-malformed");
    expect(refusal(sealed(batch(), (copy) => copy.writeInt32BE(0, batchField.count)))).toBe("records-malformed");
    expect(refusal(sealed(batch(), (copy) => copy.writeInt32BE(3, batchField.count)))).toBe("records-malformed");
    expect(refusal(sealed(batch(), (copy) => copy.writeInt32BE(0x7fffffff, batchField.count)))).toBe(
      "records-malformed",
    );
    expect(refusal(sealed(batch(), (copy) => copy.writeInt32BE(-1, batchField.count)))).toBe("records-malformed");
  });

  test.each([
    ["7e", "longer than its batch"],
    ["01", "longer than its batch"],
    ["ffffffffff01", "exceeds 32 bits"],
    ["ffffffff7f", "exceeds 32 bits"],
    ["80", "ends inside a number"],
    ["0c0000007e7801", "a field is longer than its record"],
    ["0c000000014078", "a field is longer than its record"],
    ["0e00000003020078", "a field is longer than its record"],
    ["0e00000001010078", "does not match its fields"],
    ["0c00000001017e", "impossible number of headers"],
    ["100000000101020101", "a header has no key"],
    ["1800ffffffffffffffffffff01", "exceeds 64 bits"],
    ["1800ffffffffffffffffff0200", "exceeds 64 bits"],
  ])("a record of bytes %s: %s", (hex, why) => {
    const bytes = Buffer.concat([batch({ records: [] }), Buffer.from(hex, "hex")]);
    const hostile = sealed(bytes, (copy) => {
      copy.writeInt32BE(copy.length - 12, batchField.length);
      copy.writeInt32BE(1, batchField.count);
    });
    expect(() => rewriteRecords(hostile, nothing)).toThrow(
      expect.objectContaining({ code: "records-malformed", message: expect.stringContaining(why) }),
    );
  });

  test("a length or magic that cannot be", () => {
    for (const length of [-1, 0, 13, 48]) {
      const bytes = batch();
      bytes.writeInt32BE(length, batchField.length);
      expect(refusal(bytes)).toBe("records-malformed");
    }
    for (const magic of [-1, 3, 127]) {
      const bytes = batch();
      bytes.writeInt8(magic, batchField.magic);
      expect(refusal(bytes)).toBe("records-malformed");
    }
  });
});

test("an unknown codec is refused as such, and zstd in a message set", () => {
  const legacy = Buffer.from(kafkaBatch("magic1-gzip"));
  legacy.writeUInt8(4, messageField.attributes);
  legacy.writeUInt32BE(crc32(legacy.subarray(messageField.magic)), messageField.crc);
  expect(refusal(legacy)).toBe("codec-unsupported");
  for (const codec of [5, 6, 7]) {
    const odd = sealed(batch(), (copy) => copy.writeInt16BE(codec, batchField.attributes));
    expect(refusal(odd)).toBe("codec-unsupported");
  }
});

test("a rewriter that unmakes a tombstone is a bug of ours", () => {
  const tombstone = buildBatch({ records: [{ key: Buffer.from("k"), value: null }] });
  expect(() => rewriteRecords(tombstone, () => ({ value: Buffer.from("x") }))).toThrow("assertion failed");
  expect(() => rewriteRecords(batch(), () => ({ value: null }))).toThrow("assertion failed");
});

test("what a rewriter throws comes through", () => {
  expect(() =>
    rewriteRecords(batch(), (record) => {
      throw new RangeError(see(record).key ?? "");
    }),
  ).toThrow(RangeError);
});
