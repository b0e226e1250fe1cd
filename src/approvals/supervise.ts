// Keeps one child process alive: starts it, hands it its settings over IPC, starts it again with back-off when it ends, and ends it with
// us. Its environment is a short list of harmless names: the gateway's own may hold secrets. Knows nothing of approvals.
import { type ChildProcess, fork } from "node:child_process";
import type { Cancel, Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";

const backoffMsMin = 500;
const backoffMsMax = 30_000;
/** A child that lived so long was well; its next end starts the back-off anew. */
const wellMs = 60_000;
const stopMsMax = 8_000;

const passedOn = [
  "PATH",
  "HOME",
  "LANG",
  "TZ",
  "TMPDIR",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
];

export interface SuperviseOptions {
  /** The file that the child runs. */
  readonly file: string;
  /** Sent once to each child. Must survive JSON. */
  readonly settings: object;
  /** What the child sends when it works. */
  readonly readyMessage: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Supervised {
  /** Resolves when a child works for the first time. */
  readonly ready: Promise<void>;
  /** Of the running child; null between two. */
  readonly pid: number | null;
  /** How often it was started again. */
  readonly restarts: number;
  /** Resolves at the next time that a child works. */
  nextReady(): Promise<void>;
  stop(): Promise<void>;
}

export function supervise(options: SuperviseOptions): Supervised {
  const { clock, log } = options;
  let child: ChildProcess | null = null;
  let stopping = false;
  let restarts = 0;
  let backoffMs = backoffMsMin;
  let cancelRestart: Cancel | null = null;
  let whenReady: (() => void)[] = [];
  const nextReady = () => new Promise<void>((resolve) => whenReady.push(resolve));

  const start = () => {
    const startedAt = clock.monotonic();
    const started = launch(options);
    child = started;
    started.on("message", (message) => {
      if (message !== options.readyMessage) return;
      const waiting = whenReady;
      whenReady = [];
      for (const resolve of waiting) resolve();
    });
    const ended = (reason: string) => {
      if (child !== started) return;
      child = null;
      if (stopping) return;
      if (clock.monotonic() - startedAt > wellMs) backoffMs = backoffMsMin;
      log.warn({ reason, durationMs: backoffMs }, "the approver ended; it is started again");
      cancelRestart = clock.after(backoffMs, () => {
        restarts++;
        start();
      });
      backoffMs = Math.min(backoffMs * 2, backoffMsMax);
    };
    started.on("exit", (code, signal) => ended(signal ?? `exit code ${code}`));
    started.on("error", (error) => ended(error.message));
  };
  const ready = nextReady();
  start();
  return {
    ready,
    nextReady,
    get pid() {
      return child?.pid ?? null;
    },
    get restarts() {
      return restarts;
    },
    async stop() {
      stopping = true;
      cancelRestart?.();
      if (child !== null) await end(child);
    },
  };
}

function launch({ file, settings, env = process.env }: SuperviseOptions): ChildProcess {
  const harmless = Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  const child = fork(file, [], { env: harmless, execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  child.send(settings, () => {});
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  await ended;
  clearTimeout(impatience);
}
