// One writer a folder: a lock file that names the process. A lock whose process is gone is taken over, loudly enough for a log.
// Process ids come again (in a container every gateway is process 1), so a lock also holds when its process began.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { type Disk, isErrno, readFileIfThere } from "./disk.ts";

interface Holder {
  readonly pid: number;
  /** The kernel's start time of the process, or null where there is no /proc. */
  readonly started: string | null;
}

function startOf(pid: number): string | null {
  try {
    // Field 22 of /proc/PID/stat (proc(5)); the second field is in parentheses and may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function alive(holder: Holder): boolean {
  if (holder.started !== null && startOf(process.pid) !== null) return startOf(holder.pid) === holder.started;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, "EPERM");
  }
}

function parseHolder(text: string): Holder | null {
  const [pid, started] = text.trim().split(" ");
  return pid !== undefined && /^\d+$/.test(pid) ? { pid: Number(pid), started: started ?? null } : null;
}

/** The process that holds the folder, or null where none that lives does. */
export async function folderHolder(disk: Disk, folder: string): Promise<number | null> {
  const text = (await readFileIfThere(disk, join(folder, "lock")))?.toString("utf8") ?? "";
  const holder = parseHolder(text);
  return holder !== null && alive(holder) ? holder.pid : null;
}

export interface FolderLock {
  /** The process before did not release it: it was killed, or its machine was. */
  readonly takenOver: boolean;
  readonly release: () => Promise<void>;
}

/** Rejects with `audit-unavailable` while another process (or this one, once already) holds the folder. */
export async function lockFolder(disk: Disk, folder: string): Promise<FolderLock> {
  const path = join(folder, "lock");
  const mine = `${process.pid} ${startOf(process.pid) ?? ""}`.trim();
  let takenOver = false;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = await disk.open(path, "wx", 0o644);
      await handle.writeFile(`${mine}\n`);
      await handle.close();
      return { takenOver, release: () => disk.rm(path, { force: true }).catch(() => {}) };
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
    }
    const holder = parseHolder(await disk.readFile(path, "utf8"));
    if (holder !== null && alive(holder)) {
      throw new LockkeeperError(
        "audit-unavailable",
        `the audit directory ${folder} is in use by process ${holder.pid}: stop that gateway, or give this one a directory of its own`,
      );
    }
    await disk.rm(path, { force: true });
    takenOver = true;
  }
  throw new LockkeeperError("audit-unavailable", `the audit directory ${folder} is being locked by others`);
}
