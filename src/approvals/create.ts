// Puts the room together: everything that the rest of the product needs of approvals, on one Redis. Several gateways share one by
// sharing URL and prefix. Starts without Redis too: what needs approval is then refused until it comes.
import { fileURLToPath } from "node:url";
import type { Clock } from "../base/clock.ts";
import { newId } from "../base/ids.ts";
import type { Log, LogLevel } from "../base/log.ts";
import type { ApprovalDesk, ApprovalGate } from "./approvals.ts";
import { approverReady } from "./approver-ready.ts";
import type { ApproverSettings } from "./approver-settings.ts";
import type { ChannelSettings } from "./channels/index.ts";
import { createDesk } from "./desk.ts";
import { type ApprovalEvent, type Follower, followApprovalEvents } from "./events.ts";
import { createGate } from "./gate.ts";
import { type GrantBook, openGrantBook } from "./grants.ts";
import { createMembership, type MembershipSource } from "./membership.ts";
import { type ApproverGroup, createPeople, type People, type PersonNames } from "./people.ts";
import { openRedis, redisPrefix, whenReady } from "./redis.ts";
import { createStore, type Store, type StoreTimes } from "./store.ts";
import { type Supervised, supervise } from "./supervise.ts";
import { createUserGroups, userGroupMembership } from "./user-groups.ts";
import { openWake } from "./wake.ts";

const dayMs = 86_400_000;
const firstConnectMsMax = 1_000;

export interface ApprovalsOptions {
  /** `redis://` or `rediss://`; may hold a password and is never logged. */
  readonly redisUrl: string;
  /** Separates installations that share a Redis; none by default. */
  readonly prefix?: string;
  /** The longest that an approval stays open. 4 h. */
  readonly expireMs?: number;
  /** How long a granted approval can be used. 15 min. */
  readonly grantMs?: number;
  /** How long a closed approval is kept. 30 days. */
  readonly historyMs?: number;
  /** `approvals.groups` of the configuration. */
  readonly groups: Readonly<Record<string, ApproverGroup>>;
  /** `approvals.people`: which names belong to one human. */
  readonly people?: readonly PersonNames[];
  /** Who knows better than the configuration who is in a group: asked in this order. */
  readonly memberships?: readonly MembershipSource[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface StartApproverOptions {
  /** Which channels to open; secrets in it travel over IPC only. */
  readonly channels: ChannelSettings;
  readonly logLevel?: LogLevel;
}

export interface Approvals {
  readonly gate: ApprovalGate;
  readonly desk: ApprovalDesk;
  readonly store: Store;
  readonly people: People;
  readonly grants: GrantBook;
  /** False while Redis is away. */
  readonly healthy: boolean;
  /** For the audit log: each change once among all gateways, again if `onEvent` rejects. toAuditEvent turns it into an event. */
  followEvents(onEvent: (event: ApprovalEvent) => Promise<void>): Follower;
  /** Starts the approver process and keeps it running until `stop` or `close`. */
  startApprover(options: StartApproverOptions): Supervised;
  close(): Promise<void>;
}

/** Waits for Redis, for at most a second. Never rejects for a Redis that is away. */
export async function createApprovals(options: ApprovalsOptions): Promise<Approvals> {
  const { clock, log } = options;
  const times: StoreTimes = {
    expireMs: options.expireMs ?? 4 * 3_600_000,
    grantMs: options.grantMs ?? 15 * 60_000,
    historyMs: options.historyMs ?? 30 * dayMs,
  };
  const at = { url: options.redisUrl, prefix: redisPrefix(options.prefix), clock, log };
  const redis = openRedis(at);
  const wake = openWake({ ...at, log: log.child({ reason: "wake" }) });
  await whenReady(redis.client, clock, firstConnectMsMax);
  const store = createStore({ redis, times, clock });
  const people = createPeople(options.groups, options.people);
  const inSlack = userGroupMembership(people, createUserGroups(redis, clock));
  const membership = createMembership(people, [...(options.memberships ?? []), inSlack]);
  const closing: (() => Promise<void>)[] = [];
  const grants = openGrantBook({ store, wake, clock, log });
  return {
    store,
    people,
    grants,
    gate: createGate({ store, wake, membership, clock, log }),
    desk: createDesk({ store, people, membership, clock }),
    get healthy() {
      return redis.ready;
    },
    followEvents(onEvent) {
      const consumer = newId("gw", clock.now());
      const follower = followApprovalEvents({ ...at, store, group: "audit", consumer, onEvent });
      closing.push(() => follower.close());
      return follower;
    },
    startApprover(how) {
      const settings: ApproverSettings = {
        redisUrl: at.url,
        prefix: at.prefix,
        logLevel: how.logLevel ?? "info",
        times,
        groups: copyGroups(options.groups),
        people: (options.people ?? []).map((names) => ({ ...names })),
        channels: how.channels,
      };
      const file = fileURLToPath(new URL("./approver.ts", import.meta.url));
      const supervised = supervise({ file, settings, readyMessage: approverReady, clock, log });
      closing.push(() => supervised.stop());
      return supervised;
    },
    async close() {
      grants.close();
      await Promise.all(closing.map((close) => close()));
      wake.close();
      redis.close();
    },
  };
}

function list(names: readonly string[] | undefined): string[] | undefined {
  return names === undefined ? undefined : [...names];
}

function copyGroups(groups: Readonly<Record<string, ApproverGroup>>): ApproverSettings["groups"] {
  return Object.fromEntries(
    Object.entries(groups).map(([name, group]) => [
      name,
      {
        slack: list(group.slack),
        slackGroups: list(group.slackGroups),
        local: list(group.local),
        principals: list(group.principals),
        oidc: list(group.oidc),
      },
    ]),
  );
}
