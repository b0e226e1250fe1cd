// Memory in which one connection's large answers are put together, used again where nothing of the one before is anywhere: a fresh one each time, and the
// chunks that it came in, made V8 collect its whole heap every three answers. It is one connection's alone: a mistake here could not show one session's
// bytes to another.
import { limits } from "../base/limits.ts";

/** Of all connections together. */
let keptBytes = 0;

export class FrameMemory {
  #free: Buffer | null = null;
  #lent: Buffer | null = null;
  #smallFrames = 0;
  #closed = false;

  /** For a frame of so many bytes; null where it is too small or too large for this. */
  room(frameBytes: number): Buffer | null {
    if (frameBytes < limits.assembledFrameBytesMin || frameBytes > limits.assembledFrameBytesMax) {
      if (++this.#smallFrames >= limits.coldReadsMax) this.#taken();
      return null;
    }
    this.#smallFrames = 0;
    const kept = this.#taken();
    this.#lent = kept !== null && kept.length >= frameBytes ? kept : Buffer.allocUnsafeSlow(roundedUp(frameBytes));
    return this.#lent;
  }

  /** Nobody has a view of this frame any more. Of frames that are not in memory of `room` nothing is kept. */
  reuse(frame: Buffer): void {
    const lent = this.#lent;
    if (lent?.buffer !== frame.buffer) return;
    this.#lent = null;
    if (this.#closed || keptBytes + lent.length > limits.keptFramesBytesMax) return;
    keptBytes += lent.length;
    this.#free = lent;
  }

  /** Keeps nothing from now on. */
  close(): void {
    this.#closed = true;
    this.#taken();
  }

  #taken(): Buffer | null {
    const free = this.#free;
    this.#free = null;
    if (free) keptBytes -= free.length;
    return free;
  }
}

/** To a power of two: the next answer may be a little larger. */
function roundedUp(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(bytes));
}
