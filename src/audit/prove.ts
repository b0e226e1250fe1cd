// An inclusion proof for one entry: few hashes that lead from it to a signed checkpoint, checkable without the log.
// Source: C2SP tlog-proof; RFC 6962 §2.1.1.
import { LockkeeperError } from "../base/errors.ts";
import { type Disk, realDisk } from "./disk.ts";
import { hashBytes, inclusionRanges, nodeHash, splitPoint, treeHash } from "./merkle.ts";
import { isPruned, readPruned } from "./pruned.ts";
import { readCheckpoint } from "./snapshot.ts";
import { decodeBundle, levelSize, splitHashes, tileWidth } from "./tiles.ts";
import { readTile } from "./tree.ts";

export interface Proof {
  readonly index: number;
  readonly entry: Buffer;
  /** Lowest sibling first. */
  readonly path: readonly Buffer[];
  /** The signed checkpoint. */
  readonly checkpoint: string;
  /** The whole as a C2SP tlog-proof file. */
  readonly text: string;
}

/** Rejects with `audit-corrupt`: no such entry under the checkpoint, or a tile that is missing. */
export async function proveEntry(folder: string, index: number, disk: Disk = realDisk): Promise<Proof> {
  const { size, note } = await readCheckpoint(disk, folder);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new LockkeeperError(
      "audit-corrupt",
      `entry ${index} is not under the checkpoint, which covers ${size} entries`,
    );
  }
  const bundle = Math.floor(index / tileWidth);
  const bytes = await readTile(disk, folder, "entries", bundle, Math.min(tileWidth, size - bundle * tileWidth));
  const entry = (bytes && decodeBundle(bytes))?.[index % tileWidth];
  if (!entry && isPruned(await readPruned(disk, folder), index)) {
    throw new LockkeeperError(
      "audit-corrupt",
      `retention removed entry ${index}: its hash is in the tree, but there is nothing left to prove`,
    );
  }
  if (!entry) throw new LockkeeperError("audit-corrupt", `entry ${index} cannot be read`);
  const path: Buffer[] = [];
  for (const { from, to } of inclusionRanges(index, size)) path.push(await rangeHash(disk, folder, size, from, to));
  const lines = path.map((hash) => `${hash.toString("base64")}\n`).join("");
  return { index, entry, path, checkpoint: note, text: `c2sp.org/tlog-proof@v1\nindex ${index}\n${lines}\n${note}` };
}

/** MTH(D[from:to]) out of the tiles: a range that is a perfect subtree lies within one tile, any other is split. */
async function rangeHash(disk: Disk, folder: string, size: number, from: number, to: number): Promise<Buffer> {
  const leaves = to - from;
  if (!Number.isInteger(Math.log2(leaves)) || from % leaves !== 0) {
    const middle = from + splitPoint(leaves);
    const left = await rangeHash(disk, folder, size, from, middle);
    return nodeHash(left, await rangeHash(disk, folder, size, middle, to));
  }
  let level = 0;
  while (tileWidth ** (level + 1) <= leaves) level++;
  const span = tileWidth ** level;
  const first = from / span;
  const index = Math.floor(first / tileWidth);
  const width = Math.min(tileWidth, levelSize(level, size) - index * tileWidth);
  const tile = splitHashes((await readTile(disk, folder, level, index, width)) ?? Buffer.alloc(0));
  const at = first - index * tileWidth;
  const hashes = tile.slice(at, at + leaves / span);
  if (hashes.length !== leaves / span || hashes.some((hash) => hash.length !== hashBytes)) {
    throw new LockkeeperError("audit-corrupt", `tile ${index} of level ${level} is missing or damaged`);
  }
  return treeHash(hashes);
}
