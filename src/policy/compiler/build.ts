// Builds OPA's compiler (the Go program beside this file) as WASM, once, into a cache; does nothing when it is there. `node build.ts` by hand.
// The cache's file name holds OPA's version and a hash of the sources, so an old one is never taken for a new one.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LockkeeperError } from "../../base/errors.ts";
import { opaProgramCompiler } from "./opa-program.ts";
import { wasmCompiler } from "./process.ts";
import type { PolicyCompiler } from "./protocol.ts";

/** Takes one line for a person who waits. */
export type Say = (line: string) => void;

const sourceDirectory = fileURLToPath(new URL(".", import.meta.url));
/** A build takes half a minute; a lock older than this was left by a process that died. */
const lockMsMax = 10 * 60_000;

/**
 * The policy compiler: the cached one, or one built now with Go, or the `opa` program on the PATH.
 * Rejects with LockkeeperError `setup-failed` where there is none of them; a ready bundle (bundle.ts) then needs none.
 */
export async function findPolicyCompiler(
  say: Say = () => {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<PolicyCompiler> {
  const { path, version } = await compilerFile(environment);
  if (await exists(path)) return wasmCompiler(path, version);
  const go = await onPath("go", environment);
  if (go !== null) {
    await build(go, path, say, environment);
    return wasmCompiler(path, version);
  }
  const opa = await onPath("opa", environment);
  if (opa !== null) {
    say(`Go is not installed: using ${opa} to compile policies. Decisions are not cached then.`);
    return opaProgramCompiler(opa);
  }
  throw new LockkeeperError(
    "setup-failed",
    "the policy compiler is built with Go once, and neither go nor opa is on the PATH: install Go 1.26 or newer (https://go.dev/dl), " +
      "or put an opa 1.22 program on the PATH, or run from a ready policy bundle",
  );
}

/** Where the compiler is or will be, and its version. */
export async function compilerFile(environment: NodeJS.ProcessEnv): Promise<{ path: string; version: string }> {
  const names = (await readdir(sourceDirectory)).filter((name) => name.endsWith(".go") || name === "go.sum").toSorted();
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(await readFile(join(sourceDirectory, name)));
  const module = await readFile(join(sourceDirectory, "go.mod"), "utf8");
  const opa = /open-policy-agent\/opa v(\S+)/.exec(module)?.[1] ?? "unknown";
  const version = `${opa}-${hash.digest("hex").slice(0, 12)}`;
  const chosen = environment["LOCKKEEPER_CACHE"] ?? "";
  const cache = chosen === "" ? join(homedir(), ".cache", "lockkeeper") : chosen;
  return { path: join(cache, `opa-compiler-${version}.wasm`), version };
}

/** Into a file of its own, then renamed: nobody ever sees half of it. Others who want the same wait for the first. */
async function build(go: string, path: string, say: Say, environment: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  const lock = `${path}.lock`;
  while (!(await take(lock))) {
    say("waiting for another process that builds the policy compiler");
    await sleep(1_000);
    if (await exists(path)) return;
  }
  const unfinished = `${path}.${process.pid}`;
  try {
    if (await exists(path)) return;
    say("building the policy compiler with Go, once (about a minute; downloads OPA's modules)");
    const target = { GOOS: "wasip1", GOARCH: "wasm", GOFLAGS: "-buildvcs=false -mod=readonly" };
    await runGo(go, ["build", "-trimpath", "-ldflags", "-s -w", "-o", unfinished, "."], { ...environment, ...target });
    await rename(unfinished, path);
    say(`the policy compiler is ready: ${path}`);
  } finally {
    await rm(unfinished, { force: true });
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, "wx")).close();
    return true;
  } catch {
    const age = await stat(lock).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > lockMsMax) await rm(lock, { force: true });
    return false;
  }
}

async function runGo(go: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const started = spawn(go, args, { cwd: sourceDirectory, env: environment, stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    started.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-4_000);
    });
    started.on("error", reject);
    started.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new LockkeeperError("setup-failed", `go build of the policy compiler failed: ${complaint.trim()}`));
    });
  });
}

async function onPath(program: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  for (const directory of (environment["PATH"] ?? "").split(delimiter)) {
    const candidate = join(directory, program);
    if (directory !== "" && (await exists(candidate, constants.X_OK))) return candidate;
  }
  return null;
}

async function exists(path: string, mode: number = constants.R_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

if (import.meta.main) {
  const compiler = await findPolicyCompiler((line) => process.stdout.write(`${line}\n`));
  process.stdout.write(`policy compiler ${compiler.version}\n`);
}
