// Where set-up keeps what it fetched or built, shared by all checkouts of one user. It must not hold anything that cannot be made again.
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** The folder for parts: `LOCKKEEPER_CACHE`, else `~/.cache/lockkeeper`. It need not exist yet. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env["LOCKKEEPER_CACHE"];
  return chosen !== undefined && chosen !== "" ? chosen : join(homedir(), ".cache", "lockkeeper");
}

const stampFile = ".lockkeeper-part";

/** Whether `installOnce` made this folder from exactly these inputs. */
export async function isInstalled(directory: string, stamp: string): Promise<boolean> {
  try {
    return (await readFile(join(directory, stampFile), "utf8")) === stamp;
  } catch {
    return false;
  }
}

/**
 * Fills `cacheDirectory()/name` once for each `stamp` (a text that stands for everything that went in). `fill` writes into a fresh
 * folder beside it, which takes the final name only when it is whole: two checkouts may do this at once, and one that was interrupted
 * leaves nothing that looks finished.
 * @returns the final folder, and whether it was made now
 */
export async function installOnce(
  name: string,
  stamp: string,
  fill: (directory: string) => Promise<void>,
): Promise<{ directory: string; made: boolean }> {
  const directory = join(cacheDirectory(), name);
  if (await isInstalled(directory, stamp)) return { directory, made: false };
  await mkdir(cacheDirectory(), { recursive: true });
  const draft = await mkdtemp(`${directory}.draft-`);
  try {
    await fill(draft);
    await writeFile(join(draft, stampFile), stamp);
    await takeName(draft, directory, stamp);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return { directory, made: true };
}

/** Renames `draft` to `directory`; a folder that is there already is replaced, unless somebody else finished the same part first. */
async function takeName(draft: string, directory: string, stamp: string): Promise<void> {
  try {
    await rename(draft, directory);
  } catch (error) {
    if (await isInstalled(directory, stamp)) return;
    if ((await stat(directory).catch(() => undefined)) === undefined) throw error;
    const stale = await mkdtemp(`${directory}.stale-`);
    await rename(directory, join(stale, "old"));
    await rename(draft, directory);
    await rm(stale, { recursive: true, force: true });
  }
}
