// Reads a log that may be growing: the journal and the tree as they were at one moment, without a lock.
import { basename, join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { type Disk, isErrno, readFileIfThere } from "./disk.ts";
import { decodeJournal, type JournalContent, journalFiles } from "./journal.ts";
import { parseVerifierKey } from "./note.ts";
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

/**
 * All entries from `from` on, in order, as of now. Throws `audit-corrupt` where one cannot be read;
 * hashes are not checked here (verify.ts does).
 */
export async function* readEntries(disk: Disk, folder: string, from: number): AsyncGenerator<Entry> {
  const journal = await readJournal(disk, folder);
  const size = (await readCheckpoint(disk, folder)).size;
  for (let bundle = Math.floor(from / tileWidth); bundle * tileWidth < size; bundle++) {
    const first = bundle * tileWidth;
    const width = Math.min(tileWidth, size - first);
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
  for (const [i, entry] of (journal?.entries ?? []).entries()) {
    const index = (journal?.base ?? 0) + i;
    if (index >= Math.max(size, from)) yield { index, integrated: false, bytes: entry };
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
