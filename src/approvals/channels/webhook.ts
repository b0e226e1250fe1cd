// Approvals as signed HTTP requests to whatever a company has: chat bots, ticket systems, pagers. One request a step, sent until it is taken;
// a receiver that wants to decide asks the HTTP API of the control address. Source: Standard Webhooks (standardwebhooks.com).
import { createHash, createHmac } from "node:crypto";
import { z } from "zod";
import type { Approval } from "../../model/approval.ts";
import type { MessageRef } from "../channel.ts";
import { waitingFor } from "../messages.ts";
import type { ChannelContext, FollowingChannel } from "./channels.ts";

export const webhookSettings = z.array(
  z.strictObject({
    url: z.url(),
    /** `whsec_` and base64: the key that the receiver checks with. */
    secret: z.string().min(1),
  }),
);
export type WebhookSettings = z.infer<typeof webhookSettings>[number];

const callMsMax = 10_000;

/** A channel for each receiver, so that one that is away does not make the others hear everything twice. */
export function openWebhook({ url, secret }: WebhookSettings, { clock, log }: ChannelContext): FollowingChannel {
  const send = async (approval: Approval, type: string): Promise<MessageRef> => {
    const { id, body } = webhookMessage(approval, type);
    const seconds = Math.floor(clock.now() / 1_000);
    const headers = {
      "content-type": "application/json",
      "user-agent": "lockkeeper",
      "webhook-id": id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": webhookSignature(secret, id, seconds, body),
    };
    const signal = AbortSignal.timeout(callMsMax);
    // No redirects: what is signed for one receiver is not for another.
    const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    await answer.body?.cancel();
    if (answer.status === 410)
      log.warn({ approval: approval.id }, "a webhook's receiver is gone for good: take it out of approvals.webhooks");
    else if (!answer.ok) throw new Error(`the webhook's receiver answered ${answer.status}`);
    return id;
  };
  return {
    name: webhookName(url),
    notify: (approval) => send(approval, "approval.requested"),
    update: async (approval) => void (await send(approval, typeOf(approval))),
    remind: async (approval) => void (await send(approval, "approval.reminder")),
    // The receiver is not the requester.
    tell: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** Stable, since jobs and references are kept by it; without the address, which may be a secret of its own. */
export function webhookName(url: string): string {
  return `webhook-${createHash("sha256").update(url).digest("hex").slice(0, 8)}`;
}

/** What a step is called: the state, or `approval.voted` for one yes of several. */
function typeOf({ state, votes }: Approval): string {
  return state === "pending" ? `approval.${votes.length === 0 ? "requested" : "voted"}` : `approval.${state}`;
}

export interface WebhookMessage {
  /** The same for each try of one step: receivers leave out what they know. */
  readonly id: string;
  readonly body: string;
}

/** Pure. Tells what an approver needs; no values that are secret get into an approval, and no token or address of ours is here. */
export function webhookMessage(approval: Approval, type: string): WebhookMessage {
  const step = [type, approval.votes.length, approval.result ?? ""].join(" ");
  const hash = createHash("sha256").update(step).digest("hex").slice(0, 8);
  const { operation } = approval;
  const data = {
    id: approval.id,
    state: approval.state,
    /** Of the HTTP API at the control address: GET shows it, POST …/approve and …/deny decide, as whoever logs in there. */
    path: `/v1/approvals/${approval.id}`,
    waitingFor: approval.state === "pending" ? waitingFor(approval) : null,
    cluster: approval.cluster,
    principal: approval.principal,
    groups: approval.groups,
    client: approval.client,
    software: approval.software,
    reason: approval.reason,
    api: approval.api,
    operation: operation.name,
    risk: operation.risk,
    resource: operation.resource,
    attributes: operation.attributes,
    facts: approval.facts,
    elevation: approval.elevation,
    requirements: approval.requirements.map(({ rule, approvers, count, why, stage }) => ({
      rule,
      approvers,
      count,
      why,
      stage,
    })),
    votes: approval.votes.map(({ name, answer, reason, at }) => ({ name, answer, reason, at: iso(at) })),
    expiresAt: iso(approval.expiresAt),
    grantUntil: approval.grantUntil === null ? null : iso(approval.grantUntil),
    result: approval.result,
    note: approval.note,
  };
  const at = approval.votes.at(-1)?.at ?? approval.createdAt;
  return { id: `msg_${approval.id}_${hash}`, body: JSON.stringify({ type, timestamp: iso(at), data }) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** `v1,` and the base64 of HMAC-SHA256 over id, seconds and body, joined by dots. */
export function webhookSignature(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}
