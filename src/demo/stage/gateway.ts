// The gateway of the demo: `lockkeeper serve` as a process of its own, as in real life, and the other commands of the program.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LockkeeperError } from "../../base/errors.ts";
import { nodeEnvironment, nodeFlags } from "../../node-flags.mjs";
import { dieWithParent, type Finished, run } from "../parts/process.ts";

const main = join(import.meta.dirname, "..", "..", "main.ts");
const readyMsMax = 60_000;
const stopMsMax = 20_000;
const lastBytesMax = 2_000;

/** What `lockkeeper serve` sends when clients can come. */
const readyMessage = z.object({
  type: z.literal("ready"),
  listeners: z.array(z.object({ address: z.string() })).min(1),
  control: z.string(),
});

export interface GatewayProcess {
  /** Clients' bootstrap address. */
  readonly bootstrap: string;
  /** `host:port` of health. */
  readonly control: string;
  /** Rejects when it ends without having been told to. */
  readonly lost: Promise<never>;
  stop(): Promise<void>;
}

/** @throws {LockkeeperError} `setup-failed` with its last words when it does not start */
export async function startGatewayProcess(configFile: string, logFile: string): Promise<GatewayProcess> {
  const child = fork(main, ["serve", "--config", configFile], {
    execArgv: [...nodeFlags],
    env: { ...nodeEnvironment, ...process.env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // A group of its own: Ctrl-C reaches the demo only, which stops its parts in order.
    detached: true,
  });
  dieWithParent(child, []);
  const lastWords = keepLog(child, logFile);
  let stopping = false;
  const ended = once(child, "exit");
  const lost = ended.then(([code]): never => {
    throw new LockkeeperError("setup-failed", `the gateway ended (${code}): ${lastWords()}`);
  });
  const quietly = lost.catch((error: unknown) => {
    if (!stopping) throw error;
    return new Promise<never>(() => {});
  });
  quietly.catch(() => {});
  const ready = await Promise.race([whenReady(child), lost]).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    bootstrap: ready.listeners[0]?.address ?? "",
    control: ready.control,
    lost: quietly,
    async stop() {
      stopping = true;
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
      clearTimeout(timer);
    },
  };
}

async function whenReady(child: ChildProcess): Promise<z.infer<typeof readyMessage>> {
  const { promise, resolve, reject } = Promise.withResolvers<z.infer<typeof readyMessage>>();
  const timer = setTimeout(() => reject(new LockkeeperError("setup-failed", "the gateway did not start")), readyMsMax);
  child.on("message", (message) => {
    const parsed = readyMessage.safeParse(message);
    if (parsed.success) resolve(parsed.data);
  });
  return await promise.finally(() => clearTimeout(timer));
}

function keepLog(child: ChildProcess, file: string): () => string {
  const log = createWriteStream(file, { flags: "a" });
  let last = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    log.write(chunk);
    last = (last + chunk.toString("utf8")).slice(-lastBytesMax);
  });
  child.stderr?.on("end", () => log.end());
  return () => last.trim();
}

/** Runs `lockkeeper …` to its end. */
export async function lockkeeper(args: readonly string[]): Promise<Finished> {
  return await run(process.execPath, [main, ...args], { timeoutMs: 60_000 });
}
