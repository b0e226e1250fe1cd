// A frame as it came from the wire. One that lies in a single chunk is a view of it; a larger one stays in the pieces it came in, so that
// forwarding it copies nothing. Its memory is a connection's chunks (base/chunks.ts): who has a frame owns it, and ends with `ownFrame` or hands its pieces on.
// Knows no protocol: where a frame ends was the framer's word.
import { owned, release } from "../base/chunks.ts";

/** Whole, or in pieces. Both have a `length`, in bytes. */
export type Frame = Buffer | FramePieces;

export class FramePieces {
  /** Views of the chunks, in order; none is empty. */
  readonly pieces: readonly Buffer[];
  readonly length: number;

  constructor(pieces: readonly Buffer[], length: number) {
    this.pieces = pieces;
    this.length = length;
  }
}

/** The frame as one buffer that nobody else has; the frame itself is gone then. */
export function ownFrame(frame: Frame): Buffer {
  if (!(frame instanceof FramePieces)) return owned(frame);
  const own = Buffer.concat(frame.pieces, frame.length);
  for (const piece of frame.pieces) release(piece);
  return own;
}

export function framePieces(frame: Frame): readonly Buffer[] {
  return frame instanceof FramePieces ? frame.pieces : [frame];
}
