// Approvals of a gateway: the gate for the path, the approver process beside it, and every change of an approval into the audit log. A gateway
// without approvals loads nothing of Redis.

import type { ApprovalDesk, ApprovalGate } from "../approvals/approvals.ts";
import type { ChannelSettings } from "../approvals/channels/index.ts";
import type { ApprovalCounts } from "../approvals/counters.ts";
import type { Approvals } from "../approvals/create.ts";
import type { People } from "../approvals/people.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config/schema.ts";
import type { Grant } from "../model/approval.ts";
import type { AuditTrail } from "./audit.ts";
import type { GatewayParts } from "./parts.ts";

export interface ApprovalsRoom {
  /** Null where approvals are not configured. */
  readonly gate: ApprovalGate | null;
  readonly desk: ApprovalDesk | null;
  readonly people: People | null;
  /** Roles that a principal has for a time, on one cluster. */
  grants(cluster: string, principal: string): readonly Grant[];
  /** Changes that this gateway heard of, for metrics; null without approvals. */
  readonly counts: (() => ApprovalCounts) | null;
  /** How many wait, over all gateways. Rejects with `approvals-unavailable`. */
  waiting(): Promise<number>;
  state(): "off" | "reachable" | "Redis is away";
}

/** The approvals of a configuration, without the approver process: for the gateway and for the command line. */
export async function connectApprovals(
  config: NonNullable<Config["approvals"]>,
  clock: Clock,
  log: Log,
): Promise<Approvals> {
  const { createApprovals } = await import("../approvals/create.ts");
  return createApprovals({
    redisUrl: config.redis.reveal(),
    prefix: config.prefix,
    expireMs: config.expireMs,
    grantMs: config.grantMs,
    historyMs: config.historyMs,
    groups: config.groups,
    people: config.people,
    clock,
    log,
  });
}

export async function openApprovals(
  parts: GatewayParts,
  audit: AuditTrail,
  stack: AsyncDisposableStack,
): Promise<ApprovalsRoom> {
  const { config, clock, log } = parts;
  if (!config.approvals)
    return {
      gate: null,
      desk: null,
      people: null,
      grants: () => none,
      counts: null,
      waiting: async () => 0,
      state: () => "off",
    };
  const channels = channelsOf(config.approvals);
  const approvals = await connectApprovals(config.approvals, clock, log);
  const { createApprovalCounters } = await import("../approvals/counters.ts");
  const { toAuditEvent } = await import("../approvals/events.ts");
  const counters = createApprovalCounters();
  stack.defer(() => approvals.close());
  approvals.followEvents(async (change) => {
    counters.note(change);
    const event = toAuditEvent(change);
    if (event) await audit.events.record(event);
  });
  // one for the gateway, however many workers it has
  if (parts.worker === undefined || parts.worker.slot === 1)
    approvals.startApprover({ channels, logLevel: config.log.level });
  const { gate, desk, people, grants } = approvals;
  return {
    gate,
    desk,
    people,
    grants: (cluster, principal) => grants.of(cluster, principal),
    counts: counters.read,
    waiting: () => approvals.store.countWaiting(),
    state: () => (approvals.healthy ? "reachable" : "Redis is away"),
  };
}

const none: readonly Grant[] = [];

/** Secrets are revealed here and travel to the approver process over IPC only. */
export function channelsOf({ slack, webhooks }: NonNullable<Config["approvals"]>): ChannelSettings {
  const hooks = webhooks.map(({ url, secret }) => ({ url, secret: secret.reveal() }));
  return {
    ...(slack === null ? {} : { slack: slackOf(slack) }),
    ...(hooks.length === 0 ? {} : { webhooks: hooks }),
    ...(slack === null && hooks.length === 0 ? { console: {} } : {}),
  };
}

function slackOf(slack: NonNullable<NonNullable<Config["approvals"]>["slack"]>): NonNullable<ChannelSettings["slack"]> {
  const { channel, api, bind, appToken, signingSecret } = slack;
  return {
    token: slack.token.reveal(),
    channel,
    ...(api !== null && { api }),
    ...(appToken !== null && { appToken: appToken.reveal() }),
    ...(signingSecret !== null && { signingSecret: signingSecret.reveal() }),
    ...(bind !== null && { bind: { host: bind.host, port: bind.port } }),
  };
}
