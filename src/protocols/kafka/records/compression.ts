// Which codec a batch's attributes name. The list is closed: a codec that is not here is refused, never passed on unread.
import type { Compression } from "./batch.ts";
import type { Codec } from "./codecs/codec.ts";
import { lz4, lz4OfMagic0 } from "./codecs/lz4.ts";
import { snappy } from "./codecs/snappy.ts";
import { gzip, zstd } from "./codecs/zlib.ts";
import { unsupported } from "./failures.ts";

const none: Codec = { decompress: (bytes) => bytes, compress: (bytes) => bytes };
const codecs = { none, gzip, snappy, lz4, zstd } as const satisfies Record<Compression, Codec>;

/** Throws LockkeeperError `codec-unsupported`: an unknown number, or zstd in a message set, which never had it (KIP-110). */
export function codecFor(compression: Compression | "unknown", magic: 0 | 1 | 2): Codec {
  if (compression === "unknown") throw unsupported("an unknown compression codec");
  if (compression === "zstd" && magic < 2) throw unsupported("zstd in a message set");
  return compression === "lz4" && magic === 0 ? lz4OfMagic0 : codecs[compression];
}
