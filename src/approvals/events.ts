// Every change of an approval, at least once, in the order of the changes: a consumer group on the stream that the scripts write to.
// Followers of one group share the events between them (several gateways write each to one audit log); each group sees all of them.
import type { Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { Approval } from "../model/approval.ts";
import type { AuditCode, AuditEvent } from "../model/audit-event.ts";
import type { ApprovalRequirement } from "../model/decision.ts";
import { approversOf } from "./messages.ts";
import { closeClient, openClient, type RedisClient, type RedisOptions } from "./redis.ts";
import { type ApprovalEventKind, eventKinds } from "./scripts.ts";
import type { Store } from "./store.ts";

const batch = 50;
const blockMs = 5_000;
const retryMsMin = 250;
const retryMsMax = 5_000;
/** An event that a dead follower took and never finished goes to another one after this. */
const abandonedMs = 30_000;

const forgottenMs = 86_400_000;

export interface ApprovalEvent {
  /** Redis's id of the entry; the same when it is delivered again. */
  readonly entry: string;
  readonly kind: ApprovalEventKind;
  /** Milliseconds since 1970, by Redis's clock. */
  readonly at: number;
  /** As it is now: later changes may show already. */
  readonly approval: Approval;
}

export interface FollowOptions extends RedisOptions {
  readonly store: Store;
  /** `audit`, `workflow`: followers with the same group share the events. */
  readonly group: string;
  /** Unique among the followers of a group. */
  readonly consumer: string;
  /** An event counts as handled when this resolves; a rejection brings it again. */
  readonly onEvent: (event: ApprovalEvent) => Promise<void>;
}

export interface Follower {
  /** Ends after the event in hand. */
  close(): Promise<void>;
}

export function followApprovalEvents(options: FollowOptions): Follower {
  const client = openClient(options, "quiet");
  const stop = new AbortController();
  const done = follow(options, client, stop.signal);
  return {
    async close() {
      stop.abort();
      closeClient(client);
      await done;
    },
  };
}

async function follow(options: FollowOptions, client: RedisClient, stop: AbortSignal): Promise<void> {
  let grouped = false;
  // What this follower took before and did not finish comes first; `0` asks for that, `>` for what is new.
  let from = "0";
  let failures = 0;
  let claimedAt = Number.NEGATIVE_INFINITY;
  while (!stop.aborted) {
    try {
      if (!client.isReady) await pause(options.clock, client, stop, retryMsMin);
      if (!client.isReady) continue;
      if (!grouped) await ensureGroup(options, client);
      grouped = true;
      if (options.clock.monotonic() - claimedAt > abandonedMs) {
        await claimAbandoned(options, client);
        claimedAt = options.clock.monotonic();
        from = "0";
      }
      const entries = await read(options, client, from);
      for (const entry of entries) {
        if (!stop.aborted) await handle(options, client, entry);
      }
      failures = 0;
      if (from === "0" && entries.length === 0) from = ">";
    } catch (error) {
      if (stop.aborted) return;
      grouped = false;
      from = "0";
      if (failures === 0) options.log.warn({ error: describeError(error) }, "approval events are late; trying again");
      await pause(options.clock, client, stop, Math.min(retryMsMin * 2 ** failures++, retryMsMax));
    }
  }
}

interface Entry {
  readonly id: string;
  readonly message: Readonly<Record<string, string>> | null;
}

async function read({ prefix, group, consumer }: FollowOptions, client: RedisClient, from: string): Promise<Entry[]> {
  const how = from === ">" ? { COUNT: batch, BLOCK: blockMs } : { COUNT: batch };
  const streams = (await client.xReadGroup(group, consumer, { key: `${prefix}:events`, id: from }, how)) as
    | readonly { readonly messages: readonly Entry[] }[]
    | null;
  return (streams ?? []).flatMap((stream) => stream.messages);
}

async function handle(options: FollowOptions, client: RedisClient, entry: Entry): Promise<void> {
  const { id, kind, at } = entry.message ?? {};
  const known = eventKinds.find((one) => one === kind);
  const approval = id === undefined ? null : await options.store.get(id);
  if (known !== undefined && approval !== null) {
    await options.onEvent({ entry: entry.id, kind: known, at: Number(at), approval });
  } else {
    options.log.warn({ reason: entry.id }, "an approval event names an approval whose history is over; skipped");
  }
  await client.xAck(`${options.prefix}:events`, options.group, entry.id);
}

async function ensureGroup({ prefix, group }: FollowOptions, client: RedisClient): Promise<void> {
  try {
    await client.xGroupCreate(`${prefix}:events`, group, "0", { MKSTREAM: true });
  } catch (error) {
    if (!describeError(error).startsWith("BUSYGROUP")) throw error;
  }
  await client.eval(tidyScript, { keys: [`${prefix}:events`], arguments: [group, String(forgottenMs)] });
}

/** Followers of processes that are long gone and owe nothing. In one step: one that took something meanwhile stays. */
const tidyScript = `
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local facts = {}
  for i = 1, #consumer, 2 do facts[consumer[i]] = consumer[i + 1] end
  if facts.pending == 0 and facts.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], facts.name)
  end
end`;

async function claimAbandoned({ prefix, group, consumer }: FollowOptions, client: RedisClient): Promise<void> {
  let cursor = "0-0";
  do {
    const claimed = await client.xAutoClaimJustId(`${prefix}:events`, group, consumer, abandonedMs, cursor, {
      COUNT: batch,
    });
    cursor = claimed.nextId;
  } while (cursor !== "0-0");
}

function pause(clock: Clock, client: RedisClient, stop: AbortSignal, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const end = () => {
      cancel();
      client.off("ready", end);
      stop.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(waitMs, end);
    client.on("ready", end);
    stop.addEventListener("abort", end);
  });
}

const codes: Readonly<Record<ApprovalEventKind, AuditCode | null>> = {
  requested: "approval.requested",
  voted: "approval.voted",
  approved: "approval.approved",
  denied: "approval.denied",
  expired: "approval.expired",
  cancelled: "approval.cancelled",
  used: "approval.used",
  released: null,
  lapsed: "approval.lapsed",
  void: "approval.void",
  unknown: "approval.unknown",
  "broken-glass": "approval.broken-glass",
  // The operation's own outcome event tells it.
  reported: null,
};

/** As the audit log keeps it; null for changes that have no code of their own (a first of two votes shows in `approved`). */
export function toAuditEvent(event: ApprovalEvent): AuditEvent | null {
  const code = codes[event.kind];
  if (code === null) return null;
  const { approval } = event;
  return {
    code,
    at: event.at,
    actor: {
      session: approval.session,
      cluster: approval.cluster,
      principal: approval.principal,
      groups: approval.groups,
      mechanism: null,
      issuer: null,
      claims: {},
      client: approval.client,
      clientId: null,
      software: approval.software,
    },
    operation: approval.operation,
    api: approval.api,
    approval: { id: approval.id, digest: approval.digest, approvers: approversOf(approval) },
    details: {
      entry: event.entry,
      state: approval.state,
      revision: approval.revision,
      reason: approval.reason,
      ...(approval.elevation && { elevation: { ...approval.elevation } }),
      ...(approval.note !== null && { note: approval.note }),
      ...(approval.replaces !== null && { replaces: approval.replaces }),
      ...(approval.result !== null && { result: approval.result }),
      requirements: approval.requirements.map(termsOf),
      votes: approval.votes.map(({ person, name, answer, reason, channel, at, stage, groups }) => ({
        person,
        name,
        answer,
        reason,
        channel,
        at,
        stage,
        groups,
      })),
    },
  };
}

function termsOf({ window, ...terms }: ApprovalRequirement): JsonObject {
  return { ...terms, window: window && { ...window } };
}
