// LZ4 frames, read and written block by block: the addon's own frame reader knows no bound. We write what Java writes: independent
// blocks of 64 KiB, no checksums. Java refuses linked blocks; we read them all the same, since librdkafka can.
// Source: LZ4 frame format 1.6; KafkaLZ4BlockOutputStream for the checksum of magic 0, which Kafka first got wrong (KAFKA-3160).
import type * as lz4Napi from "lz4-napi";
import type * as lz4Wasm from "lz4-wasm-nodejs";
import { lazily, loadNow } from "../../../../base/lazy.ts";
import { malformed, tooLarge } from "../failures.ts";
import type { Codec } from "./codec.ts";

const reading = lazily((): typeof lz4Napi => loadNow("lz4-napi"));
const writing = lazily((): typeof lz4Wasm => loadNow("lz4-wasm-nodejs"));

const frameMagic = 0x184d2204;
const blockBytes = 64 * 1024;
/** Frame magic; version 1, independent blocks; 64 KiB; and the second byte of the descriptor's xxHash32. */
const header = Buffer.from("04224d18604082", "hex");
/** The same with the hash that Kafka computed over the magic too, as long as messages had magic 0. */
const headerOfMagic0 = Buffer.from("04224d1860401a", "hex");
const endMark = Buffer.alloc(4);

const flag = {
  version: 0xc0,
  independent: 0x20,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  dictionary: 0x01,
};
const storedBit = 0x80000000;
/** What one compressed byte can stand for at most, with room for the last literals. */
const ratioMax = 255;
const windowBytes = 64 * 1024;

export const lz4: Codec = { decompress, compress: (bytes) => compressFrame(bytes, header) };
export const lz4OfMagic0: Codec = { decompress, compress: (bytes) => compressFrame(bytes, headerOfMagic0) };

interface Frame {
  readonly blockBytesMax: number;
  readonly independent: boolean;
  readonly trailerBytes: number;
  readonly blocksAt: number;
}

function readFrame(bytes: Buffer): Frame {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== frameMagic) throw malformed("no LZ4 frame");
  const flags = bytes.readUInt8(4);
  const size = (bytes.readUInt8(5) >> 4) & 7;
  if ((flags & flag.version) !== 0x40 || (flags & flag.dictionary) !== 0 || size < 4)
    throw malformed("an odd LZ4 frame");
  return {
    blockBytesMax: 1 << (8 + 2 * size),
    independent: (flags & flag.independent) !== 0,
    trailerBytes: flags & flag.blockChecksum ? 4 : 0,
    // The descriptor's own checksum is not looked at: librdkafka and Kafka disagreed about it, and the batch has a better one.
    blocksAt: flags & flag.contentSize ? 15 : 7,
  };
}

function decompress(bytes: Buffer, bytesMax: number): Buffer {
  const frame = readFrame(bytes);
  const blocks: Buffer[] = [];
  let total = 0;
  let window: Buffer = Buffer.alloc(0);
  for (let at = frame.blocksAt; ; ) {
    if (bytes.length - at < 4) throw malformed("an LZ4 frame without an end");
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === 0) return blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks, total);
    const length = word & ~storedBit;
    if (length > bytes.length - at) throw malformed("an LZ4 block is longer than its batch");
    const source = bytes.subarray(at, at + length);
    const block = word & storedBit ? source : decompressBlock(source, frame, window);
    if (block.length > frame.blockBytesMax) throw malformed("an LZ4 block is larger than its frame allows");
    total += block.length;
    if (total > bytesMax) throw tooLarge(bytesMax);
    blocks.push(block);
    if (!frame.independent) window = Buffer.concat([window, block]).subarray(-windowBytes);
    at += length + frame.trailerBytes;
  }
}

/** The addon allocates the size that it is told, so it is told no more than these bytes can become. */
function decompressBlock(source: Buffer, frame: Frame, window: Buffer): Buffer {
  const sized = Buffer.allocUnsafe(4 + source.length);
  sized.writeUInt32LE(Math.min(frame.blockBytesMax, source.length * ratioMax + 64));
  source.copy(sized, 4);
  try {
    return window.length === 0 ? reading().uncompressSync(sized) : reading().uncompressSync(sized, window);
  } catch (error) {
    throw malformed("lz4 cannot be decompressed", error);
  }
}

function compressFrame(bytes: Buffer, frameHeader: Buffer): Buffer {
  const pieces: Buffer[] = [frameHeader];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const source = bytes.subarray(at, at + blockBytes);
    const packed = writing().compress(source);
    const compressed = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
    // It writes the block's size first; a frame wants the compressed length there, which may differ.
    const length = compressed.length - 4;
    if (length < source.length) {
      compressed.writeUInt32LE(length);
      pieces.push(compressed);
    } else {
      const word = Buffer.allocUnsafe(4);
      word.writeUInt32LE((source.length | storedBit) >>> 0);
      pieces.push(word, source);
    }
  }
  pieces.push(endMark);
  return Buffer.concat(pieces);
}
