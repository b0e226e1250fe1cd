// RFC 6962 hashing: leaves, nodes, and a tree that only grows and keeps no more than its right edge.
// Pure: no disk, no tiles.
import { hash } from "node:crypto";

export const hashBytes = 32;

function sha256(data: Uint8Array): Buffer {
  return hash("sha256", data, "buffer");
}

export const emptyRoot: Buffer = sha256(new Uint8Array());

/** SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(entry.length + 1);
  bytes[0] = 0;
  bytes.set(entry, 1);
  return sha256(bytes);
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + 2 * hashBytes);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + hashBytes);
  return sha256(bytes);
}

/** The roots of the perfect subtrees that make up a tree of `size` leaves, largest first: one for each bit of the size. */
export interface CompactTree {
  readonly size: number;
  readonly peaks: readonly Buffer[];
}

export const emptyTree: CompactTree = { size: 0, peaks: [] };

/** Appends one leaf: merges as many peaks as the size has trailing ones. */
export function append(tree: CompactTree, leaf: Buffer): CompactTree {
  const peaks = [...tree.peaks];
  let merged = leaf;
  for (let rest = tree.size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
    const left = peaks.pop();
    if (left) merged = nodeHash(left, merged);
  }
  peaks.push(merged);
  return { size: tree.size + 1, peaks };
}

/** MTH of the whole: the peaks folded from the right. */
export function rootOf(tree: CompactTree): Buffer {
  let root: Buffer | null = null;
  for (const peak of tree.peaks.toReversed()) root = root === null ? peak : nodeHash(peak, root);
  return root ?? emptyRoot;
}

/** MTH of any list of hashes that stand for equal, perfect subtrees (a tile, or leaves). */
export function treeHash(hashes: readonly Buffer[]): Buffer {
  let tree = emptyTree;
  for (const each of hashes) tree = append(tree, each);
  return rootOf(tree);
}

/**
 * The subtrees whose hashes prove that leaf `index` is in a tree of `size` (RFC 6962 §2.1.1), lowest sibling first;
 * each as the range [from, to) of its leaves.
 */
export function inclusionRanges(index: number, size: number): { readonly from: number; readonly to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return ranges.toReversed();
}

/** The root that an audit path leads to (RFC 9162 §2.1.3.2), or null when the path has the wrong length. */
export function rootFromPath(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | null {
  let node = index;
  let last = size - 1;
  let root = leaf;
  for (const sibling of path) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      root = nodeHash(sibling, root);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = nodeHash(root, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : null;
}

/** The largest power of two below `n` (n > 1). */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
