// Reads a log that may be growing: the journal and the tree as they were at one moment, without a lock.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { type Disk, isErrno, readFileIfThere } from "./disk.ts";
import { decodeJournal, type JournalContent, journalFiles } from "./journal.ts";
import { parseVerifierKey } from "./note.ts";
import { isPruned, readPruned } from "./pruned.ts";
import { decodeBundle, tilePath, tileWidth } from "./tiles.ts";
import { readTile } from "./tree.ts";

/** The newest journal file; null where there is none. Read again once: it may have been replaced, or be amid a write. */
export async function readJournal(
  disk: Disk,
  folder: string,
): Promise<(JournalContent & { readonly file: string }) | null> {
  for (let last = false; ; last = true) {
    const newest = (await filesIfThere(disk, join(folder, "journal"))).at(-1);
    if (!newest) return null;
    const bytes = await readFileIfThere(disk, newest.path);
    const content = bytes && (decodeJournal(bytes) ?? { base: 0, entries: [], tornBytes: bytes.length });
    if (content?.tornBytes === 0 || (last && content)) return { ...content, file: `journal/${basename(newest.path)}` };
    if (last) return null;
  }
}

async function filesIfThere(disk: Disk, folder: string) {
  try {
    return await journalFiles(disk, folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

export interface Entry {
  readonly index: number;
  /** False while only the journal holds it. */
  readonly integrated: boolean;
  readonly bytes: Buffer;
}

/** The entries of the bundle (or of the journal) that holds `index`; empty where it was pruned or never was. For look-ups that cannot wait. */
export function readEntry(folder: string, index: number): Entry[] {
  const bundle = Math.floor(index / tileWidth);
  const whole = join(folder, tilePath("entries", bundle, tileWidth));
  const bytes = readNow(whole) ?? readNow(widestPartial(`${whole}.p`));
  const entries = (bytes && decodeBundle(bytes)) ?? [];
  const first = bundle * tileWidth;
  if (index < first + entries.length) {
    return entries.map((entry, i) => ({ index: first + i, integrated: true, bytes: entry }));
  }
  const newest = namesNow(join(folder, "journal"), /^\d{12}\.lkj$/).at(-1);
  const content = newest === undefined ? null : readNow(join(folder, "journal", newest));
  const journal = content && decodeJournal(content);
  return (journal?.entries ?? []).map((entry, i) => ({
    index: (journal?.base ?? 0) + i,
    integrated: false,
    bytes: entry,
  }));
}

function widestPartial(folder: string): string {
  const widest = Math.max(0, ...namesNow(folder, /^\d+$/).map(Number));
  return join(folder, String(widest));
}

function namesNow(folder: string, pattern: RegExp): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => pattern.test(name))
        .toSorted()
    : [];
}

function readNow(path: string): Buffer | null {
  return existsSync(path) ? readFileSync(path) : null;
}

/**
 * All entries from `from` on, in order, as of now, without those that retention removed. Throws `audit-corrupt` where one cannot be read;
 * hashes are not checked here (verify.ts does).
 */
export async function* readEntries(disk: Disk, folder: string, from: number): AsyncGenerator<Entry> {
  // The journal first: whatever is integrated meanwhile is then in both, and nothing is in neither.
  const journal = await readJournal(disk, folder);
  const { size } = await readCheckpoint(disk, folder);
  yield* readTree(disk, folder, from, size);
  for (const [i, entry] of (journal?.entries ?? []).entries()) {
    const index = (journal?.base ?? 0) + i;
    if (index >= Math.max(size, from)) yield { index, integrated: false, bytes: entry };
  }
}

/** Those under the checkpoint alone: nobody outside may learn of an event that the log could still lose. */
export async function* readIntegrated(disk: Disk, folder: string, from: number): AsyncGenerator<Entry> {
  yield* readTree(disk, folder, from, (await readCheckpoint(disk, folder)).size);
}

async function* readTree(disk: Disk, folder: string, from: number, size: number): AsyncGenerator<Entry> {
  const pruned = await readPruned(disk, folder);
  for (let bundle = Math.floor(from / tileWidth); bundle * tileWidth < size; bundle++) {
    const first = bundle * tileWidth;
    const width = Math.min(tileWidth, size - first);
    if (isPruned(pruned, first)) continue;
    const bytes = await readTile(disk, folder, "entries", bundle, width);
    const entries = bytes && decodeBundle(bytes);
    if (entries?.length !== width) {
      throw new LockkeeperError(
        "audit-corrupt",
        `${tilePath("entries", bundle, width)} of the audit log is missing or damaged`,
      );
    }
    for (const [i, entry] of entries.entries()) {
      if (first + i >= from) yield { index: first + i, integrated: true, bytes: entry };
    }
  }
}

/** Throws `audit-corrupt` where there is no log, or the checkpoint is not signed by the folder's key. */
export async function readCheckpoint(disk: Disk, folder: string) {
  const key = await readFileIfThere(disk, join(folder, "log.pub"));
  const note = await readFileIfThere(disk, join(folder, "checkpoint"));
  if (key === null || note === null) throw new LockkeeperError("audit-corrupt", `there is no audit log in ${folder}`);
  return {
    note: note.toString("utf8"),
    ...openCheckpoint(note.toString("utf8"), parseVerifierKey(key.toString("utf8"))),
  };
}
