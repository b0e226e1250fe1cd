// Memory that is used again, for what is written, read and forgotten before the next time: V8 answers each 64 MiB of fresh buffers with a mark-compact.
import { limits } from "./limits.ts";

/** For at least so many bytes: what there was, where it is large enough and not too large to keep; what is in it is anybody's. */
export function scratchFor(bytes: number, before: Buffer): Buffer {
  if (before.length >= bytes && before.length <= limits.scratchKeptBytesMax) return before;
  return Buffer.allocUnsafeSlow(Math.max(bytes, limits.scratchBytesMin));
}
