// What the Slack channel is told: tokens, where it posts, and how Slack reaches it.
import { z } from "zod";

export const slackSettings = z
  .strictObject({
    /** Bot token, `xoxb-…`. */
    token: z.string().min(1),
    /** App-level token for Socket Mode, `xapp-…`. */
    appToken: z.string().min(1).optional(),
    /** Instead of Socket Mode: Slack posts to `bind`, and this proves that it was Slack. */
    signingSecret: z.string().min(1).optional(),
    bind: z.strictObject({ host: z.string(), port: z.int() }).optional(),
    /** A channel's id or `#name`; the bot must be a member of it. */
    channel: z.string().min(1),
    /** Another address of Slack's API, for tests. Ends in a slash. */
    api: z.url().optional(),
  })
  .refine(
    ({ appToken, signingSecret, bind }) =>
      (appToken === undefined) === (signingSecret !== undefined && bind !== undefined),
    "either an app token or a signing secret with its bind address",
  );
export type SlackSettings = z.infer<typeof slackSettings>;

/** Where Slack posts to by signed HTTP. */
export const slackPath = "/slack/events";
export const slackCommand = "/lockkeeper";
