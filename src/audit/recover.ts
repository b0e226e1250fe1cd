// Start-up: what the folder holds, after an orderly stop or a crash at any byte. Reads; repairs nothing in the tree.
import { join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { type Disk, readFileIfThere } from "./disk.ts";
import { decodeJournal, journalFiles } from "./journal.ts";
import type { Verifier } from "./note.ts";
import { type Edge, emptyEdge } from "./tiles.ts";
import { readEdge } from "./tree.ts";

export interface Recovered {
  readonly edge: Edge;
  /** The checkpoint as it stands on the disk. */
  readonly note: string;
  /** Recorded but not in the tree yet, in order. */
  readonly entries: readonly Buffer[];
  readonly lastSequence: number;
  /** Bytes of the journal that were no whole entry, and where; null when there were none. */
  readonly torn: { readonly path: string; readonly bytes: number; readonly content: Buffer } | null;
}

/** Rejects with `audit-corrupt` when the tree is damaged or older than the journal: a new gateway must not sign over that. */
export async function recover(disk: Disk, folder: string, verifier: Verifier): Promise<Recovered | null> {
  const note = (await readFileIfThere(disk, join(folder, "checkpoint")))?.toString("utf8");
  if (note === undefined) return null;
  const { size, root } = openCheckpoint(note, verifier);
  const edge = size === 0 ? emptyEdge() : await readEdge(disk, folder, size, root);
  const newest = (await journalFiles(disk, join(folder, "journal"))).at(-1);
  if (newest === undefined) return { edge, note, entries: [], lastSequence: 0, torn: null };
  const bytes = await disk.readFile(newest.path);
  const content = decodeJournal(bytes);
  if (content !== null && content.base > size) {
    throw new LockkeeperError(
      "audit-corrupt",
      `the audit log's checkpoint covers ${size} entries but its journal begins at ${content.base}: entries between are missing, restore ${folder} whole`,
    );
  }
  const tornBytes = content === null ? bytes.length : content.tornBytes;
  return {
    edge,
    note,
    entries: content === null ? [] : content.entries.slice(size - content.base),
    lastSequence: newest.sequence,
    torn:
      tornBytes > 0 || content === null
        ? { path: newest.path, bytes: tornBytes, content: bytes.subarray(bytes.length - tornBytes) }
        : null,
  };
}
