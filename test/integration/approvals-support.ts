// A Redis, and gateways on it, for the integration tests of approvals. Everything that is started here is stopped by `close`.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ballot } from "../../src/approvals/approvals.ts";
import { type Approvals, type ApprovalsOptions, createApprovals } from "../../src/approvals/create.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { type RedisPart, startRedis } from "../../src/demo/parts/redis.ts";
import type { Approval } from "../../src/model/approval.ts";
import { groups, people } from "../unit/approvals/fixtures.ts";

export interface Bench {
  readonly redis: RedisPart;
  /** A gateway's approvals; two with one prefix are two replicas. */
  gateway(options?: Partial<ApprovalsOptions>): Promise<Approvals>;
  close(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-redis-"));
  // A server of our own even where REDIS_URL is set: these tests kill it.
  const redis = await startRedis({ dir, log: silentLog, env: { ...process.env, REDIS_URL: "" } });
  const opened: Approvals[] = [];
  return {
    redis,
    async gateway(options = {}) {
      const base = { redisUrl: redis.url, groups, people, clock: systemClock, log: silentLog };
      const approvals = await createApprovals({ ...base, ...options });
      opened.push(approvals);
      return approvals;
    },
    async close() {
      await Promise.all(opened.map((approvals) => approvals.close()));
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const never = new AbortController().signal;

export function yes(person = "slack:U0ADMIN1"): Ballot {
  return { person, name: person, answer: "approve", reason: null, channel: "test" };
}

export function no(person = "slack:U0ADMIN1", reason: string | null = null): Ballot {
  return { person, name: person, answer: "deny", reason, channel: "test" };
}

/** The one open approval for a topic. */
export async function openFor(approvals: Approvals, topic: string): Promise<Approval> {
  const found = (await approvals.desk.list({})).find((approval) => approval.operation.resource.name === topic);
  if (found === undefined) throw new Error(`no approval for ${topic}`);
  return found;
}
