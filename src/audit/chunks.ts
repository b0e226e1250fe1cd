// The file of one session's recording: a head line, then chunks, then a footer. Encoding and decoding; no disk, no timers.
//
//   head line    JSON and a newline: format, session facts, salt
//   block        kind (1 byte: C chunk, R raw chunk, F footer), meta bytes (uint32), data bytes (uint32), meta (JSON), data, block bytes (uint32)
//   data         nonce (12), AES-256-GCM ciphertext of zstd of frames (frames.ts), tag (16); bound to head and meta as additional data
//
// Each meta names the commitment of the block before it; a commitment is SHA-256(salt, meta, data), so a changed, missing or
// reordered block shows without any key. A footer has no frames; its empty ciphertext still authenticates its meta. The size at the end of
// a block lets a reader begin with the last one.
import { createCipheriv, createDecipheriv, createHash, createSecretKey, hash } from "node:crypto";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { LockkeeperError } from "../base/errors.ts";
import { randomPiece } from "../base/random.ts";
import type { RecordedFrame } from "../model/recording.ts";
import { decodeFrames } from "./frames.ts";

export const recordingFormat = "lockkeeper-recording/2";
export const blockHeadBytes = 9;
export const blockTailBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
/** A chunk is flushed at 64 KiB; one frame may be far larger, but never what would fill the reader's memory. */
const chunkPlainBytesMax = 64 * 1024 * 1024;
const kinds = { chunk: 0x43, raw: 0x52, footer: 0x46 } as const;
/** Smaller chunks are framed as they are: to set up the compressor takes ten times as long as to run it on so little. */
const packedBytesMin = 2 * 1024;
/** Smaller chunks are packed faster than a thread is woken. */
const threadBytesMin = 16 * 1024;
const packing = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const zstdInThread = promisify(zstdCompress);

/** What is known when a session begins. Plain text: the audit log holds the same. */
export interface RecordingHead {
  readonly format: typeof recordingFormat;
  readonly session: string;
  readonly protocol: string;
  readonly cluster: string;
  readonly listener: string;
  readonly node: number | null;
  readonly client: string;
  readonly startedAt: number;
  readonly tls: boolean;
  /** Base 64; part of every commitment. */
  readonly salt: string;
}

export interface Totals {
  readonly frames: number;
  /** Frames that did not fit in memory or on the disk. */
  readonly lostFrames: number;
  /** Frames that are there without the records that were to be kept with them. */
  readonly droppedPayloads: number;
}

/** What a block says in plain text. */
export interface BlockMeta extends Totals {
  readonly kind: keyof typeof kinds;
  readonly index: number;
  /** Commitment of the block before, hex; of the head line for the first. */
  readonly previous: string;
  /** Of the session so far, this block included; frames of raw chunks are no frames of their own. */
  readonly total: Totals;
  /** APIs that the session had not used before this block; in the footer, all of them. */
  readonly apis: readonly string[];
  /** Milliseconds since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** As known at the end of this block. */
  readonly principal: string | null;
  readonly groups: readonly string[];
  readonly software: string | null;
  readonly clientId: string | null;
}

export interface Block {
  readonly meta: BlockMeta;
  readonly metaBytes: Buffer;
  readonly data: Buffer;
  /** Hex. */
  readonly commitment: string;
}

export function encodeHead(head: RecordingHead): Buffer {
  return Buffer.from(`${JSON.stringify(head)}\n`);
}

/** What the first block names as the one before it. */
export function headCommitment(headLine: Uint8Array): string {
  return hash("sha256", headLine, "hex");
}

function commitmentOf(salt: string, metaBytes: Uint8Array, data: Uint8Array): string {
  const parts = [Buffer.from(salt, "base64"), metaBytes, data];
  // in one go where little is copied for it: a Hash object costs more than so few bytes
  if (data.length < threadBytesMin) return hash("sha256", Buffer.concat(parts), "hex");
  const whole = createHash("sha256");
  for (const part of parts) whole.update(part);
  return whole.digest("hex");
}

export function pack(frames: Buffer): Promise<Buffer> | Buffer {
  if (frames.length < packedBytesMin) return storedFrame(frames);
  return frames.length < threadBytesMin ? zstdCompressSync(frames, packing) : zstdInThread(frames, packing);
}

/** A frame of Zstandard with one raw block. Source: RFC 8878, 3.1.1: one segment, content size of four bytes. */
function storedFrame(bytes: Buffer): Buffer {
  const head = Buffer.allocUnsafe(12);
  head.writeUInt32LE(0xfd2fb528, 0);
  head.writeUInt8(0xa0, 4);
  head.writeUInt32LE(bytes.length, 5);
  head.writeUIntLE((bytes.length << 3) | 1, 9, 3);
  return Buffer.concat([head, bytes]);
}

/** `headHash` binds the block to its file; `packed` is what `pack` gave, or nothing for a footer. */
export function sealBlock(
  meta: BlockMeta,
  packed: Buffer,
  key: Buffer,
  headHash: string,
  salt: string,
): { bytes: Buffer; commitment: string } {
  const metaBytes = Buffer.from(JSON.stringify(meta));
  const nonce = randomPiece(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", createSecretKey(key), nonce);
  cipher.setAAD(Buffer.concat([Buffer.from(headHash), metaBytes]));
  const data = Buffer.concat([nonce, cipher.update(packed), cipher.final(), cipher.getAuthTag()]);
  const head = Buffer.alloc(blockHeadBytes);
  head.writeUInt8(kinds[meta.kind], 0);
  head.writeUInt32BE(metaBytes.length, 1);
  head.writeUInt32BE(data.length, 5);
  const tail = Buffer.alloc(blockTailBytes);
  tail.writeUInt32BE(blockHeadBytes + metaBytes.length + data.length + blockTailBytes, 0);
  return { bytes: Buffer.concat([head, metaBytes, data, tail]), commitment: commitmentOf(salt, metaBytes, data) };
}

/** Throws `audit-corrupt` when the key is another or a byte was changed. */
export function openBlock(block: Block, key: Buffer, headHash: string): RecordedFrame[] {
  const { data, meta, metaBytes } = block;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, data.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.concat([Buffer.from(headHash), metaBytes]));
    decipher.setAuthTag(data.subarray(data.length - tagBytes));
    const packed = Buffer.concat([
      decipher.update(data.subarray(nonceBytes, data.length - tagBytes)),
      decipher.final(),
    ]);
    if (meta.kind === "footer") return [];
    return decodeFrames(zstdDecompressSync(packed, { maxOutputLength: chunkPlainBytesMax }));
  } catch (error) {
    throw new LockkeeperError(
      "audit-corrupt",
      `chunk ${meta.index} of the recording does not open: changed, or another key`,
      { cause: error },
    );
  }
}

/** Null when the head line is not whole yet, or not ours. */
export function decodeHead(bytes: Buffer): { readonly head: RecordingHead; readonly line: Buffer } | null {
  const end = bytes.indexOf(0x0a);
  if (end < 0) return null;
  try {
    const head: RecordingHead = JSON.parse(bytes.toString("utf8", 0, end));
    return head.format === recordingFormat ? { head, line: bytes.subarray(0, end + 1) } : null;
  } catch {
    return null;
  }
}

/** The bytes of the block that begins so, or null where no block of ours does. `head`: at least `blockHeadBytes`. */
export function blockBytes(head: Buffer): number | null {
  if (!Object.values(kinds).some((kind) => kind === head[0])) return null;
  return blockHeadBytes + head.readUInt32BE(1) + head.readUInt32BE(5) + blockTailBytes;
}

/** One whole block, as its first bytes announce it; null when it is garbled. */
export function decodeBlock(bytes: Buffer, salt: string): Block | null {
  const metaEnd = blockHeadBytes + bytes.readUInt32BE(1);
  const end = metaEnd + bytes.readUInt32BE(5);
  if (end + blockTailBytes !== bytes.length || bytes.readUInt32BE(end) !== bytes.length) return null;
  if (end - metaEnd < nonceBytes + tagBytes) return null;
  const metaBytes = bytes.subarray(blockHeadBytes, metaEnd);
  const data = bytes.subarray(metaEnd, end);
  try {
    const meta: BlockMeta = JSON.parse(metaBytes.toString("utf8"));
    if (kinds[meta.kind] !== bytes[0]) return null;
    return { meta, metaBytes, data, commitment: commitmentOf(salt, metaBytes, data) };
  } catch {
    return null;
  }
}
