// Child processes for the demo and the tests: each is ended by its id, none outlives its parent, and what it prints is bounded.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { LockkeeperError } from "../../base/errors.ts";

/** Output of a finished command beyond this is dropped: a console consumer may print a lot, and nobody reads more. */
const outputBytesMax = 32 * 1024 * 1024;
/** Lines of a long-running process that are kept for an error message. */
const lastLinesMax = 40;

export interface Finished {
  /** Exit code; 128 + n when a signal ended it, as shells say it; 127 when it could not be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  /** After so long it is killed; 120 s if not given. */
  readonly timeoutMs?: number;
}

/** Runs a command to its end. A failure of the command is a value, not an error. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const release = dieWithParent(child, []);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, options.timeoutMs ?? 120_000);
  // A command that ends without reading its input is not our failure.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  try {
    const code = await closed(child);
    return { code, stdout: stdout(), stderr: stderr(), timedOut };
  } finally {
    clearTimeout(timer);
    release();
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= outputBytesMax) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

const signalNumbers: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

async function closed(child: ChildProcess): Promise<number> {
  return await new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code, signal) => resolve(code ?? 128 + (signalNumbers[signal ?? ""] ?? 0)));
  });
}

export interface RunningProcess {
  readonly pid: number;
  /** Resolves when the process has ended, with its exit code (or 128 + signal). */
  readonly ended: Promise<number>;
  readonly isRunning: () => boolean;
  /** The last lines that it printed, for an error message. */
  readonly lastLines: () => string;
  /** SIGTERM, and SIGKILL after `patienceMs` (15 s); resolves when it has ended. */
  readonly stop: (patienceMs?: number) => Promise<void>;
  /** SIGKILL; resolves when it has ended. */
  readonly kill: () => Promise<void>;
}

export interface StartOptions {
  /** What error messages call it. */
  readonly name: string;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** A line of either output that says that it is ready; `start` resolves then. */
  readonly ready: RegExp;
  /** 60 s if not given. */
  readonly readyMsMax?: number;
  /** Both outputs are appended to this file. */
  readonly logFile: string;
  /** Removed by the guard if we are killed: temporary folders of this process. */
  readonly orphanDirectories?: readonly string[];
}

/**
 * Starts a server and waits until it says that it is ready.
 * @throws {LockkeeperError} `setup-failed` when it ends or stays silent before that; the message has its last lines
 */
export async function start(command: string, args: readonly string[], options: StartOptions): Promise<RunningProcess> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C in the terminal reaches us only, and we stop our parts in order.
    detached: true,
  });
  const release = dieWithParent(child, options.orphanDirectories ?? []);
  const ended = closed(child).finally(release);
  const lines: string[] = [];
  const log = createWriteStream(options.logFile, { flags: "a" });
  const ready = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      log.write(`${line}\n`);
      lines.push(line);
      if (lines.length > lastLinesMax) lines.shift();
      if (options.ready.test(line)) ready.resolve();
    });
  }
  void ended.then(() => log.end());

  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    if (isRunning()) child.kill(name);
    await ended;
  };
  const stop = async (patienceMs = 15_000): Promise<void> => {
    const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    await signal("SIGTERM");
    clearTimeout(timer);
  };
  const lastLines = (): string => lines.join("\n");
  await whenReady(ready.promise, ended, options, lastLines).catch(async (error: unknown) => {
    await signal("SIGKILL");
    throw error;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    isRunning,
    lastLines,
    stop,
    kill: async () => await signal("SIGKILL"),
  };
}

async function whenReady(
  ready: Promise<void>,
  ended: Promise<number>,
  options: StartOptions,
  lastLines: () => string,
): Promise<void> {
  const readyMsMax = options.readyMsMax ?? 60_000;
  const timeout = Promise.withResolvers<"timeout">();
  const timer = setTimeout(() => timeout.resolve("timeout"), readyMsMax);
  const outcome = await Promise.race([ready, ended, timeout.promise]);
  clearTimeout(timer);
  if (outcome === undefined) return;
  const what = outcome === "timeout" ? `was not ready after ${readyMsMax} ms` : `ended with code ${outcome}`;
  throw new LockkeeperError("setup-failed", `${options.name} ${what}. Its last lines:\n${lastLines()}`);
}

/**
 * A guard process that kills `child` if we vanish without saying goodbye (SIGKILL, a crash): it reads from a pipe whose other end
 * only we hold. The returned function tells it that the child has ended by itself, so that a re-used id is never signalled.
 */
export function dieWithParent(child: ChildProcess, orphanDirectories: readonly string[]): () => void {
  if (child.pid === undefined) return () => {};
  const script = 'child=$1; shift; read -r _ || { kill -KILL "$child"; sleep 1; for d; do rm -rf "$d"; done; }';
  const guard = spawn("sh", ["-c", script, "guard", String(child.pid), ...orphanDirectories], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  const release = (): void => {
    if (!guard.stdin.writableEnded) guard.stdin.end("ended\n");
  };
  child.once("exit", release);
  return release;
}

/** Resolves with the output of a command that must succeed. @throws {LockkeeperError} `setup-failed` with `help` */
export async function runOrFail(
  command: string,
  args: readonly string[],
  help: string,
  options: RunOptions = {},
): Promise<string> {
  const result = await run(command, args, options);
  if (result.code === 0) return result.stdout;
  const output = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-15).join("\n");
  const how = result.timedOut ? "took too long" : result.code === 127 ? "is not installed" : `failed (${result.code})`;
  throw new LockkeeperError("setup-failed", `${command} ${how}. ${help}${output === "" ? "" : `\n${output}`}`);
}
