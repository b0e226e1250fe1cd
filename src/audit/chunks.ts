// The file of one session's recording: a head line, then chunks, then a footer. Encoding and decoding; no disk, no timers.
//
//   head line    JSON and a newline: format, session facts, salt, the id of the key-encryption key
//   block        kind (1 byte: C chunk, F footer), meta bytes (uint32), data bytes (uint32), meta (JSON), data
//   data         nonce (12), AES-256-GCM ciphertext of zstd of NDJSON frames, tag (16); bound to head and meta as additional data
//
// Each meta names the commitment of the block before it; a commitment is SHA-256(salt, meta, data), so a changed, missing or
// reordered block shows without any key. A footer has no frames; its empty ciphertext still authenticates its meta.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { LockkeeperError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { RecordedFrame } from "../model/recording.ts";

export const recordingFormat = "lockkeeper-recording/1";
const blockHeadBytes = 9;
const nonceBytes = 12;
const tagBytes = 16;
/** A chunk is flushed at 64 KiB; one frame may be far larger, but never what would fill the reader's memory. */
const chunkPlainBytesMax = 64 * 1024 * 1024;
const kinds = { chunk: 0x43, footer: 0x46 } as const;

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
  /** Which key-encryption key wraps the session's key; the wrapped key stands in `<session>.key`. */
  readonly wrappingKey: string;
  /** Base 64; part of every commitment. */
  readonly salt: string;
}

/** What a block says in plain text. */
export interface BlockMeta {
  readonly kind: keyof typeof kinds;
  readonly index: number;
  /** Commitment of the block before, hex; of the head line for the first. */
  readonly previous: string;
  /** Frames in this chunk; in the footer, of the whole session. */
  readonly frames: number;
  /** Frames that did not fit in memory or on the disk, and their bytes on the wire, since the block before (footer: in all). */
  readonly lostFrames: number;
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
  return createHash("sha256").update(headLine).digest("hex");
}

function commitmentOf(salt: string, metaBytes: Uint8Array, data: Uint8Array): string {
  return createHash("sha256").update(Buffer.from(salt, "base64")).update(metaBytes).update(data).digest("hex");
}

/** `headHash` binds the block to its file. */
export function sealBlock(
  meta: BlockMeta,
  frames: string,
  key: Buffer,
  headHash: string,
  salt: string,
): { bytes: Buffer; commitment: string } {
  const metaBytes = Buffer.from(JSON.stringify(meta));
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.concat([Buffer.from(headHash), metaBytes]));
  const plain = meta.kind === "footer" ? Buffer.alloc(0) : zstdCompressSync(frames);
  const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const head = Buffer.alloc(blockHeadBytes);
  head.writeUInt8(kinds[meta.kind], 0);
  head.writeUInt32BE(metaBytes.length, 1);
  head.writeUInt32BE(data.length, 5);
  return { bytes: Buffer.concat([head, metaBytes, data]), commitment: commitmentOf(salt, metaBytes, data) };
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
    const lines = zstdDecompressSync(packed, { maxOutputLength: chunkPlainBytesMax }).toString("utf8").trimEnd();
    // A chunk may hold nothing but the count of frames that were lost.
    if (lines === "") return [];
    return lines.split("\n").map((line): RecordedFrame => JSON.parse(line));
  } catch (error) {
    throw new LockkeeperError(
      "audit-corrupt",
      `chunk ${meta.index} of the recording does not open: changed, or another key`,
      {
        cause: error,
      },
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

/** The block at `at`, or null when it is not whole (a crash, or a session that is being written) or garbled. */
export function decodeBlock(
  bytes: Buffer,
  at: number,
  salt: string,
): { readonly block: Block; readonly end: number } | null {
  if (at + blockHeadBytes > bytes.length) return null;
  const metaEnd = at + blockHeadBytes + bytes.readUInt32BE(at + 1);
  const end = metaEnd + bytes.readUInt32BE(at + 5);
  if (end > bytes.length || end - metaEnd < nonceBytes + tagBytes) return null;
  const metaBytes = bytes.subarray(at + blockHeadBytes, metaEnd);
  const data = bytes.subarray(metaEnd, end);
  try {
    const meta: BlockMeta = JSON.parse(metaBytes.toString("utf8"));
    if (kinds[meta.kind] !== bytes[at]) return null;
    return { block: { meta, metaBytes, data, commitment: commitmentOf(salt, metaBytes, data) }, end };
  } catch {
    return null;
  }
}

/** A frame as a line. */
export function encodeFrame(frame: RecordedFrame): string {
  const { at, direction, api, version, correlation, bytes, body } = frame;
  return `${JSON.stringify({ at, direction, api, version, correlation, bytes, body } satisfies JsonObject)}\n`;
}
