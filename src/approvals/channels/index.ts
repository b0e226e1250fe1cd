// The channels there are. A new one is a file in this folder and a line here; its settings join the schema, so that they reach the
// approver process checked.
import { z } from "zod";
import type { ChannelContext, FollowingChannel } from "./channels.ts";
import { openConsole } from "./console.ts";
import { openSlack } from "./slack/index.ts";
import { slackSettings } from "./slack/settings.ts";
import { openWebhook, webhookSettings } from "./webhook.ts";

export type { ChannelContext, FollowingChannel } from "./channels.ts";

/** A channel is on when its key is there. */
export const channelSettings = z.strictObject({
  console: z.strictObject({}).optional(),
  slack: slackSettings.optional(),
  webhooks: webhookSettings.optional(),
});
export type ChannelSettings = z.infer<typeof channelSettings>;

interface ChannelPlugin {
  readonly name: keyof ChannelSettings;
  /** None when the settings leave it out. Must not wait for the network: a channel that is away is tried again by itself. */
  open(settings: ChannelSettings, context: ChannelContext): readonly FollowingChannel[];
}

export const channels = [
  { name: "console", open: (settings, context) => (settings.console === undefined ? [] : [openConsole(context)]) },
  { name: "slack", open: ({ slack }, context) => (slack === undefined ? [] : [openSlack(slack, context)]) },
  { name: "webhooks", open: ({ webhooks = [] }, context) => webhooks.map((one) => openWebhook(one, context)) },
] as const satisfies readonly ChannelPlugin[];

export function openChannels(settings: ChannelSettings, context: ChannelContext): FollowingChannel[] {
  return channels.flatMap((channel) => [...channel.open(settings, context)]);
}
