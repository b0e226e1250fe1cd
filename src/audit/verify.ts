// Checks a log from its files alone: every entry, every tile, the root and the signature; and what the journal still holds.
// Reads only; trusts nothing but the verifier key (and, where given, a checkpoint that was kept elsewhere).
import { join } from "node:path";
import { describeError } from "../base/errors.ts";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import { type Disk, readFileIfThere, realDisk } from "./disk.ts";
import { hashBytes, leafHash } from "./merkle.ts";
import { parseVerifierKey } from "./note.ts";
import { readJournal } from "./snapshot.ts";
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

export interface Problem {
  /** File within the log's folder. */
  readonly file: string;
  /** Index of the first entry that is affected, or null where that cannot be said. */
  readonly entry: number | null;
  readonly message: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** Entries under the checkpoint. */
  readonly size: number;
  readonly origin: string | null;
  readonly rootHex: string | null;
  /** When the checkpoint was signed: milliseconds since 1970. */
  readonly checkpointAt: number | null;
  /** Recorded, but not under the checkpoint yet. */
  readonly pending: number;
  /** In the order in which they were found; the first is the first bad place. At most `problemsMax`. */
  readonly problems: readonly Problem[];
}

export interface VerifyOptions {
  /** Handed out by whoever runs the log. Without it the key in the folder is used, which only finds accidents. */
  readonly verifierKey?: string;
  /** An older checkpoint of this log (a signed note) that was kept elsewhere: the log must contain that tree. */
  readonly known?: string;
  readonly disk?: Disk;
}

const problemsMax = 20;

/** Never rejects for what it finds: an unreadable log is a report with problems. */
export async function verifyLog(folder: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const disk = options.disk ?? realDisk;
  const problems: Problem[] = [];
  const complain = (file: string, entry: number | null, message: string) => {
    if (problems.length < problemsMax) problems.push({ file, entry, message });
  };
  let checkpoint: Checkpoint | null = null;
  let pending = 0;
  try {
    // The journal first: whatever is integrated meanwhile is then in both, and nothing is in neither.
    const journal = await readJournal(disk, folder);
    const key = options.verifierKey ?? (await readFileIfThere(disk, join(folder, "log.pub")))?.toString("utf8");
    const note = (await readFileIfThere(disk, join(folder, "checkpoint")))?.toString("utf8");
    if (key === undefined) complain("log.pub", null, "is missing, and no verifier key was given");
    else if (note === undefined) complain("checkpoint", null, "is missing");
    else {
      const verifier = parseVerifierKey(key);
      checkpoint = openCheckpoint(note, verifier);
      // Our own logs always say when: a line that is not there was taken away.
      if (checkpoint.atMs === null) complain("checkpoint", null, "does not say, signed, when it was made");
      const known = options.known === undefined ? null : openCheckpoint(options.known, verifier);
      const kept = { from: journal?.base ?? checkpoint.size, hashes: [] as Buffer[] };
      await walk(disk, folder, checkpoint, known, kept, complain);
      if (journal) pending = checkJournal(journal, checkpoint.size, kept.hashes, complain);
    }
  } catch (error) {
    complain("checkpoint", null, describeError(error));
  }
  return {
    ok: problems.length === 0,
    size: checkpoint?.size ?? 0,
    origin: checkpoint?.origin ?? null,
    rootHex: checkpoint?.root.toString("hex") ?? null,
    checkpointAt: checkpoint?.atMs ?? null,
    pending,
    problems,
  };
}

type Complain = (file: string, entry: number | null, message: string) => void;

/** Rebuilds the tree from the entries, bundle by bundle, and compares each tile and both roots. */
async function walk(
  disk: Disk,
  folder: string,
  checkpoint: Checkpoint,
  known: Checkpoint | null,
  kept: { readonly from: number; readonly hashes: Buffer[] },
  complain: Complain,
): Promise<void> {
  const edge = emptyEdge();
  const check = (level: number, index: number, expected: Buffer) =>
    checkTile(disk, folder, level, index, expected, complain);
  if (known && known.size > checkpoint.size) {
    complain(
      "checkpoint",
      checkpoint.size,
      `the log was cut: it had ${known.size} entries when the given checkpoint was signed`,
    );
  }
  const checkKnown = () => {
    if (known?.size !== edge.size || edgeRoot(edge).equals(known.root)) return;
    complain("checkpoint", null, `the first ${known.size} entries are not those of the given checkpoint`);
  };
  checkKnown();
  for (let bundle = 0; bundle * tileWidth < checkpoint.size; bundle++) {
    const full: { level: number; index: number; bytes: Buffer }[] = [];
    for (const hash of await bundleHashes(disk, folder, checkpoint.size, bundle, complain)) {
      if (edge.size >= kept.from) kept.hashes.push(hash);
      appendToEdge(edge, Buffer.alloc(0), hash, (level, index, bytes) => {
        if (level !== "entries") full.push({ level, index, bytes });
      });
      checkKnown();
    }
    for (const { level, index, bytes } of full) await check(level, index, bytes);
  }
  await checkEdge(edge, check);
  if (!edgeRoot(edge).equals(checkpoint.root)) {
    complain("checkpoint", null, "the entries do not give the root that was signed");
  }
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
): Promise<Buffer[]> {
  const first = bundle * tileWidth;
  const width = Math.min(tileWidth, size - first);
  const file = tilePath("entries", bundle, width);
  const bytes = await readTile(disk, folder, "entries", bundle, width);
  const entries = bytes && decodeBundle(bytes);
  if (entries?.length === width) return entries.map(leafHash);
  if (bytes === null) complain(file, first, "is missing");
  else if (entries === null) complain(file, firstBroken(bytes, first), "is cut or garbled");
  else complain(file, first + Math.min(width, entries.length), `holds ${entries.length} entries, not ${width}`);
  const tile = splitHashes((await readTile(disk, folder, 0, bundle, width)) ?? Buffer.alloc(0)).slice(0, width);
  while (tile.length < width) tile.push(Buffer.alloc(hashBytes));
  return tile;
}

/** The entry in which a garbled bundle ends. */
function firstBroken(bytes: Buffer, first: number): number {
  let index = first;
  for (let at = 0; at + 2 <= bytes.length; index++) {
    at += 2 + bytes.readUInt16BE(at);
    if (at > bytes.length) break;
  }
  return index;
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

/** What both hold must be the same; what only the journal holds is counted. */
function checkJournal(
  journal: NonNullable<Awaited<ReturnType<typeof readJournal>>>,
  size: number,
  hashes: readonly Buffer[],
  complain: Complain,
): number {
  const { base, entries, tornBytes, file } = journal;
  if (base > size) complain(file, size, `begins at entry ${base}: entries before it are in neither journal nor tree`);
  for (const [i, entry] of entries.entries()) {
    const hash = hashes[i];
    if (hash && !leafHash(entry).equals(hash)) complain(file, base + i, "differs from the tree");
  }
  if (tornBytes > 0) complain(file, base + entries.length, `ends in ${tornBytes} bytes that are no whole entry`);
  return Math.max(0, base + entries.length - size);
}
