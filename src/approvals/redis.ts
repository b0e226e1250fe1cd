// Connections to Redis that fail fast: no queue of commands while it is away, an answer within a bound, and an own way back.
// Says in the operational log when Redis goes and comes, once each; never its address, which may hold a password.
import { createHash } from "node:crypto";
import { createClient } from "redis";
import type { Clock } from "../base/clock.ts";
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { type Log, silentLog } from "../base/log.ts";
import { type ScriptName, scripts } from "./scripts.ts";

export type RedisClient = ReturnType<typeof createClient>;

/** A refused name or a bad password would be tried for ever too: an operator may be about to mend it. */
const reconnectMsMax = 1_000;
const pingMs = 3_000;
/** Above the longest that a command may block (events.ts). */
const silenceMsMax = 10_000;

export interface RedisOptions {
  readonly url: string;
  /** `{lockkeeper}` or `{lockkeeper:NAME}`: the braces keep an installation's keys in one slot of a Redis Cluster. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RedisConnection {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly ready: boolean;
  /** Runs one command; rejects with `approvals-unavailable` when Redis is away or does not answer in time. */
  command<T>(run: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Runs a script of scripts.ts. `nowMs` 0 means Redis's own clock. Same failures as `command`. */
  script(name: ScriptName, nowMs: number, args: readonly string[]): Promise<ScriptAnswer>;
  close(): void;
}

export interface ScriptAnswer {
  readonly outcome: string;
  /** The approval's hash after the change; empty when there is none. */
  readonly fields: Readonly<Record<string, string>>;
}

export function redisPrefix(name: string | undefined): string {
  return name === undefined || name === "" ? "{lockkeeper}" : `{lockkeeper:${name}}`;
}

/** A client that reconnects for ever and never keeps commands back. It is connecting when this returns. One of a process speaks aloud. */
export function openClient(options: RedisOptions, voice: "aloud" | "quiet" = "aloud"): RedisClient {
  const log = voice === "aloud" ? options.log : silentLog;
  const client: RedisClient = createClient({
    url: options.url,
    disableOfflineQueue: true,
    // A Redis whose machine vanished says nothing: silence in spite of pings ends the connection, and the way back begins.
    pingInterval: pingMs,
    socket: {
      socketTimeout: silenceMsMax,
      connectTimeout: limits.approvalRedisMsMax,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, reconnectMsMax) * (0.75 + Math.random() / 4),
    },
  });
  let away = false;
  client.on("error", (error: Error) => {
    if (!away) log.warn({ error: error.message }, "Redis is away: what needs approval is refused");
    away = true;
  });
  client.on("ready", () => {
    if (away) log.info({}, "Redis is back");
    away = false;
  });
  client.connect().catch(() => {});
  return client;
}

/** Resolves when connected, or after `waitMs`; it goes on trying. */
export async function whenReady(client: RedisClient, clock: Clock, waitMs: number): Promise<void> {
  if (client.isReady) return;
  await new Promise<void>((resolve) => {
    const cancel = clock.after(waitMs, resolve);
    client.once("ready", () => {
      cancel();
      resolve();
    });
  });
}

export function closeClient(client: RedisClient): void {
  // Closing in order would wait for a Redis that may be gone; nothing that matters is in flight.
  if (client.isOpen) client.destroy();
}

export function openRedis(options: RedisOptions): RedisConnection {
  const client = openClient(options);
  const command = <T>(run: (client: RedisClient) => Promise<T>): Promise<T> =>
    bounded(options.clock, () => run(client));
  return {
    client,
    prefix: options.prefix,
    get ready() {
      return client.isReady;
    },
    command,
    script: (name, nowMs, args) =>
      command(async (at) => parseAnswer(await runScript(at, name, [options.prefix, String(nowMs), ...args]))),
    close: () => closeClient(client),
  };
}

const shas = new Map<ScriptName, string>();

async function runScript(client: RedisClient, name: ScriptName, args: readonly string[]): Promise<unknown> {
  const sha = shas.get(name) ?? createHash("sha1").update(scripts[name]).digest("hex");
  shas.set(name, sha);
  try {
    return await client.sendCommand(["EVALSHA", sha, "1", ...args]);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return client.sendCommand(["EVAL", scripts[name], "1", ...args]);
  }
}

function parseAnswer(answer: unknown): ScriptAnswer {
  const parts: readonly unknown[] = Array.isArray(answer) ? answer : [];
  const [outcome, flat] = parts;
  if (typeof outcome !== "string" || !Array.isArray(flat)) throw new Error("a script answered in an odd way");
  const fields: Record<string, string> = Object.create(null);
  for (let i = 0; i + 1 < flat.length; i += 2) fields[String(flat[i])] = String(flat[i + 1]);
  return { outcome, fields };
}

async function bounded<T>(clock: Clock, run: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(limits.approvalRedisMsMax, () => reject(new Error("no answer in time")));
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    throw new LockkeeperError("approvals-unavailable", "Redis cannot be reached", { cause: error });
  } finally {
    cancel();
  }
}
