// The tree on the disk: reads its right edge back, and writes the tiles, bundles and checkpoint of a longer one, in an order in
// which a crash at any moment leaves the old tree or the new. Tiles first, checkpoint last; each is replaced whole.
import { dirname, join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { type Disk, makeFolder, readFileIfThere, replaceFile, syncFolder } from "./disk.ts";
import { hashBytes, leafHash } from "./merkle.ts";
import {
  appendToEdge,
  cloneEdge,
  decodeBundle,
  type Edge,
  edgeRoot,
  emptyEdge,
  encodeBundle,
  levelSize,
  splitHashes,
  tilePath,
  tileWidth,
} from "./tiles.ts";

/** An entry and its leaf hash, on the way into the tree. */
export interface Leaf {
  readonly entry: Buffer;
  readonly hash: Buffer;
}

/** A tile or bundle of `width`; a full one serves where the partial one is gone (tlog-tiles). Null when neither is there. */
export async function readTile(
  disk: Disk,
  folder: string,
  level: number | "entries",
  index: number,
  width: number,
): Promise<Buffer | null> {
  const exact = await readFileIfThere(disk, join(folder, tilePath(level, index, width)));
  if (exact !== null || width === tileWidth) return exact;
  const full = await readFileIfThere(disk, join(folder, tilePath(level, index, tileWidth)));
  if (full === null || level !== "entries") return full?.subarray(0, width * hashBytes) ?? null;
  const entries = decodeBundle(full);
  return entries && encodeBundle(entries.slice(0, width));
}

/** Rejects with `audit-corrupt`, naming the file, when the right edge does not give the checkpoint's root. */
export async function readEdge(disk: Disk, folder: string, size: number, root: Buffer): Promise<Edge> {
  const edge = emptyEdge();
  edge.size = size;
  for (let level = 0; levelSize(level, size) > 0; level++) {
    const count = levelSize(level, size);
    const width = count % tileWidth;
    const index = Math.floor(count / tileWidth);
    const bytes = width === 0 ? Buffer.alloc(0) : await readTile(disk, folder, level, index, width);
    if (bytes?.length !== width * hashBytes) throw damaged(tilePath(level, index, width));
    edge.levels[level] = splitHashes(bytes);
  }
  if (!edgeRoot(edge).equals(root)) throw damaged("tile/", "does not give the root of the checkpoint");
  const width = size % tileWidth;
  if (width > 0) {
    const index = Math.floor(size / tileWidth);
    const bytes = await readTile(disk, folder, "entries", index, width);
    edge.bundle = (bytes && decodeBundle(bytes)) ?? [];
    const hashes = edge.levels[0] ?? [];
    if (edge.bundle.length !== width || edge.bundle.some((entry, i) => !leafHash(entry).equals(hashes[i] ?? entry))) {
      throw damaged(tilePath("entries", index, width));
    }
  }
  return edge;
}

function damaged(file: string, how = "is missing or damaged"): LockkeeperError {
  return new LockkeeperError("audit-corrupt", `the audit log's ${file} ${how}: run \`lockkeeper audit verify\``);
}

/** Writes what the leaves add, durably, and returns the new edge. The checkpoint is the caller's: until then nothing has changed. */
export async function extendTree(disk: Disk, folder: string, edge: Edge, leaves: readonly Leaf[]): Promise<Edge> {
  const files = new Map<string, Buffer>();
  const next = cloneEdge(edge);
  for (const { entry, hash } of leaves) {
    appendToEdge(next, entry, hash, (level, index, bytes) => files.set(tilePath(level, index, tileWidth), bytes));
  }
  if (next.bundle.length > 0) {
    const index = Math.floor(next.size / tileWidth);
    files.set(tilePath("entries", index, next.bundle.length), encodeBundle(next.bundle));
  }
  for (const [level, hashes] of next.levels.entries()) {
    const index = Math.floor(levelSize(level, next.size) / tileWidth);
    // An upper level that did not change is written again: cheap, and it heals a tile that was lost.
    if (hashes.length > 0) files.set(tilePath(level, index, hashes.length), Buffer.concat(hashes));
  }
  const folders = new Set<string>();
  for (const [path, bytes] of files) {
    const target = join(folder, path);
    if (!folders.has(dirname(target))) await makeFolder(disk, dirname(target));
    folders.add(dirname(target));
    await replaceFile(disk, target, bytes);
  }
  for (const each of folders) await syncFolder(disk, each);
  return next;
}

/** Removes partial tiles that full ones have replaced (tlog-tiles allows it then, and not before). Best effort. */
export async function removePartials(disk: Disk, folder: string, sizeBefore: number, size: number): Promise<void> {
  for (let level = 0; levelSize(level, size) > 0; level++) {
    const from = Math.floor(levelSize(level, sizeBefore) / tileWidth);
    const to = Math.floor(levelSize(level, size) / tileWidth);
    for (let index = from; index < to; index++) {
      const paths = [
        tilePath(level, index, tileWidth),
        ...(level === 0 ? [tilePath("entries", index, tileWidth)] : []),
      ];
      for (const path of paths) {
        await disk.rm(join(folder, `${path}.p`), { recursive: true, force: true }).catch(() => {});
      }
    }
  }
}

/** Replaces the checkpoint, durably. */
export async function writeCheckpoint(disk: Disk, folder: string, note: string): Promise<void> {
  await replaceFile(disk, join(folder, "checkpoint"), Buffer.from(note));
  await syncFolder(disk, folder);
}
