// Disks that are full, for a gateway that runs: one that takes no byte more (a limit of the process, everywhere on Linux), and file systems of a few
// megabytes that only the gateway sees (a mount namespace of its own; needs no root where the system lets users have one).
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/demo/parts/process.ts";

async function limitFiles(pid: number, bytes: string): Promise<void> {
  const { code, stderr } = await run("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
  if (code !== 0) throw new Error(`prlimit: ${stderr}`);
}

/** From now on no file of this process grows; a write that would is cut short or fails with EFBIG. */
export const takeNoMore = (pid: number) => limitFiles(pid, "1");
export const takeAgain = (pid: number) => limitFiles(pid, "unlimited");

const megabytes = 4;
const mounting = `for at in $1; do mkdir -p "$0/$at" && mount -t tmpfs -o size=${megabytes}m tmpfs "$0/$at" || exit 1; done; shift; exec "$@"`;

/** A command that mounts a small file system at each of these folders of `dir`, and then becomes what follows it. */
export function onSmallDisks(dir: string, folders: readonly string[]): readonly string[] {
  return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounting, dir, folders.join(" ")];
}

/** Whether this system lets us mount in a namespace. */
export async function canMount(): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-mount-"));
  const [command = "", ...args] = onSmallDisks(dir, ["probe"]);
  const { code } = await run(command, [...args, "true"]);
  await rm(dir, { recursive: true });
  return code === 0;
}

/** A path as the process sees it. */
export const seenBy = (pid: number, path: string) => `/proc/${pid}/root${path}`;

/** Fills the small disk at this folder to its last byte. @returns what gives the room back */
export async function fill(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "filler");
  await writeFile(path, Buffer.alloc(megabytes << 20)).then(
    () => Promise.reject(new Error(`${folder} has room for more than its size`)),
    (error: NodeJS.ErrnoException) => (error.code === "ENOSPC" ? null : Promise.reject(error)),
  );
  return () => rm(path);
}
