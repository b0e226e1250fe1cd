// What the approver process is told, once, over its IPC channel: secrets are neither in its arguments nor in its environment.
import { z } from "zod";
import { channelSettings } from "./channels/index.ts";

const names = z.array(z.string()).optional();

export const approverSettings = z.strictObject({
  redisUrl: z.string(),
  prefix: z.string(),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]),
  times: z.strictObject({ expireMs: z.number(), grantMs: z.number(), historyMs: z.number() }),
  groups: z.record(
    z.string(),
    z.strictObject({ slack: names, slackGroups: names, local: names, principals: names, oidc: names }),
  ),
  people: z.array(
    z.strictObject({ principal: z.string(), slack: z.string().optional(), local: z.string().optional() }),
  ),
  channels: channelSettings,
});
export type ApproverSettings = z.infer<typeof approverSettings>;
