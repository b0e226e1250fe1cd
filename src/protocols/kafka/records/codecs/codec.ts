// What a compression codec is to the records: bytes in, bytes out, never more than it was allowed.

import type { CompressionLevels } from "../../../record-guard.ts";

export interface Codec {
  /**
   * Throws LockkeeperError `records-too-large` before more than `bytesMax` bytes are made of it, `records-malformed` when it cannot
   * be read. The CRC of the batch was checked before: checksums inside a codec's own framing need not be.
   */
  decompress(bytes: Buffer, bytesMax: number): Buffer;
  /**
   * In the framing that `like`, the bytes it replaces, came in: whoever could read those can read these. Without `like`, in the
   * framing that Java's producer uses.
   */
  compress(bytes: Buffer, like: Buffer | null, levels?: CompressionLevels): Buffer;
}
