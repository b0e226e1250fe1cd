// Snappy in the two framings that Kafka's clients use: Java's (xerial: a header, then blocks with their length) and the raw block of
// librdkafka and Go clients. All of them read both. Source: snappy's format description; org.xerial.snappy.SnappyOutputStream.
import type * as snappyLibrary from "snappy";
import { lazily, loadNow } from "../../../../base/lazy.ts";
import { malformed, tooLarge } from "../failures.ts";
import type { Codec } from "./codec.ts";

const library = lazily((): typeof snappyLibrary => loadNow("snappy"));

/** `\x82SNAPPY\0`, version 1, compatible with 1. */
const xerialHeader = Buffer.from("82534e41505059000000000100000001", "hex");
const xerialMagicBytes = 8;
/** SnappyOutputStream's default. */
const xerialBlockBytes = 32 * 1024;

// Without copyOutputData the addon hands out external buffers, at a quarter of the speed.
const options = { copyOutputData: true } as const;

const isXerial = (bytes: Buffer): boolean =>
  bytes.length >= xerialHeader.length &&
  bytes.subarray(0, xerialMagicBytes).equals(xerialHeader.subarray(0, xerialMagicBytes));

export const snappy: Codec = {
  decompress(bytes, bytesMax) {
    if (!isXerial(bytes)) return decompressBlock(bytes, bytesMax);
    const blocks: Buffer[] = [];
    let total = 0;
    for (let at = xerialHeader.length; at < bytes.length; ) {
      const length = bytes.length - at < 4 ? -1 : bytes.readInt32BE(at);
      at += 4;
      if (length < 1 || length > bytes.length - at) throw malformed("a snappy block is longer than its batch");
      const block = decompressBlock(bytes.subarray(at, at + length), bytesMax - total);
      blocks.push(block);
      total += block.length;
      at += length;
    }
    return Buffer.concat(blocks, total);
  },

  compress(bytes, like) {
    if (like !== null && !isXerial(like)) return library().compressSync(bytes, options);
    const pieces: Buffer[] = [xerialHeader];
    for (let at = 0; at < bytes.length; at += xerialBlockBytes) {
      const block = library().compressSync(bytes.subarray(at, at + xerialBlockBytes), options);
      const length = Buffer.allocUnsafe(4);
      length.writeInt32BE(block.length);
      pieces.push(length, block);
    }
    return Buffer.concat(pieces);
  },
};

function decompressBlock(bytes: Buffer, bytesMax: number): Buffer {
  if (declaredBytes(bytes) > bytesMax) throw tooLarge(bytesMax);
  try {
    const block = library().uncompressSync(bytes, { asBuffer: true, ...options });
    return typeof block === "string" ? Buffer.from(block) : block;
  } catch (error) {
    throw malformed("snappy cannot be decompressed", error);
  }
}

/** A block begins with the size that it will have: the addon allocates that much before it reads on. */
function declaredBytes(bytes: Buffer): number {
  let size = 0;
  for (let at = 0; at < 5; at++) {
    const byte = bytes[at];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return size;
  }
  throw malformed("a snappy block has no size");
}
