// Which recordings are due: by age and by size, oldest first. Two steps: after `payloadsMs` the session's key is destroyed (who was connected,
// when, and the hashes stay; nobody reads what was said), after `ageMsMax` the file goes too. Removing is here, deciding what may go is not.
import { join } from "node:path";
import { type Disk, isErrno, syncFolder } from "./disk.ts";

export interface RecordingLimits {
  /** Milliseconds since the last block. */
  readonly ageMsMax: number;
  /** Of all recordings; null for no bound. */
  readonly bytesMax: number | null;
  /** Milliseconds after which what was said can no longer be read; null: as long as the file is there. */
  readonly payloadsMs: number | null;
}

export interface StoredRecording {
  readonly session: string;
  /** `<directory>/<day>` */
  readonly folder: string;
  readonly bytes: number;
  readonly lastAt: number;
  /** False once its key was destroyed. */
  readonly readable: boolean;
}

/** Sessions may still be running: what was written so recently is never removed for its size. */
const freshMs = 3_600_000;

/** Oldest first. */
export async function storedRecordings(disk: Disk, directory: string): Promise<StoredRecording[]> {
  const found: StoredRecording[] = [];
  for (const day of await namesIn(disk, directory)) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) continue;
    const folder = join(directory, day);
    const names = new Set(await namesIn(disk, folder));
    for (const name of names) {
      if (!name.endsWith(".lkrec")) continue;
      const session = name.slice(0, -".lkrec".length);
      const { size, mtimeMs } = await disk.stat(join(folder, name));
      found.push({ session, folder, bytes: size, lastAt: mtimeMs, readable: names.has(`${session}.key`) });
    }
  }
  return found.toSorted((a, b) => a.lastAt - b.lastAt);
}

async function namesIn(disk: Disk, folder: string): Promise<string[]> {
  try {
    return await disk.readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

export interface DueRecordings {
  readonly remove: readonly StoredRecording[];
  /** Keep the file, destroy the key. */
  readonly shred: readonly StoredRecording[];
}

/** `held` says which sessions stay whatever their age. */
export function dueRecordings(
  all: readonly StoredRecording[],
  { ageMsMax, bytesMax, payloadsMs }: RecordingLimits,
  held: (session: string) => boolean,
  now: number,
): DueRecordings {
  let excess = bytesMax === null ? 0 : all.reduce((sum, each) => sum + each.bytes, 0) - bytesMax;
  const remove: StoredRecording[] = [];
  const shred: StoredRecording[] = [];
  for (const each of all) {
    if (held(each.session)) continue;
    const age = now - each.lastAt;
    if (age > ageMsMax || (excess > 0 && age > freshMs)) {
      remove.push(each);
      excess -= each.bytes;
    } else if (payloadsMs !== null && age > payloadsMs && each.readable) shred.push(each);
  }
  return { remove, shred };
}

/** The key first: a crash between leaves what nobody can read. */
export async function removeRecordings(disk: Disk, { remove, shred }: DueRecordings): Promise<void> {
  const folders = new Set<string>();
  for (const { folder, session } of [...remove, ...shred]) {
    await disk.rm(join(folder, `${session}.key`), { force: true });
    folders.add(folder);
  }
  for (const folder of folders) await syncFolder(disk, folder);
  for (const { folder, session } of remove) await disk.rm(join(folder, `${session}.lkrec`), { force: true });
}
