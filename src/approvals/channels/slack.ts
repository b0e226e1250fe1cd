// Approvals in Slack, over Socket Mode: a message with buttons in the approvers' channel, kept up to date; clicks become votes. Lives in the
// approver process only: bolt ends its process on some failures. A click is acknowledged after it is stored, so that none is lost.
import { App, webApi } from "@slack/bolt";
import { z } from "zod";
import type { Cancel } from "../../base/clock.ts";
import { describeError, LockkeeperError } from "../../base/errors.ts";
import type { Approval } from "../../model/approval.ts";
import type { MessageRef } from "../channel.ts";
import type { ChannelContext, FollowingChannel } from "./channels.ts";
import { approvalMessage, approveAction, denyAction, outcomeText, reminderText } from "./slack-blocks.ts";
import { slackLogger } from "./slack-log.ts";

export const slackSettings = z.strictObject({
  /** Bot token, `xoxb-…`. */
  token: z.string().min(1),
  /** App-level token for Socket Mode, `xapp-…`. */
  appToken: z.string().min(1),
  /** A channel's id or `#name`; the bot must be a member of it. */
  channel: z.string().min(1),
  /** Another address of Slack's API, for tests. Ends in a slash. */
  api: z.url().optional(),
});
export type SlackSettings = z.infer<typeof slackSettings>;

const callMsMax = 10_000;
const restartMsMin = 1_000;
const restartMsMax = 30_000;
/** The workflow retries with its own back-off: the library's half an hour inside one call would only hide it. */
const fewRetries = { retries: 1, minTimeout: 300, maxTimeout: 1_000 };

/** Returns at once and connects by itself, again and again while Slack is away. */
export function openSlack(settings: SlackSettings, context: ChannelContext): FollowingChannel {
  const log = context.log.child({ listener: "slack" });
  const api = settings.api === undefined ? {} : { slackApiUrl: settings.api };
  const options = { ...api, timeout: callMsMax, retryConfig: fewRetries, logger: slackLogger(log) };
  const web = new webApi.WebClient(settings.token, { ...options, rejectRateLimitedCalls: true });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method, not a window's
  const post = (message: webApi.ChatPostMessageArguments) => web.chat.postMessage(message);
  const socket = keepConnected(settings, { ...options }, context, web);
  return {
    name: "slack",
    async notify(approval) {
      const posted = await post({ channel: settings.channel, ...quiet, ...approvalMessage(approval) });
      if (posted.ts === undefined || posted.channel === undefined) throw new Error("Slack named no message");
      return `${posted.channel}/${posted.ts}`;
    },
    async update(approval, ref) {
      const { channel, ts } = parseRef(ref);
      await web.chat.update({ channel, ts, ...approvalMessage(approval) });
    },
    async remind(approval, ref) {
      const { channel, ts } = parseRef(ref);
      await post({
        channel,
        thread_ts: ts,
        text: reminderText(approval),
        reply_broadcast: true,
        ...quiet,
      });
    },
    async tell(approval: Approval) {
      const user = context.people.slackOf(approval.principal);
      if (user !== null) await post({ channel: user, text: outcomeText(approval), ...quiet });
    },
    close: () => socket.close(),
  };
}

/** No previews: a name that looks like a link must not fetch anything. */
const quiet = { unfurl_links: false, unfurl_media: false } as const;

function parseRef(ref: MessageRef): { readonly channel: string; readonly ts: string } {
  const [channel = "", ts = ""] = ref.split("/");
  return { channel, ts };
}

function keepConnected(
  settings: SlackSettings,
  clientOptions: webApi.WebClientOptions,
  context: ChannelContext,
  web: webApi.WebClient,
): { close(): Promise<void> } {
  let closed = false;
  let app: App | null = null;
  let cancel: Cancel | null = null;
  const connect = async (waitMs: number): Promise<void> => {
    if (closed) return;
    const next = buildApp(settings, clientOptions, context, web);
    try {
      await next.init();
      await next.start();
      app = next;
      context.log.info({}, "connected to Slack");
      if (closed) await next.stop();
    } catch (error) {
      context.log.warn({ error: describeError(error) }, "Slack cannot be reached; trying again");
      await next.stop().catch(() => {});
      cancel = context.clock.after(waitMs, () => void connect(Math.min(waitMs * 2, restartMsMax)));
    }
  };
  void connect(restartMsMin);
  return {
    async close() {
      closed = true;
      cancel?.();
      await app?.stop().catch(() => {});
    },
  };
}

function buildApp(
  settings: SlackSettings,
  clientOptions: webApi.WebClientOptions,
  context: ChannelContext,
  web: webApi.WebClient,
): App {
  const app = new App({
    token: settings.token,
    appToken: settings.appToken,
    socketMode: true,
    deferInitialization: true,
    // A copy each: Socket Mode writes its own retries into the options it is given.
    clientOptions: { ...clientOptions },
    logger: slackLogger(context.log),
  });
  app.action({ type: "block_actions", action_id: /^lockkeeper-(approve|deny)$/ }, async ({ ack, body, action }) => {
    if (action.type !== "button" || action.value === undefined) return;
    const click: Click = {
      approval: action.value,
      action: action.action_id,
      at: action.action_ts,
      user: body.user.id,
      name: body.user.name ?? body.user.id,
    };
    const answer = await handleClick(click, context);
    // Not acknowledged, Slack shows the person that it did not work, and nothing was stored.
    if (answer.stored) await ack();
    const channel = body.channel?.id;
    if (answer.say === null || channel === undefined) return;
    await web.chat.postEphemeral({ channel, user: body.user.id, text: answer.say }).catch((error: unknown) => {
      context.log.warn(
        { approval: click.approval, error: describeError(error) },
        "an answer to a click was not delivered",
      );
    });
  });
  return app;
}

export interface Click {
  /** The button's value. */
  readonly approval: string;
  readonly action: string;
  /** Slack's time stamp of the click: a repetition carries the same. */
  readonly at: string;
  readonly user: string;
  readonly name: string;
}

/** `say` is for the person alone. */
export interface ClickAnswer {
  readonly stored: boolean;
  readonly say: string | null;
}

/** A click counts once, however often Slack delivers it. Never rejects. */
export async function handleClick(
  click: Click,
  context: Pick<ChannelContext, "desk" | "store" | "log">,
): Promise<ClickAnswer> {
  const once = `slack:${click.approval}:${click.action}:${click.user}:${click.at}`;
  const answer = answerOf(click.action);
  if (answer === null) return { stored: false, say: null };
  try {
    if (await context.store.seen(once)) return { stored: true, say: null };
    const vote = { person: `slack:${click.user}`, name: click.name, answer, reason: null, channel: "slack" } as const;
    await context.desk.vote(click.approval, vote);
    await context.store.markSeen(once);
    return { stored: true, say: null };
  } catch (error) {
    if (error instanceof LockkeeperError && (error.code === "approval-refused" || error.code === "approval-unknown")) {
      return { stored: true, say: error.message };
    }
    context.log.error({ approval: click.approval, error: describeError(error) }, "a click could not be stored");
    return {
      stored: false,
      say: "Your click could not be stored just now and does not count. Please press again in a moment.",
    };
  }
}

function answerOf(action: string): "approve" | "deny" | null {
  switch (action) {
    case approveAction:
      return "approve";
    case denyAction:
      return "deny";
    default:
      return null;
  }
}
