// Cuts a byte stream into Kafka frames: a size of 4 bytes, then that many bytes. A frame that lies within one chunk is a view of
// it; one that crosses chunks stays in its pieces, or passes on piece by piece to whoever asks for it at its head.
// What a size promises is never allocated here before it has arrived; a receiver that trusts its peer, as a broker is trusted, may give `room` for it.

import { retain } from "../../base/chunks.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { FramePieces, ownFrame } from "../frame.ts";
import type { FrameReceiver, Framer, FrameSink } from "../protocol.ts";
import { sizePrefixBytes } from "./header.ts";

/** Chunks below this are gathered, so that a peer that sends single bytes cannot make us keep an object for each. */
const smallChunkBytes = 4096;
/** Size and correlation id of an answer, or size, API and version of a request: what `begin` is shown. */
const headBytes = 8;
/** Below this a frame in pieces is joined: one small copy is cheaper than everything else that pieces cost. */
const piecedFrameBytesMin = 16 * 1024;

/** `frameBytesMax` counts what follows the size prefix, as Kafka's socket.request.max.bytes does. */
export function kafkaFramer(frameBytesMax: number): Framer {
  return new KafkaFramer(frameBytesMax);
}

class KafkaFramer implements Framer {
  frameBytesMax: number;
  /** Made for the first frame that crosses chunks: of a quiet client none does. */
  #pending = nothing;
  /** The frame that passes on as it comes, and what is missing of it. */
  #sink: FrameSink | null = null;
  #sinkMissing = 0;
  /** The frame that is put together in its receiver's memory, and how much of it is there. */
  #assembled: Buffer | null = null;
  #assembledBytes = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  get pendingBytes(): number {
    return this.#pending.bytes + this.#assembledBytes;
  }

  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    this.feed(chunk, { frame: (frame) => void frames.push(ownFrame(frame)) });
    return frames;
  }

  feed(chunk: Buffer, receiver: FrameReceiver): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#sink) offset = this.#pass(this.#sink, chunk, offset);
      else if (this.#assembled) offset = this.#assemble(this.#assembled, chunk, offset, receiver);
      else if (this.#pending.bytes > 0) offset = this.#resume(chunk, offset, receiver);
      else offset = this.#start(chunk, offset, receiver);
    }
  }

  /** At the first byte of a frame. */
  #start(chunk: Buffer, offset: number, receiver: FrameReceiver): number {
    const left = chunk.length - offset;
    if (left >= sizePrefixBytes) {
      const bytes = this.#frameBytes(chunk.readInt32BE(offset));
      if (bytes <= left) {
        const frame = chunk.subarray(offset, offset + bytes);
        retain(frame);
        receiver.frame(frame);
        return offset + bytes;
      }
      if (left >= headBytes && this.#begin(chunk.subarray(offset, offset + headBytes), bytes, receiver)) return offset;
    }
    if (this.#pending === nothing) this.#pending = new Pending();
    this.#pending.add(chunk.subarray(offset));
    return chunk.length;
  }

  /** Goes on with the frame that earlier chunks began. */
  #resume(chunk: Buffer, offset: number, receiver: FrameReceiver): number {
    const pending = this.#pending;
    if (pending.bytes < headBytes) {
      // up to the size first, then up to the head: a frame may end before its head does
      const bytes = pending.bytes < sizePrefixBytes ? sizePrefixBytes : this.#frameBytes(pending.head().readInt32BE(0));
      const wanted = Math.min(bytes, headBytes);
      if (pending.bytes < wanted) {
        const end = Math.min(offset + wanted - pending.bytes, chunk.length);
        pending.add(chunk.subarray(offset, end));
        return this.#completed(receiver) ? end : this.#headArrived(end, receiver);
      }
    }
    const missing = this.#frameBytes(pending.head().readInt32BE(0)) - pending.bytes;
    const end = Math.min(offset + missing, chunk.length);
    pending.add(chunk.subarray(offset, end));
    if (end - offset === missing) receiver.frame(pending.take());
    return end;
  }

  /** A frame may be no longer than what was gathered for its head. */
  #completed(receiver: FrameReceiver): boolean {
    const pending = this.#pending;
    if (pending.bytes < sizePrefixBytes || this.#frameBytes(pending.head().readInt32BE(0)) !== pending.bytes)
      return false;
    receiver.frame(pending.take());
    return true;
  }

  #headArrived(end: number, receiver: FrameReceiver): number {
    const pending = this.#pending;
    if (pending.bytes !== headBytes) return end;
    const head = pending.head();
    if (this.#begin(head, this.#frameBytes(head.readInt32BE(0)), receiver)) {
      const first = ownFrame(pending.take());
      if (this.#sink) this.#pass(this.#sink, first, 0);
      else if (this.#assembled) this.#assemble(this.#assembled, first, 0, receiver);
    }
    return end;
  }

  /** False where the receiver has no wish of its own. */
  #begin(head: Buffer, bytes: number, receiver: FrameReceiver): boolean {
    this.#sink = receiver.begin?.(head, bytes) ?? null;
    this.#sinkMissing = bytes;
    if (this.#sink === null) this.#assembled = receiver.room?.(bytes)?.subarray(0, bytes) ?? null;
    return this.#sink !== null || this.#assembled !== null;
  }

  #assemble(frame: Buffer, chunk: Buffer, offset: number, receiver: FrameReceiver): number {
    const copied = chunk.copy(frame, this.#assembledBytes, offset);
    this.#assembledBytes += copied;
    if (this.#assembledBytes === frame.length) {
      this.#assembled = null;
      this.#assembledBytes = 0;
      receiver.frame(frame);
    }
    return offset + copied;
  }

  #pass(sink: FrameSink, chunk: Buffer, offset: number): number {
    const end = Math.min(offset + this.#sinkMissing, chunk.length);
    this.#sinkMissing -= end - offset;
    sink.push(offset === 0 && end === chunk.length ? chunk : chunk.subarray(offset, end));
    if (this.#sinkMissing === 0) {
      this.#sink = null;
      sink.end();
    }
    return end;
  }

  /** Of the whole frame, prefix included. */
  #frameBytes(size: number): number {
    if (size < 0) throw new LockkeeperError("frame-malformed", `a frame of ${size} bytes`);
    if (size > this.frameBytesMax)
      throw new LockkeeperError("frame-too-large", `a frame of ${size} bytes, ${this.frameBytesMax} allowed`);
    return sizePrefixBytes + size;
  }
}

/** The beginning of a frame, in the pieces that arrived. Small ones share a block. */
class Pending {
  bytes = 0;
  #pieces: Buffer[] = [];
  #block: Buffer | null = null;
  #blockUsed = 0;

  add(piece: Buffer): void {
    this.bytes += piece.length;
    if (piece.length >= smallChunkBytes) {
      this.#closeBlock();
      retain(piece);
      this.#pieces.push(piece);
      return;
    }
    let rest = piece;
    while (rest.length > 0) {
      this.#block ??= Buffer.allocUnsafeSlow(smallChunkBytes);
      const copied = rest.copy(this.#block, this.#blockUsed);
      this.#blockUsed += copied;
      rest = rest.subarray(copied);
      if (this.#blockUsed === smallChunkBytes) this.#closeBlock();
    }
  }

  #closeBlock(): void {
    if (this.#block !== null && this.#blockUsed > 0) this.#pieces.push(this.#block.subarray(0, this.#blockUsed));
    this.#block = null;
    this.#blockUsed = 0;
  }

  /** The first bytes, 4 at least: the size came first, and what is small shares a block. */
  head(): Buffer {
    const first = this.#pieces[0] ?? (this.#block as Buffer).subarray(0, this.#blockUsed);
    return first.length >= Math.min(headBytes, this.bytes)
      ? first.subarray(0, headBytes)
      : Buffer.concat(this.#all()).subarray(0, headBytes);
  }

  #all(): Buffer[] {
    this.#closeBlock();
    return this.#pieces;
  }

  take(): Buffer | FramePieces {
    const pieces = this.#all();
    const bytes = this.bytes;
    this.bytes = 0;
    this.#pieces = [];
    const [only] = pieces;
    if (pieces.length === 1 && only) return only;
    const frame = new FramePieces(pieces, bytes);
    return bytes < piecedFrameBytesMin ? ownFrame(frame) : frame;
  }
}

/** Stays empty: every framer's until it has something. */
const nothing = new Pending();
