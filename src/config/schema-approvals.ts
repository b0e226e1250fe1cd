// The section `approvals`: who may approve, how they are asked, and how long anybody waits. Without it, what needs an approval is refused.
import { z } from "zod";
import { Sensitive } from "../base/sensitive.ts";
import { holdByClientMs } from "./patience.ts";
import { duration, hostPort, name, optional, secret, url, type ValueContext } from "./values.ts";

const redisProtocols = ["redis:", "rediss:"];

export function approvalsSection(context: ValueContext) {
  return z
    .strictObject({
      /** Where approvals live. With a user or password in it the URL is a secret: { env: REDIS_URL }. */
      redis: redisUrl(context),
      /** Begins every key in Redis; gateways that share approvals share it. */
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9_.-]{1,64}$/, {
          error: "a prefix has up to 64 letters, digits, dots, dashes and underscores",
        })
        .default("lockkeeper"),
      /** The longest that a request waits in its place, whatever the client. */
      hold: duration().prefault("20s"),
      /** The longest for a client whose software is in no list. */
      holdUnknown: duration().prefault("8s"),
      /** The longest by the client's ClientSoftwareName; added to the list in patience.ts. */
      holdByClient: z.record(name(), duration()).default({}),
      /**
       * Software (ClientSoftwareName) whose clients wait by themselves when they are told THROTTLING_QUOTA_EXCEEDED with a time: creating and
       * deleting topics and adding partitions then answers so instead of holding and handing out a ticket. The Java admin client does, as
       * long as its default.api.timeout.ms.
       */
      nativeWait: z.array(name()).default([]),
      /** How long an approval stays open, where the policy does not say. */
      expire: duration().prefault("4h"),
      /** How long an approval that nobody waited for can be used, where the policy does not say. */
      grant: duration().prefault("15m"),
      /** How long what is over can still be looked at. */
      history: duration().prefault("30d"),
      /** Who may approve, by the names that policies use. */
      groups: z.record(name(), approverGroup()).default({}),
      /** Who is one and the same person, so that nobody approves an own request or counts twice. */
      people: z.array(z.strictObject({ principal: name(), slack: slackUser() })).default([]),
      slack: optional(slackSection(context)),
      /** Told of every step, each by signed requests (Standard Webhooks). */
      webhooks: z.array(webhook(context)).default([]),
    })
    .transform(({ hold, holdUnknown, holdByClient, expire, grant, history, ...rest }) => ({
      ...rest,
      holdMs: hold,
      holdUnknownMs: holdUnknown,
      holdByClientMs: { ...holdByClientMs, ...holdByClient },
      expireMs: expire,
      grantMs: grant,
      historyMs: history,
    }));
}

function redisUrl(context: ValueContext) {
  const text =
    "a Redis URL is redis://host:port or rediss://host:port, or { env: NAME } or { file: PATH } where it is a secret";
  const plain = url(redisProtocols).transform((value) => new Sensitive(value));
  const kept = secret(context).superRefine((value, issues) => {
    const parsed = URL.parse(value.reveal());
    if (parsed === null || !redisProtocols.includes(parsed.protocol))
      issues.addIssue({ code: "custom", message: text });
  });
  return z.union([plain, kept], { error: text });
}

function slackUser() {
  return z
    .string()
    .regex(/^[UW][A-Z0-9]{2,20}$/, { error: "a Slack user id is expected, such as U0ADMIN1 (not a display name)" });
}

function slackUserGroup() {
  return z
    .string()
    .regex(/^S[A-Z0-9]{2,20}$/, { error: "a Slack user group's id is expected, such as S0ADMINS (not its handle)" });
}

function approverGroup() {
  return z.strictObject({
    /** Slack user ids. */
    slack: z.array(slackUser()).default([]),
    /** Slack user groups: whoever Slack says is in one of them just now. */
    slackGroups: z.array(slackUserGroup()).default([]),
    /** Groups of an identity provider: whoever has one of them in the token. */
    oidc: z.array(name()).default([]),
    /** Principals by name, local accounts among them: they decide over the HTTP API. */
    principals: z.array(name()).default([]),
    /** Operating system accounts on a machine with this file: they decide with `lockkeeper approvals`. */
    local: z.array(name()).default([]),
  });
}

function slackSection(context: ValueContext) {
  return z
    .strictObject({
      /** The bot's token (xoxb-…). */
      token: secret(context),
      /** Socket Mode (xapp-…). */
      appToken: optional(secret(context)),
      /** Signed HTTP instead of Socket Mode: what proves that a request is Slack's. */
      signingSecret: optional(secret(context)),
      /** With signingSecret: where Slack's requests arrive, at /slack/events; a proxy in front of it does TLS. */
      bind: optional(hostPort(0)),
      /** A channel's id or name. */
      channel: z.string().min(1),
      /** Another Slack API address, for tests. */
      api: optional(url(["https:", "http:"])),
    })
    .superRefine((slack, issues) => {
      if ((slack.appToken === null) === (slack.signingSecret === null))
        issues.addIssue({ code: "custom", message: "give either appToken (Socket Mode) or signingSecret (HTTP)" });
      if (slack.signingSecret !== null && slack.bind === null)
        issues.addIssue({
          code: "custom",
          message: "signingSecret needs bind: the address where Slack's requests arrive",
        });
      if (slack.signingSecret === null && slack.bind !== null)
        issues.addIssue({ code: "custom", path: ["bind"], message: "bind has no effect without signingSecret" });
    });
}

function webhook(context: ValueContext) {
  const key = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
  return z.strictObject({
    /** https, or http on a loopback address. It is shown in no log: some receivers' addresses are secrets. */
    url: url(["https:", "http:"]),
    /** The key that the receiver checks with: `whsec_` and the base64 of 24 to 64 random bytes. */
    secret: secret(context).superRefine((value, issues) => {
      if (!key.test(value.reveal()))
        issues.addIssue({
          code: "custom",
          message: "a webhook's secret is whsec_ and the base64 of 24 to 64 random bytes",
        });
    }),
  });
}
