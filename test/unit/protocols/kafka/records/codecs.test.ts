// The codecs' own framings: what others write is read, what is hostile is refused before it costs memory.
import { compressFrameSync, compressSync as lz4Block } from "lz4-napi";
import { compressSync as snappyBlock } from "snappy";
import { describe, expect, test } from "vitest";
import { lz4 } from "../../../../../src/protocols/kafka/records/codecs/lz4.ts";
import { snappy } from "../../../../../src/protocols/kafka/records/codecs/snappy.ts";

const MiB = 1024 * 1024;
const text = Buffer.from("the same words again and ".repeat(20_000));

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

describe("snappy", () => {
  test("answers a raw block with a raw block, and Java's framing with Java's", () => {
    const raw = snappyBlock(text);
    const framed = snappy.compress(text, null);
    expect(snappy.decompress(raw, MiB)).toEqual(text);
    expect(snappy.decompress(framed, MiB)).toEqual(text);
    expect(snappy.compress(text, raw).subarray(0, 3)).toEqual(raw.subarray(0, 3));
    expect(snappy.compress(text, framed)).toEqual(framed);
    expect(framed.subarray(1, 7).toString()).toBe("SNAPPY");
  });

  test("refuses a declared size beyond the bound without believing it", () => {
    const huge = Buffer.from("ffffffff0f00", "hex");
    expect(() => snappy.decompress(huge, MiB)).toThrow(expect.objectContaining({ code: "records-too-large" }));
    const framed = Buffer.concat([snappy.compress(Buffer.alloc(0), null), Buffer.from("00000006", "hex"), huge]);
    expect(() => snappy.decompress(framed, MiB)).toThrow(expect.objectContaining({ code: "records-too-large" }));
  });

  test("refuses blocks that do not fit", () => {
    const framed = snappy.compress(text, null);
    for (const bytes of [
      framed.subarray(0, -1),
      framed.subarray(0, 18),
      Buffer.alloc(0),
      Buffer.from("ffffffffff", "hex"),
    ]) {
      expect(() => snappy.decompress(bytes, MiB)).toThrow(expect.objectContaining({ code: "records-malformed" }));
    }
  });
});

describe("lz4", () => {
  test("reads frames with checksums and with larger blocks", () => {
    for (const options of [{}, { blockChecksums: true }, { contentChecksum: true }]) {
      expect(lz4.decompress(compressFrameSync(text, options), MiB)).toEqual(text);
    }
    const large = Buffer.alloc(5 * MiB, "abc");
    expect(lz4.decompress(compressFrameSync(large), 6 * MiB)).toEqual(large);
  });

  test("reads linked blocks, which librdkafka reads too", () => {
    const halves = [text.subarray(0, 65_536), text.subarray(65_536, 131_072)] as const;
    const blocks = [lz4Block(halves[0]), lz4Block(halves[1], halves[0])].map((block) => block.subarray(4));
    const pieces = blocks.flatMap((block) => [u32(block.length), block]);
    const frame = Buffer.concat([Buffer.from("04224d18404000", "hex"), ...pieces, u32(0)]);
    expect(lz4.decompress(frame, MiB)).toEqual(text.subarray(0, 131_072));
  });

  test("writes independent blocks of 64 KiB, as Java does and demands, stored where compression would not help", () => {
    const noise = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * index * 31 + (index >> 3)) & 0xff));
    expect(lz4.compress(text, null).subarray(0, 7).toString("hex")).toBe("04224d18604082");
    expect(lz4.decompress(lz4.compress(noise, null), MiB)).toEqual(noise);
    expect(lz4.compress(Buffer.from("x"), null).readUInt32LE(7)).toBe(0x80000001);
  });

  test.each([
    ["no frame", "00000000604082"],
    ["another version", "04224d18a0408200000000"],
    ["a dictionary", "04224d1861408200000000"],
    ["a block size that is reserved", "04224d1860308200000000"],
    ["no end mark", "04224d18604082"],
    ["a block that is cut off", "04224d186040820500000011"],
    ["a block that is not LZ4", "04224d1860408203000000ffffff00000000"],
  ])("refuses %s", (_, hex) => {
    expect(() => lz4.decompress(Buffer.from(hex, "hex"), MiB)).toThrow(
      expect.objectContaining({ code: "records-malformed" }),
    );
  });

  test("refuses a stored block beyond what its frame allows", () => {
    const frame = Buffer.concat([
      Buffer.from("04224d18604082", "hex"),
      u32((70_000 | 0x80000000) >>> 0),
      Buffer.alloc(70_000),
      u32(0),
    ]);
    expect(() => lz4.decompress(frame, MiB)).toThrow(expect.objectContaining({ code: "records-malformed" }));
  });
});
