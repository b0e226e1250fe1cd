// Frames of a client that wait for their turn, in order. Counts their bytes, so that the spine knows when to stop reading.
import type { Frame } from "../protocols/frame.ts";
import type { FrameReceiver } from "../protocols/protocol.ts";

export class Inbox implements FrameReceiver {
  #frames: Frame[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#frames.length;
  }

  frame(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
  }

  next(): Frame | undefined {
    const frame = this.#frames.shift();
    if (!frame) return undefined;
    this.#bytes -= frame.length;
    // an array keeps what it grew to: an idle connection would, for ever
    if (this.#frames.length === 0) this.#frames = [];
    return frame;
  }

  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }
}
