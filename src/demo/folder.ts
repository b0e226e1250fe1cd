// The demo's folder: configuration, logins, audit log and recordings of one run, kept afterwards so that people can look. Begun anew by each
// run; one that is in use by another run is left alone and the next one is taken.
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";

const checkout = join(import.meta.dirname, "..", "..");
const foldersMax = 20;

export interface DemoFolder {
  readonly path: string;
  /** Lets the next run have it. */
  release(): Promise<void>;
}

/** `LOCKKEEPER_DEMO_DIR`, else `data/demo` in the checkout; `…-2`, `…-3` where that is in use. @throws `setup-failed` */
export async function takeFolder(env: NodeJS.ProcessEnv = process.env): Promise<DemoFolder> {
  const wanted = env["LOCKKEEPER_DEMO_DIR"] || join(checkout, "data", "demo");
  for (let number = 1; number <= foldersMax; number++) {
    const path = number === 1 ? wanted : `${wanted}-${number}`;
    const lock = `${path}.pid`;
    if (!(await takeLock(lock, path))) continue;
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true, mode: 0o700 });
    return { path, release: async () => await rm(lock, { force: true }) };
  }
  throw new LockkeeperError("setup-failed", `${foldersMax} demos are running already: end some of them`);
}

/** A file that only one can create; one that was left behind by a process that is gone is taken over. */
async function takeLock(file: string, folder: string): Promise<boolean> {
  await mkdir(join(folder, ".."), { recursive: true });
  for (const attempt of [1, 2]) {
    try {
      const handle = await open(file, "wx");
      await handle.writeFile(`${process.pid}\n`);
      await handle.close();
      return true;
    } catch (error) {
      if (!isCode(error, "EEXIST") || attempt === 2 || (await isHeld(file))) return false;
      await rm(file, { force: true });
    }
  }
  return false;
}

async function isHeld(file: string): Promise<boolean> {
  const pid = Number((await readFile(file, "utf8").catch(() => "")).trim());
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
