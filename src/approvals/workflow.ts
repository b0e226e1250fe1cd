// The workflow of an approval: which jobs each change asks for, and what each job does. It knows no BullMQ and no channel's wire format.
// Jobs may run twice (at least once): each looks at the present state first and does only what is still to do.
import { assertNever } from "../base/assert.ts";
import { limits } from "../base/limits.ts";
import type { Approval } from "../model/approval.ts";
import type { MessageRef } from "./channel.ts";
import type { FollowingChannel } from "./channels/channels.ts";
import type { ApprovalEvent } from "./events.ts";
import type { Store } from "./store.ts";

export const jobNames = ["notify", "remind", "expire", "update", "lapse", "tell", "alert", "doubt"] as const;
export type JobName = (typeof jobNames)[number];

export interface WorkflowJob {
  readonly name: JobName;
  /** Adding a job with an id that is there already adds nothing. No colon: BullMQ keeps it for itself. */
  readonly jobId: string;
  readonly approval: string;
  /** Null for jobs that touch no channel. */
  readonly channel: string | null;
  readonly delayMs: number;
}

/** Redis expires by its own clock; a job that comes a little late finds its work to do, one that comes early must come again. */
const slackMs = 50;
const updatesMax = 5;

/** Pure. `now` in milliseconds since 1970. */
export function jobsFor(event: ApprovalEvent, channels: readonly string[], now: number): WorkflowJob[] {
  const { approval, entry, kind } = event;
  const timed = (name: JobName, at: number, unique: string = approval.id): WorkflowJob => ({
    name,
    jobId: `${name}-${unique}`,
    approval: approval.id,
    channel: null,
    delayMs: Math.max(0, at - now + slackMs),
  });
  const each = (name: JobName, unique: string, delayMs = 0): WorkflowJob[] =>
    channels.map((channel) => ({
      name,
      jobId: `${name}-${unique}-${channel}`,
      approval: approval.id,
      channel,
      delayMs,
    }));
  const ends = ({ grantUntil }: Approval) => [timed("lapse", grantUntil ?? now)];
  switch (kind) {
    case "requested": {
      const halfTime = (approval.expiresAt - approval.createdAt) / 2;
      const remindIn = Math.max(0, approval.createdAt + halfTime - now);
      return [
        ...each("notify", approval.id),
        ...each("remind", approval.id, remindIn),
        timed("expire", approval.expiresAt),
      ];
    }
    case "broken-glass":
      return [...each("update", entry), ...each("alert", entry), ...each("tell", entry), ...ends(approval)];
    case "released":
      return [...each("update", entry), timed("lapse", approval.grantUntil ?? now, entry)];
    case "approved":
      return [...each("update", entry), ...each("tell", entry), ...ends(approval)];
    case "used":
      return [...each("update", entry), timed("doubt", event.at + limits.approvalOutcomeMsMax, entry)];
    case "denied":
    case "expired":
    case "void":
    case "unknown":
    case "lapsed":
      return [...each("update", entry), ...each("tell", entry)];
    case "voted":
    case "cancelled":
    case "reported":
      return each("update", entry);
    default:
      return assertNever(kind);
  }
}

/** When a job must run again, in milliseconds since 1970; null when it is done. Rejects when it is to be tried again. */
export type JobOutcome = number | null;

type WorkflowStore = Pick<Store, "get" | "refs" | "setRef" | "report">;

export interface WorkflowOptions {
  readonly store: WorkflowStore;
  readonly channels: readonly FollowingChannel[];
}

export function createWorkflow({ store, channels }: WorkflowOptions) {
  const posted: Posted = new Map();
  return async (job: Pick<WorkflowJob, "name" | "approval" | "channel">): Promise<JobOutcome> => {
    const approval = await store.get(job.approval);
    if (approval === null) return null;
    const channel = channels.find((one) => one.name === job.channel);
    switch (job.name) {
      // Looking at it was enough: the store does what time asks for.
      case "expire":
        return approval.state === "pending" ? approval.expiresAt + slackMs : null;
      case "lapse":
        return approval.state === "approved" ? (approval.grantUntil ?? 0) + slackMs : null;
      case "notify":
        if (channel !== undefined) await notify(store, posted, channel, approval);
        return null;
      // A gateway that died after it had used an approval tells nobody what became of it.
      case "doubt":
        if (approval.state === "used" && approval.result === null) await store.report(approval.id, "UNKNOWN");
        return null;
      case "update":
        if (channel !== undefined) await update(store, channel, approval);
        return null;
      case "remind": {
        const ref = channel === undefined ? undefined : (await store.refs(approval.id))[channel.name];
        if (channel !== undefined && ref !== undefined && approval.state === "pending")
          await channel.remind(approval, ref);
        return null;
      }
      case "alert": {
        const ref = channel === undefined ? undefined : (await store.refs(approval.id))[channel.name];
        if (channel !== undefined) await channel.alert?.(approval, ref ?? null);
        return null;
      }
      case "tell":
        await channel?.tell(approval);
        return null;
      default:
        return assertNever(job.name);
    }
  };
}

/** Messages that were posted and whose reference Redis did not take: the next try stores it instead of posting again. */
type Posted = Map<string, { readonly ref: MessageRef; readonly step: string }>;

async function notify(
  store: WorkflowStore,
  posted: Posted,
  channel: FollowingChannel,
  approval: Approval,
): Promise<void> {
  if ((await store.refs(approval.id))[channel.name] !== undefined) return update(store, channel, approval);
  const key = `${channel.name} ${approval.id}`;
  let message = posted.get(key);
  if (message === undefined && approval.state !== "pending") {
    // What was decided elsewhere before the channel could be reached is no news for approvers; what they were shown must not stay as it is.
    const found = (await channel.find?.(approval)) ?? null;
    if (found === null) return;
    message = { ref: found, step: "" };
  }
  message ??= { ref: await channel.notify(approval), step: stepOf(approval) };
  posted.set(key, message);
  await store.setRef(approval.id, channel.name, message.ref);
  posted.delete(key);
  // Updates that came before the reference was stored found nothing to update.
  const present = await store.get(approval.id);
  if (present !== null && stepOf(present) !== message.step) await update(store, channel, present);
}

/** Two updates may overtake each other: whoever wrote last looks again, so that the newest state stands in the end. */
async function update(store: WorkflowStore, channel: FollowingChannel, approval: Approval): Promise<void> {
  const ref = (await store.refs(approval.id))[channel.name];
  if (ref === undefined) return;
  let shown = approval;
  for (let i = 0; i < updatesMax; i++) {
    await channel.update(shown, ref);
    const present = await store.get(approval.id);
    if (present === null || stepOf(present) === stepOf(shown)) return;
    shown = present;
  }
}

function stepOf(approval: Approval): string {
  return `${approval.state} ${approval.votes.length} ${approval.stage} ${approval.result ?? ""}`;
}
