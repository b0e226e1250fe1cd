// Frames of a recording as bytes: one fixed form, appended to a buffer that grows. No JSON but the
// notes, no objects: this is what the hot path pays for. Everything is big-endian.
//
//   size (4)   of what follows
//   flags (1)  direction (3 bits), level (2 bits), payload dropped (1 bit)
//   at (8, float), version (2), correlation (4), wire bytes (4), length of api (1), api
//   cuts (4)   each: at (4), length (4), kind (1: 0 secret, 1 records), and of records: batches (4), records (4), first (8), last (8)
//   notes (4)  JSON
//   the rest   kept bytes
import { LockkeeperError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import {
  type Cut,
  type FrameToKeep,
  frameKinds,
  keepsRecords,
  type PayloadLevel,
  payloadLevels,
  type RecordedFrame,
} from "../model/recording.ts";

const fixedBytes = 4 + 1 + 8 + 2 + 4 + 4 + 1 + 4 + 4;
const cutBytes = 9;
const digestBytes = 24;
const droppedFlag = 0x20;
/** What a login takes, so that nothing is copied into a larger one meanwhile. */
const firstBytes = 2048;
const nextBytesMax = 128 * 1024;
const none = Buffer.alloc(0);
const noCuts: readonly Cut[] = [];

/** A frame ready to be appended: what it will take, so that bounds are checked before anything is copied. */
export interface MeasuredFrame {
  readonly frame: FrameToKeep;
  readonly cuts: readonly Cut[];
  readonly dropped: boolean;
  readonly notes: string;
  readonly bytes: number;
}

/** `payload: false` leaves the records out although the level would keep them. */
export function measureFrame(frame: FrameToKeep, payload: boolean): MeasuredFrame {
  const { kept, level } = frame;
  const wanted = keepsRecords(level);
  const { cuts, alreadyCut = false } = kept;
  const left = wanted && payload && !alreadyCut ? secretsOf(cuts) : cuts;
  const notes = kept.notes === null ? "" : JSON.stringify(kept.notes);
  let bytes = fixedBytes + Buffer.byteLength(frame.api) + Buffer.byteLength(notes);
  for (const piece of kept.pieces) bytes += piece.length;
  for (const cut of left) bytes += cutBytes + (cut.records ? digestBytes : 0) - (alreadyCut ? 0 : cut.length);
  return { frame, cuts: left, dropped: wanted && !payload && left.length > 0, notes, bytes };
}

function secretsOf(cuts: readonly Cut[]): readonly Cut[] {
  return cuts.some((cut) => cut.records === null) ? cuts.filter((cut) => cut.records === null) : [];
}

/** Frames that wait for the next chunk. */
export class FrameBuffer {
  #bytes = none;
  #at = 0;
  /** The size to begin with: what the chunk before took. */
  #next = firstBytes;

  get length(): number {
    return this.#at;
  }

  append({ frame, cuts, dropped, notes, bytes }: MeasuredFrame): void {
    this.#room(bytes);
    const to = this.#bytes;
    let at = this.#at;
    at = to.writeUInt32BE(bytes - 4, at);
    const level = payloadLevels.indexOf(frame.level);
    at = to.writeUInt8(frameKinds.indexOf(frame.direction) | (level << 3) | (dropped ? droppedFlag : 0), at);
    at = to.writeDoubleBE(frame.at, at);
    at = to.writeInt16BE(frame.version, at);
    at = to.writeInt32BE(frame.correlation, at);
    at = to.writeUInt32BE(frame.bytes, at);
    const api = to.write(frame.api, at + 1);
    to.writeUInt8(api, at);
    at = to.writeUInt32BE(cuts.length, at + 1 + api);
    for (const cut of cuts) at = writeCut(to, at, cut);
    const noted = notes === "" ? 0 : to.write(notes, at + 4);
    at = to.writeUInt32BE(noted, at) + noted;
    this.#at = copyPieces(to, at, frame.kept.pieces, frame.kept.alreadyCut ? noCuts : cuts);
  }

  /** What was gathered. Nothing is held until the next frame comes: most sessions say little. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#at);
    this.#next = Math.min(this.#bytes.length, nextBytesMax);
    this.#bytes = none;
    this.#at = 0;
    return taken;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    // Slow: of memory of its own. A piece of Node's pool would hold 64 KiB for as long as a quiet session waits.
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length, this.#next));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

function writeCut(to: Buffer, start: number, { at: from, length, records }: Cut): number {
  let at = to.writeUInt32BE(from, start);
  at = to.writeUInt32BE(length, at);
  at = to.writeUInt8(records ? 1 : 0, at);
  if (!records) return at;
  at = to.writeUInt32BE(records.batches, at);
  at = to.writeUInt32BE(records.records, at);
  at = to.writeBigInt64BE(records.firstOffset, at);
  return to.writeBigInt64BE(records.lastOffset, at);
}

/** Copies the pieces, stepping over the cuts, which ascend. */
function copyPieces(to: Buffer, start: number, pieces: readonly Buffer[], cuts: readonly Cut[]): number {
  let at = start;
  let pieceStart = 0;
  let next = 0;
  for (const piece of pieces) {
    const pieceEnd = pieceStart + piece.length;
    let from = pieceStart;
    while (from < pieceEnd) {
      const cut = cuts[next];
      const until = cut === undefined || cut.at >= pieceEnd ? pieceEnd : Math.max(cut.at, from);
      at += piece.copy(to, at, from - pieceStart, until - pieceStart);
      if (cut === undefined || until === pieceEnd) break;
      const cutEnd = cut.at + cut.length;
      from = Math.min(cutEnd, pieceEnd);
      if (cutEnd > pieceEnd) break;
      next++;
    }
    pieceStart = pieceEnd;
  }
  return at;
}

/** The frames of a chunk. Throws `audit-corrupt` where the bytes are no frames. */
export function decodeFrames(bytes: Buffer): RecordedFrame[] {
  const frames: RecordedFrame[] = [];
  try {
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) throw new RangeError("a frame is longer than its chunk");
      frames.push(decodeFrame(bytes.subarray(at + 4, end)));
      at = end;
    }
  } catch (error) {
    throw new LockkeeperError("audit-corrupt", "a chunk of the recording does not hold frames", { cause: error });
  }
  return frames;
}

function decodeFrame(bytes: Buffer): RecordedFrame {
  const flags = bytes.readUInt8(0);
  const apiEnd = 20 + bytes.readUInt8(19);
  const cuts: Cut[] = [];
  let at = apiEnd + 4;
  for (let left = bytes.readUInt32BE(apiEnd); left > 0; left--) {
    const cut = { at: bytes.readUInt32BE(at), length: bytes.readUInt32BE(at + 4) };
    const isRecords = bytes.readUInt8(at + 8) === 1;
    at += cutBytes;
    cuts.push({ ...cut, records: isRecords ? digestAt(bytes, at) : null });
    if (isRecords) at += digestBytes;
  }
  const notesEnd = at + 4 + bytes.readUInt32BE(at);
  const notes: JsonObject = notesEnd === at + 4 ? {} : JSON.parse(bytes.toString("utf8", at + 4, notesEnd));
  return {
    at: bytes.readDoubleBE(1),
    direction: frameKinds[flags & 0x07] ?? "event",
    level: levelOf((flags >> 3) & 0x03),
    payloadDropped: (flags & droppedFlag) !== 0,
    api: bytes.toString("utf8", 20, apiEnd),
    version: bytes.readInt16BE(9),
    correlation: bytes.readInt32BE(11),
    bytes: bytes.readUInt32BE(15),
    cuts,
    notes,
    frame: bytes.subarray(notesEnd),
  };
}

function levelOf(index: number): PayloadLevel {
  return payloadLevels[index] ?? "none";
}

function digestAt(bytes: Buffer, at: number): Cut["records"] {
  return {
    batches: bytes.readUInt32BE(at),
    records: bytes.readUInt32BE(at + 4),
    firstOffset: bytes.readBigInt64BE(at + 8),
    lastOffset: bytes.readBigInt64BE(at + 16),
  };
}
