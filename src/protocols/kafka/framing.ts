// Cuts a byte stream into Kafka frames: a size of 4 bytes, then that many bytes. A frame that lies within one chunk is a view of
// it; only one that crosses chunks is copied, once. What a size promises is never allocated before it has arrived.
import { LockkeeperError } from "../../base/errors.ts";
import type { Framer } from "../protocol.ts";
import { sizePrefixBytes } from "./header.ts";

/** Chunks below this are gathered, so that a peer that sends single bytes cannot make us keep an object for each. */
const smallChunkBytes = 4096;

/** `frameBytesMax` counts what follows the size prefix, as Kafka's socket.request.max.bytes does. */
export function kafkaFramer(frameBytesMax: number): Framer {
  const pending = new Pending();
  return {
    frameBytesMax,
    get pendingBytes() {
      return pending.bytes;
    },
    push(chunk) {
      const frames: Buffer[] = [];
      let offset = pending.bytes === 0 ? 0 : resume(pending, chunk, this.frameBytesMax, frames);
      while (chunk.length - offset >= sizePrefixBytes) {
        const end = offset + frameBytes(chunk.readInt32BE(offset), this.frameBytesMax);
        if (end > chunk.length) break;
        frames.push(chunk.subarray(offset, end));
        offset = end;
      }
      if (offset < chunk.length) pending.add(chunk.subarray(offset));
      return frames;
    },
  };
}

/** Goes on with the frame that earlier chunks began; returns how much of `chunk` belonged to it. */
function resume(pending: Pending, chunk: Buffer, frameBytesMax: number, frames: Buffer[]): number {
  let offset = 0;
  if (pending.bytes < sizePrefixBytes) {
    offset = Math.min(sizePrefixBytes - pending.bytes, chunk.length);
    pending.add(chunk.subarray(0, offset));
    if (pending.bytes < sizePrefixBytes) return offset;
  }
  const missing = frameBytes(pending.size(), frameBytesMax) - pending.bytes;
  const end = Math.min(offset + missing, chunk.length);
  pending.add(chunk.subarray(offset, end));
  if (end - offset === missing) frames.push(pending.take());
  return end;
}

/** Of the whole frame, prefix included. */
function frameBytes(size: number, frameBytesMax: number): number {
  if (size < 0) throw new LockkeeperError("frame-malformed", `a frame of ${size} bytes`);
  if (size > frameBytesMax)
    throw new LockkeeperError("frame-too-large", `a frame of ${size} bytes, ${frameBytesMax} allowed`);
  return sizePrefixBytes + size;
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

  /** The size prefix; at least its 4 bytes are there, and they came first. */
  size(): number {
    const first = this.#pieces[0] ?? (this.#block as Buffer);
    return first.length >= sizePrefixBytes ? first.readInt32BE(0) : Buffer.concat(this.#all()).readInt32BE(0);
  }

  #all(): Buffer[] {
    this.#closeBlock();
    return this.#pieces;
  }

  take(): Buffer {
    const frame = Buffer.concat(this.#all(), this.bytes);
    this.bytes = 0;
    this.#pieces = [];
    return frame;
  }
}
