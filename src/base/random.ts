// Random bytes for what is no secret once it is used: identifiers, nonces, salts. The system is asked for a block of them at a time, since asking costs as much
// for 16 bytes as for 4,096. Keys are not made of these: they are asked for each by itself (`randomBytes`), so that none of them lies in a block.
import { randomFillSync } from "node:crypto";
import { assert } from "./assert.ts";

const blockBytes = 4096;
const block = Buffer.allocUnsafeSlow(blockBytes);
let at = blockBytes;

/** A copy of bytes that nobody else gets, then gone from the block. @param bytes at most 64 */
export function randomPiece(bytes: number): Buffer {
  assert(bytes <= 64, "a piece of the block is small");
  if (at + bytes > blockBytes) {
    randomFillSync(block);
    at = 0;
  }
  const piece = Buffer.from(block.subarray(at, at + bytes));
  block.fill(0, at, at + bytes);
  at += bytes;
  return piece;
}
