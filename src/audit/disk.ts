// The disk as the audit room uses it: a constructor option, so that tests can make it fail where a real one would.
// Files that others read are replaced whole (written aside, synced, renamed), so that a reader and a crash see the old or the new.
import { writeFile } from "node:fs";
import * as promises from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

type Used = "open" | "mkdir" | "rename" | "readFile" | "readdir" | "stat" | "rm" | "truncate";

export interface Disk extends Pick<typeof promises, Used> {
  /** Opens, writes all and closes. Without a handle: each is an object that the collector has to watch, and recordings come by the thousand. */
  put(path: string, bytes: Uint8Array, flag: "w" | "a"): Promise<void>;
}
export type DiskHandle = Awaited<ReturnType<Disk["open"]>>;

const writeWhole = promisify(writeFile);

export const realDisk: Disk = {
  ...promises,
  put: (path, bytes, flag) => writeWhole(path, bytes, { flag, mode: 0o600 }),
};

/** Makes a folder's own entries durable: a rename is not on the disk until its folder is. */
export async function syncFolder(disk: Disk, folder: string): Promise<void> {
  const handle = await disk.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes the whole buffer; a short write is continued, as write(2) allows. */
export async function writeAll(handle: DiskHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, null);
    done += bytesWritten;
  }
}

/** Replaces `path` whole. The caller syncs the folder (once for many files). */
export async function replaceFile(disk: Disk, path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
  const aside = `${path}.new`;
  const handle = await disk.open(aside, "w", mode);
  try {
    await writeAll(handle, bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await disk.rename(aside, path);
}

/** Null where the file is not there; any other failure is thrown. */
export async function readFileIfThere(disk: Disk, path: string): Promise<Buffer | null> {
  try {
    return await disk.readFile(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return null;
    throw error;
  }
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Makes the folder and syncs its parent, so that a new folder survives the machine. */
export async function makeFolder(disk: Disk, folder: string): Promise<void> {
  const made = await disk.mkdir(folder, { recursive: true });
  if (made !== undefined) await syncFolder(disk, dirname(made));
}
