// Primitive types: hostile lengths are refused before anything is made of them, bytes are views, text must be UTF-8.
import { describe, expect, test } from "vitest";
import { LockkeeperError } from "../../../../src/base/errors.ts";
import { Reader } from "../../../../src/protocols/kafka/reader.ts";
import { Writer } from "../../../../src/protocols/kafka/writer.ts";

function readerOf(...bytes: number[]): Reader {
  return new Reader(Buffer.from(bytes));
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LockkeeperError && error.code === "message-malformed") return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a varint", () => {
  test.each([
    0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1fffff, 0x200000, 0xfffffff, 0x10000000, 0x7fffffff, 0x80000000, 0xffffffff,
  ])("of %i reads back as written", (value) => {
    const writer = new Writer();
    writer.uvarint(value);
    const reader = new Reader(writer.finish());
    expect(reader.uvarint()).toBe(value);
    expect(reader.remaining).toBe(0);
  });

  test("of more than five bytes is refused", () => {
    expect(refusal(() => readerOf(0x80, 0x80, 0x80, 0x80, 0x80, 0x01).uvarint())).toMatch(/32 bits/);
  });

  test("of five bytes that exceed 32 bits is refused", () => {
    expect(refusal(() => readerOf(0xff, 0xff, 0xff, 0xff, 0x1f).uvarint())).toMatch(/32 bits/);
  });

  test("that is cut off is refused", () => {
    expect(refusal(() => readerOf(0x80).uvarint())).toMatch(/left/);
    expect(refusal(() => readerOf().uvarint())).toMatch(/left/);
  });
});

describe("text", () => {
  test("that is not UTF-8 is refused: it could not be written back", () => {
    expect(refusal(() => readerOf(0x61, 0xff).string(2))).toMatch(/UTF-8/);
    expect(refusal(() => readerOf(0xed, 0xa0, 0x80).string(3))).toMatch(/UTF-8/);
  });

  test("longer than Kafka's own limit is refused", () => {
    expect(refusal(() => new Reader(Buffer.alloc(0x9000, 0x61)).string(0x8000))).toMatch(/32768/);
  });

  test.each([
    "",
    "a",
    "ä",
    "日本",
    "👍",
    "a".repeat(48),
    "a".repeat(49),
    "a".repeat(126),
    "ä".repeat(63),
    "ä".repeat(64),
    "\ufeffbom",
  ])("%j reads back as written, in both forms", (text) => {
    for (const compact of [true, false]) {
      const writer = new Writer();
      writer.string(text, compact);
      const reader = new Reader(writer.finish());
      const length = compact ? reader.uvarint() - 1 : reader.int16();
      expect(reader.string(length)).toBe(text);
      expect(reader.remaining).toBe(0);
    }
  });
});

describe("bytes", () => {
  test("are a view of the frame", () => {
    const frame = Buffer.from([1, 2, 3, 4]);
    const slice = new Reader(frame, 1).slice(2);
    frame[1] = 9;
    expect([...slice]).toEqual([9, 3]);
  });

  test("beyond the end are refused", () => {
    expect(refusal(() => readerOf(1, 2).slice(0x7fffffff))).toMatch(/left/);
  });
});

describe("a count of elements", () => {
  test("is refused when what is left cannot hold that many", () => {
    const reader = readerOf(0, 0, 0, 0);
    expect(refusal(() => reader.expectElements(2 ** 31 - 1, 1))).toMatch(/announced/);
    expect(refusal(() => reader.expectElements(3, 2))).toMatch(/announced/);
    expect(() => reader.expectElements(2, 2)).not.toThrow();
  });
});
