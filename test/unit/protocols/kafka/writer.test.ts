// What the writer refuses (bugs of ours), how it grows, and how it gathers big byte fields without copying them.
import { describe, expect, test } from "vitest";
import { Writer } from "../../../../src/protocols/kafka/writer.ts";

describe("a value outside of its type", () => {
  const cases: [string, (writer: Writer) => void][] = [
    ["int8", (writer) => writer.int8(128)],
    ["int16", (writer) => writer.int16(-32769)],
    ["int32", (writer) => writer.int32(2 ** 31)],
    ["int32 that is no integer", (writer) => writer.int32(1.5)],
    ["int64", (writer) => writer.int64(2n ** 63n)],
    ["uint16", (writer) => writer.uint16(-1)],
    ["uint32", (writer) => writer.uint32(-1)],
    ["uuid", (writer) => writer.uuid("not a uuid")],
    ["uuid of the right length", (writer) => writer.uuid("!!!!!!!!!!!!!!!!!!!!!!")],
    ["string", (writer) => writer.string("ä".repeat(20_000), true)],
  ];
  test.each(cases)("%s is a bug and throws", (_, write) => {
    expect(() => write(new Writer())).toThrow(/assertion failed/);
  });
});

describe("growing", () => {
  test("keeps what was written, whichever value crosses the end", () => {
    for (let start = 0; start < 12; start++) {
      const writer = new Writer({ bytesHint: 8 });
      for (let i = 0; i < start; i++) writer.int8(i);
      writer.int64(0x0102030405060708n);
      writer.string("grows", false);
      const bytes = writer.finish();
      expect([...bytes.subarray(0, start)]).toEqual(Array.from({ length: start }, (_, i) => i));
      expect(bytes.readBigInt64BE(start)).toBe(0x0102030405060708n);
      expect(bytes.subarray(start + 10).toString()).toBe("grows");
    }
  });
});

describe("gathering", () => {
  const big = Buffer.alloc(5000, 7);

  test("takes big byte fields as pieces of their own, not copied", () => {
    const writer = new Writer({ gather: true });
    writer.int32(1);
    writer.raw(big);
    writer.int32(2);
    const length = writer.length;
    const pieces = writer.pieces();
    expect(pieces.map((piece) => piece.length)).toEqual([4, 5000, 4]);
    expect(pieces[1]).toBe(big);
    expect(length).toBe(5008);
  });

  test("gives the same bytes as one buffer, also where it grows between pieces", () => {
    const [one, many] = [new Writer({ bytesHint: 8 }), new Writer({ bytesHint: 8, gather: true })];
    for (const writer of [one, many]) {
      for (let i = 0; i < 5; i++) {
        writer.string(`topic ${i} ${"x".repeat(40)}`, true);
        writer.raw(big);
        writer.sized(() => {
          writer.int64(BigInt(i));
          writer.raw(big);
        });
      }
    }
    expect(Buffer.concat(many.pieces()).equals(one.finish())).toBe(true);
  });
});
