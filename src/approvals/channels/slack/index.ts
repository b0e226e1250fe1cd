// Approvals in Slack: a message with buttons in the approvers' channel, kept up to date, with its history in a thread; dialogs that become
// ballots; direct messages, an App Home and a command. Lives in the approver process only: bolt ends its process on some failures.
import { webApi } from "@slack/bolt";
import type { Cancel } from "../../../base/clock.ts";
import { describeError } from "../../../base/errors.ts";
import type { Approval } from "../../../model/approval.ts";
import type { MessageRef } from "../../channel.ts";
import type { ChannelContext, FollowingChannel } from "../channels.ts";
import { keepConnected } from "./connect.ts";
import { createDirectory, type SlackDirectory } from "./directory.ts";
import { historyLines, outcomeText, reminderText } from "./lines.ts";
import { listener } from "./listen.ts";
import { slackLogger } from "./log.ts";
import { approvalMessage } from "./message.ts";
import { createPostOnce, type Posted, type PostOnce } from "./post-once.ts";
import type { SlackSettings } from "./settings.ts";

/** Together below what post-once.ts takes for the life of a call. */
const callMsMax = 5_000;
const lookMs = 60_000;
/** The workflow retries with its own back-off: the library's half an hour inside one call would only hide it. */
const fewRetries = { retries: 0 };

/** Returns at once and connects by itself, again and again while Slack is away. */
export function openSlack(settings: SlackSettings, outer: ChannelContext): FollowingChannel {
  const context = { ...outer, log: outer.log.child({ listener: "slack" }) };
  const api = settings.api === undefined ? {} : { slackApiUrl: settings.api };
  const clientOptions = { ...api, timeout: callMsMax, retryConfig: fewRetries, logger: slackLogger(context.log) };
  const web = new webApi.WebClient(settings.token, { ...clientOptions, rejectRateLimitedCalls: true });
  const directory = createDirectory(web, context);
  const postOnce = createPostOnce(web, context.store, context.clock);
  const listen = listener({ web, directory, context });
  const connection = keepConnected({ settings, clientOptions, context, web, listen });
  const stopLooking = keepGroupsFresh(directory, context);
  return {
    name: "slack",
    async notify(approval) {
      const posted = await postOnce(approval.id, "message", settings, approvalMessage(approval));
      return `${posted.channel}/${posted.ts}`;
    },
    async update(approval, ref) {
      const { channel, ts } = parseRef(ref);
      await web.chat.update({ channel, ts, ...approvalMessage(approval) });
      await continueThread(postOnce, approval, { channel, ts });
    },
    async remind(approval, ref) {
      const { channel, ts } = parseRef(ref);
      const message = { text: reminderText(approval), broadcast: true };
      await postOnce(approval.id, "reminder", { channel, threadTs: ts }, message);
    },
    async tell(approval) {
      const user = await requesterInSlack(approval, directory, context);
      if (user === null) return;
      const { channel } = await web.conversations.open({ users: user });
      if (channel?.id === undefined) throw new Error("Slack opens no direct message");
      await postOnce(approval.id, `tell ${approval.state}`, { channel: channel.id }, { text: outcomeText(approval) });
    },
    async find({ id }) {
      const posted = await postOnce.find(id, "message", settings);
      return posted === null ? null : `${posted.channel}/${posted.ts}`;
    },
    async alert(approval, ref) {
      if (ref === null) return;
      const { channel, ts } = parseRef(ref);
      await continueThread(postOnce, approval, { channel, ts });
    },
    async close() {
      stopLooking();
      await connection.close();
    },
  };
}

/** Gateways ask who is in a user group in the moment in which an approval is used: somebody must have looked shortly before. */
function keepGroupsFresh(directory: SlackDirectory, { people, clock, log }: ChannelContext): Cancel {
  let cancel: Cancel = () => {};
  const look = async (): Promise<void> => {
    cancel = clock.after(lookMs, () => void look());
    for (const group of people.slackGroups)
      await directory.look(group).catch((error: unknown) => {
        log.warn({ error: describeError(error) }, "it cannot be seen who is in a Slack user group");
      });
  };
  if (people.slackGroups.length > 0) void look();
  return () => cancel();
}

/** One after the other: a thread is read from top to bottom. */
async function continueThread(postOnce: PostOnce, approval: Approval, { channel, ts }: Posted): Promise<void> {
  for (const { name, text, loud } of historyLines(approval)) {
    await postOnce(approval.id, name, { channel, threadTs: ts }, { text, broadcast: loud });
  }
}

function parseRef(ref: MessageRef): Posted {
  const [channel = "", ts = ""] = ref.split("/");
  return { channel, ts };
}

/** By the mapping, or by an e-mail address that both the identity provider and Slack have verified. Null where neither knows. */
async function requesterInSlack(
  { principal, email }: Approval,
  directory: SlackDirectory,
  { people }: ChannelContext,
): Promise<string | null> {
  const mapped = people.slackOf(principal);
  return mapped !== null || email === null ? mapped : await directory.userByEmail(email);
}
