// Tiles and entry bundles: the tree as files that never change. Paths, widths and bytes; no disk.
// Source: C2SP tlog-tiles.
import { append, emptyTree, hashBytes, rootOf, treeHash } from "./merkle.ts";

/** Hashes in a full tile, entries in a full bundle. */
export const tileWidth = 256;

/** 1234067 → `x001/x234/067`. */
function indexPath(index: number): string {
  let path = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, "0")}/${path}`;
  }
  return path;
}

/** `level` is a tile level or `entries`; a width below 256 is a partial one. */
export function tilePath(level: number | "entries", index: number, width: number): string {
  return `tile/${level}/${indexPath(index)}${width < tileWidth ? `.p/${width}` : ""}`;
}

/** How many hashes a tree of `size` has at a tile level. */
export function levelSize(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level);
}

export function splitHashes(bytes: Buffer): Buffer[] {
  const hashes: Buffer[] = [];
  for (let at = 0; at + hashBytes <= bytes.length; at += hashBytes) hashes.push(bytes.subarray(at, at + hashBytes));
  return hashes;
}

/** A bundle: each entry behind its length as big-endian uint16. */
export function encodeBundle(entries: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    const head = Buffer.allocUnsafe(2);
    head.writeUInt16BE(entry.length);
    parts.push(head, entry);
  }
  return Buffer.concat(parts);
}

/** Null when the bytes do not end exactly with an entry. */
export function decodeBundle(bytes: Buffer): Buffer[] | null {
  const entries: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length) return null;
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) return null;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

/**
 * The unfinished tiles of a growing tree: `levels[L]` holds the hashes of the rightmost tile at level L. This is all that
 * an append needs; the rest of the tree stays on the disk.
 */
export interface Edge {
  size: number;
  readonly levels: Buffer[][];
  /** Entries of the unfinished bundle. */
  bundle: Buffer[];
}

export function emptyEdge(): Edge {
  return { size: 0, levels: [[]], bundle: [] };
}

export function cloneEdge(edge: Edge): Edge {
  return { size: edge.size, levels: edge.levels.map((level) => [...level]), bundle: [...edge.bundle] };
}

/** Appends one entry; `full` is called for each tile and bundle that it completes, lowest first. */
export function appendToEdge(
  edge: Edge,
  entry: Buffer,
  leaf: Buffer,
  full: (level: number | "entries", index: number, bytes: Buffer) => void,
): void {
  const index = edge.size++;
  edge.bundle.push(entry);
  if (edge.bundle.length === tileWidth) {
    full("entries", Math.floor(index / tileWidth), encodeBundle(edge.bundle));
    edge.bundle = [];
  }
  let carried = leaf;
  for (let level = 0, at = index; ; level++) {
    const hashes = (edge.levels[level] ??= []);
    hashes.push(carried);
    if (hashes.length < tileWidth) return;
    at = Math.floor(at / tileWidth);
    full(level, at, Buffer.concat(hashes));
    carried = treeHash(hashes);
    edge.levels[level] = [];
  }
}

/** The root of the whole tree, from its right edge alone: a level's hashes stand left of everything in the levels below. */
export function edgeRoot(edge: Edge): Buffer {
  const peaks = edge.levels
    .toReversed()
    .flatMap((hashes) => hashes.reduce((tree, hash) => append(tree, hash), emptyTree).peaks);
  return rootOf({ size: edge.size, peaks });
}
