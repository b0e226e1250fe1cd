// A Redis for the demo and for tests: REDIS_URL if it is set, else a server of our own on a free loopback port with its append-only
// file on, ended by its process id. It must never touch a server that it did not start.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { LockkeeperError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { dieWithParent } from "./process.ts";
import { ensureRedis } from "./redis-install.ts";

export { ensureRedis } from "./redis-install.ts";

const readyMsMax = 15_000;
const stopMsMax = 5_000;

export interface StartRedisOptions {
  /** Where its append-only file lives; made if missing. The same folder again gives the same data. */
  readonly dir: string;
  readonly log: Log;
  readonly env?: NodeJS.ProcessEnv;
}

export interface RedisPart {
  readonly url: string;
  /** False for REDIS_URL: then `stop` does nothing, `kill` and `restart` reject with `setup-failed`. */
  readonly ours: boolean;
  /** Ends it in order (SIGTERM). */
  stop(): Promise<void>;
  /** Ends it as a crash would (SIGKILL). */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data; ends it first if it runs. */
  restart(): Promise<void>;
}

/** Rejects with `setup-failed`. Starting costs 0.2 s once a server is installed. */
export async function startRedis(options: StartRedisOptions): Promise<RedisPart> {
  const env = options.env ?? process.env;
  const given = env["REDIS_URL"];
  if (given !== undefined && given !== "") return externalRedis(given);
  const program = await ensureRedis({ log: options.log, env });
  await mkdir(options.dir, { recursive: true });
  const port = await freePort();
  let server = await launch(program, port, options.dir);
  return {
    url: `redis://127.0.0.1:${port}`,
    ours: true,
    stop: () => end(server, "SIGTERM"),
    kill: () => end(server, "SIGKILL"),
    async restart() {
      await end(server, "SIGTERM");
      server = await launch(program, port, options.dir);
    },
  };
}

function externalRedis(url: string): RedisPart {
  return { url, ours: false, stop: () => Promise.resolve(), kill: refuse, restart: refuse };
}

function refuse(): Promise<never> {
  return Promise.reject(
    new LockkeeperError("setup-failed", "The Redis of REDIS_URL was not started here and is left alone."),
  );
}

async function launch(program: string, port: number, dir: string): Promise<ChildProcess> {
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--appendonly", "yes", "--save", ""];
  // A machine that swaps must not make the server refuse writes; noeviction is what BullMQ asks for.
  const server = spawn(program, [...settings, "--maxmemory-policy", "noeviction"], {
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C in the terminal reaches us only, and we stop our parts in order.
    detached: true,
  });
  dieWithParent(server, []);
  let said = "";
  const hear = (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-2_000);
  };
  server.stdout.on("data", hear);
  server.stderr.on("data", hear);
  const gone = new Promise<never>((_, reject) => {
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`it ended at once: ${said.trim().split("\n").at(-1) ?? ""}`)));
  });
  try {
    await Promise.race([waitReady(port), gone]);
  } catch (error) {
    server.kill("SIGKILL");
    throw new LockkeeperError("setup-failed", `The Redis server did not start: ${String(error)}`, { cause: error });
  }
  gone.catch(() => {});
  return server;
}

/** Asks PING until the answer is PONG: while it loads its append-only file, the server answers LOADING. */
async function waitReady(port: number): Promise<void> {
  const until = performance.now() + readyMsMax;
  while (performance.now() < until) {
    if (await ping(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no answer within ${readyMsMax} ms`);
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once("data", (answer) => {
      resolve(answer.toString("latin1").startsWith("+PONG"));
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0));
    });
  });
}

async function end(server: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  server.kill(signal);
  const impatience = setTimeout(() => server.kill("SIGKILL"), stopMsMax);
  await ended;
  clearTimeout(impatience);
}
