// What the audit tests share: a folder of their own, a clock that tests move, events, and a disk that fails on demand.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Disk, realDisk } from "../../../src/audit/disk.ts";
import type { AuditLog } from "../../../src/audit/log.ts";
import { type OpenLogOptions, openAuditLog } from "../../../src/audit/open.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { AuditActor, AuditEvent, DataRange } from "../../../src/model/audit-event.ts";
import type { Operation } from "../../../src/model/operation.ts";

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lockkeeper-audit-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function copyOf(folder: string): Promise<string> {
  const copy = join(await temporaryFolder(), "copy");
  await cp(folder, copy, { recursive: true });
  await rm(join(copy, "lock"), { force: true });
  return copy;
}

export interface TestClock extends Clock {
  /** Moves time on and runs what is due. */
  advance(ms: number): void;
}

export function testClock(start = 1_790_000_000_000): TestClock {
  let now = start;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    monotonic: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    advance(ms) {
      now += ms;
      const due = timers.filter((timer) => timer.at <= now);
      timers = timers.filter((timer) => timer.at > now);
      for (const timer of due) timer.run();
    },
  };
}

export const gateway = "test gateway";

/** Opens a log whose timers never fire by themselves; it is closed after the test. */
export async function openTestLog(folder: string, more: Partial<OpenLogOptions> = {}): Promise<AuditLog> {
  const log = await openAuditLog({
    directory: join(folder, "audit"),
    keyFile: join(folder, "audit.key"),
    clock: testClock(),
    log: silentLog,
    source: { gateway, version: "0.0.0" },
    ...more,
  });
  onTestFinished(() => log.close().catch(() => {}));
  return log;
}

export const alice: AuditActor = {
  session: "ses_alice",
  cluster: "main",
  principal: "alice",
  groups: ["analysts"],
  mechanism: "oauthbearer",
  issuer: "http://issuer.test",
  claims: { sub: "a1", email: "alice@example.com" },
  client: "127.0.0.1:40000",
  clientId: "console",
  software: "kafkajs 2.2.4",
};

export const deletion: Operation = {
  name: "topic.delete",
  verb: "delete",
  risk: "high",
  resource: { type: "topic", name: "orders" },
  attributes: { partitions: 3 },
  dryRun: false,
  cacheable: false,
};

export function denied(request: string): AuditEvent {
  return {
    code: "operation.denied",
    at: 1_790_000_000_123,
    actor: alice,
    operation: deletion,
    api: "DeleteTopics",
    apiVersion: 6,
    request,
    decision: { outcome: "deny", rules: ["no rule allows it"], revision: "r1", message: "Ask the owners of orders." },
    error: "TOPIC_AUTHORIZATION_FAILED",
  };
}

export function range(firstOffset: number, lastOffset: number, more: Partial<DataRange> = {}): DataRange {
  return {
    direction: "read",
    topic: "orders",
    partition: 0,
    firstOffset: BigInt(firstOffset),
    lastOffset: BigInt(lastOffset),
    records: lastOffset - firstOffset + 1,
    bytes: 10,
    masked: {},
    filtered: {},
    ...more,
  };
}

export interface FailingDisk extends Disk {
  /** An errno such as `ENOSPC` for every write from now on, or null. */
  failWrites: string | null;
  failSyncs: string | null;
  /** Writes to files whose path ends so. */
  writes: number;
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** The real disk, except that it can run full or lose its sync. Handles are the real ones, watched. */
export function failingDisk(): FailingDisk {
  const disk: FailingDisk = {
    ...realDisk,
    failWrites: null,
    failSyncs: null,
    writes: 0,
    async put(path, bytes, flag) {
      disk.writes++;
      if (disk.failWrites) throw failure(disk.failWrites);
      await realDisk.put(path, bytes, flag);
    },
    async open(path, flags, mode) {
      const handle = await realDisk.open(path, flags, mode);
      return new Proxy(handle, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          return (...args: unknown[]) => {
            if (name === "write") {
              disk.writes++;
              if (disk.failWrites) return Promise.reject(failure(disk.failWrites));
            }
            if ((name === "datasync" || name === "sync") && disk.failSyncs)
              return Promise.reject(failure(disk.failSyncs));
            return Reflect.apply(value, target, args) as unknown;
          };
        },
      });
    },
  };
  return disk;
}
