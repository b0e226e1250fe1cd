// The walk through a log's tree: rebuilds it from the entries, bundle by bundle, and compares each tile and every root that was signed.
// Where retention removed a bundle, its hashes stand for it, and the log must say itself, further on, that it was removed.
import type { Disk } from "./disk.ts";
import { typePrefix } from "./event.ts";
import { hashBytes, leafHash } from "./merkle.ts";
import { isPruned, type PrunedRange, parsePruned } from "./pruned.ts";
import {
  appendToEdge,
  decodeBundle,
  type Edge,
  edgeRoot,
  emptyEdge,
  levelSize,
  splitHashes,
  tilePath,
  tileWidth,
} from "./tiles.ts";
import { readTile } from "./tree.ts";

export type Complain = (file: string, entry: number | null, message: string) => void;

/** A root that somebody signed for the first `size` entries. */
export interface Milestone {
  readonly size: number;
  readonly root: Buffer;
  /** Complaints name it: `the given checkpoint`. */
  readonly what: string;
  readonly file: string;
}

export interface Walk {
  readonly disk: Disk;
  readonly folder: string;
  readonly checkpoint: { readonly size: number; readonly root: Buffer };
  readonly milestones: readonly Milestone[];
  /** The hashes of entries from here on are kept, to compare them with the journal. */
  readonly keepFrom: number;
  readonly complain: Complain;
}

export interface Walked {
  readonly kept: readonly Buffer[];
  /** Entries that retention removed. */
  readonly pruned: number;
}

export async function walkTree({ disk, folder, checkpoint, milestones, keepFrom, complain }: Walk): Promise<Walked> {
  const edge = emptyEdge();
  const kept: Buffer[] = [];
  const told = { pruned: [] as PrunedRange[], missing: [] as number[] };
  const check = (level: number, index: number, expected: Buffer) =>
    checkTile(disk, folder, level, index, expected, complain);
  const checkMilestones = () => {
    for (const { size, root, what, file } of milestones) {
      if (size === edge.size && !edgeRoot(edge).equals(root))
        complain(file, null, `the first ${size} entries are not those of ${what}`);
    }
  };
  for (const { size, what, file } of milestones) {
    if (size > checkpoint.size)
      complain(file, checkpoint.size, `the log was cut: it had ${size} entries when ${what} was signed`);
  }
  checkMilestones();
  for (let bundle = 0; bundle * tileWidth < checkpoint.size; bundle++) {
    const full: { level: number; index: number; bytes: Buffer }[] = [];
    for (const hash of await bundleHashes(disk, folder, checkpoint.size, bundle, complain, told)) {
      if (edge.size >= keepFrom) kept.push(hash);
      appendToEdge(edge, Buffer.alloc(0), hash, (level, index, bytes) => {
        if (level !== "entries") full.push({ level, index, bytes });
      });
      checkMilestones();
    }
    for (const { level, index, bytes } of full) await check(level, index, bytes);
  }
  await checkEdge(edge, check);
  if (!edgeRoot(edge).equals(checkpoint.root)) {
    complain("checkpoint", null, "the entries do not give the root that was signed");
  }
  for (const first of told.missing) {
    if (!isPruned(told.pruned, first))
      complain(
        tilePath("entries", first / tileWidth, tileWidth),
        first,
        "is missing, and no event says that retention removed it",
      );
  }
  return { kept, pruned: told.missing.length * tileWidth };
}

async function checkEdge(edge: Edge, check: (level: number, index: number, expected: Buffer) => Promise<void>) {
  for (const [level, hashes] of edge.levels.entries()) {
    if (hashes.length > 0)
      await check(level, Math.floor(levelSize(level, edge.size) / tileWidth), Buffer.concat(hashes));
  }
}

/** The leaf hashes of a bundle. Where the bundle cannot be read, those of its tile, so that the walk goes on behind it. */
async function bundleHashes(
  disk: Disk,
  folder: string,
  size: number,
  bundle: number,
  complain: Complain,
  told: { pruned: PrunedRange[]; readonly missing: number[] },
): Promise<Buffer[]> {
  const first = bundle * tileWidth;
  const width = Math.min(tileWidth, size - first);
  const file = tilePath("entries", bundle, width);
  const bytes = await readTile(disk, folder, "entries", bundle, width);
  const entries = bytes && decodeBundle(bytes);
  if (entries?.length === width) {
    for (const entry of entries) told.pruned = prunedBy(entry) ?? told.pruned;
    return entries.map(leafHash);
  }
  const tile = splitHashes((await readTile(disk, folder, 0, bundle, width)) ?? Buffer.alloc(0)).slice(0, width);
  if (bytes === null && width === tileWidth) told.missing.push(first);
  else if (bytes === null) complain(file, first, "is missing");
  else {
    const what = entries === null ? "is cut or garbled" : `holds ${entries.length} entries, not ${width}`;
    complain(file, first + firstDifferent(wholeEntries(bytes), tile), what);
  }
  while (tile.length < width) tile.push(Buffer.alloc(hashBytes));
  return tile;
}

/** Where entries and leaf hashes part: the first that was dropped, inserted or changed, or the end of what is there. */
function firstDifferent(entries: readonly Buffer[], tile: readonly Buffer[]): number {
  const different = entries.findIndex((entry, i) => !tile[i]?.equals(leafHash(entry)));
  return different < 0 ? entries.length : Math.min(different, tileWidth - 1);
}

/** As many as can be read from the beginning. */
function wholeEntries(bytes: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) break;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

const prunedType = Buffer.from(`"${typePrefix}retention.pruned"`);

/** Each such event names all that was removed so far. Null for every other entry. */
function prunedBy(entry: Buffer): PrunedRange[] | null {
  if (!entry.includes(prunedType)) return null;
  try {
    const event: { type?: unknown; data?: { unmapped?: { details?: { pruned?: unknown } } } } = JSON.parse(
      entry.toString("utf8"),
    );
    return event.type === `${typePrefix}retention.pruned` ? parsePruned(event.data?.unmapped?.details?.pruned) : null;
  } catch {
    return null;
  }
}

async function checkTile(
  disk: Disk,
  folder: string,
  level: number,
  index: number,
  expected: Buffer,
  complain: Complain,
) {
  const width = expected.length / hashBytes;
  const file = tilePath(level, index, width);
  const span = tileWidth ** level;
  const first = index * tileWidth * span;
  const bytes = await readTile(disk, folder, level, index, width);
  if (bytes === null) return complain(file, first, "is missing");
  if (bytes.equals(expected)) return;
  const hashes = splitHashes(bytes);
  const bad = splitHashes(expected).findIndex((hash, i) => !hashes[i]?.equals(hash));
  const place = first + Math.max(bad, 0) * span;
  if (bad < 0) complain(file, place, `has ${bytes.length} bytes, not ${expected.length}`);
  else
    complain(
      file,
      place,
      level === 0 ? "entry and leaf hash differ" : `entries ${place}–${place + span - 1} give another hash`,
    );
}
