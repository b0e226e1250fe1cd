// Bolt's listeners: who did what, to whom it goes (interactions.ts, command.ts), and what Slack is told. Acknowledges only what was taken.
import type { App, webApi } from "@slack/bolt";
import { describeError } from "../../../base/errors.ts";
import type { ChannelContext } from "../channels.ts";
import { runCommand, say } from "./command.ts";
import { decideCallback, noticeDialog } from "./dialog.ts";
import type { SlackDirectory } from "./directory.ts";
import { homeView } from "./home.ts";
import {
  answerClick,
  answerRevoke,
  answerSubmission,
  type Click,
  type ClickAnswer,
  isRefusal,
} from "./interactions.ts";
import { revokeAction } from "./message.ts";
import { type Caller, callerOf, homeOf } from "./overview.ts";
import { slackCommand } from "./settings.ts";

export interface ListenOptions {
  readonly web: webApi.WebClient;
  readonly directory: SlackDirectory;
  readonly context: ChannelContext;
}

const lost = "It could not be stored just now and does not count. Please try again in a moment.";

export function listener(options: ListenOptions): (app: App) => void {
  const { web, context } = options;
  const whois = (id: string, name: string): Promise<Caller> =>
    callerOf(id, name, options.directory, context.people.slackGroups);

  /** Words for one person: in the channel where they pressed, or in a dialog where there is none. */
  const tell = async (text: string, user: string, channel: string | undefined, trigger: string): Promise<void> => {
    if (channel === undefined) await web.views.open({ trigger_id: trigger, view: noticeDialog("Lockkeeper", text) });
    else await web.chat.postEphemeral({ channel, user, text });
  };
  const publishHome = async (caller: Caller): Promise<void> => {
    const view = homeView(await homeOf(caller, context));
    await web.views.publish({ user_id: caller.person.name, view });
  };
  const complain = (what: string) => (error: unknown) =>
    context.log.warn({ error: describeError(error) }, `Slack: ${what}`);

  return (app) => {
    app.action({ type: "block_actions", action_id: /^lockkeeper-[a-z-]+$/ }, async ({ ack, body, action }) => {
      if (action.type !== "button" || action.value === undefined) return;
      const click: Click = { approval: action.value, action: action.action_id };
      const { id, name = id } = body.user;
      const channel = body.channel?.id;
      const answer = await whois(id, name)
        .then((caller) => (click.action === revokeAction ? answerRevoke : answerClick)(click, caller, context))
        .catch((error: unknown): ClickAnswer => {
          complain("it is not known who pressed")(error);
          return { kind: "lost" };
        });
      try {
        if (answer.kind === "open") await web.views.open({ trigger_id: body.trigger_id, view: answer.dialog });
        // Not acknowledged, Slack shows the person that it did not work, and nothing was stored.
        if (answer.kind !== "lost") await ack();
        if (answer.kind !== "open")
          await tell(answer.kind === "say" ? answer.text : lost, id, channel, body.trigger_id);
        if (click.action === revokeAction) await publishHome(await whois(id, name));
      } catch (error) {
        complain("an answer to a click was not delivered")(error);
      }
    });

    app.view(decideCallback, async ({ ack, body, view }) => {
      const { id, name } = body.user;
      const submission = { view: view.id, metadata: view.private_metadata, values: view.state.values };
      try {
        const caller = await whois(id, name);
        const answer = await answerSubmission(submission, caller, context);
        // Bolt's types want every field of Slack's answer at once.
        await (ack as (answer?: object) => Promise<void>)(answer ?? undefined);
        // What they decided from the App Home is still standing there.
        await publishHome(caller);
      } catch (error) {
        complain("an answer from a dialog was not taken")(error);
      }
    });

    app.command(slackCommand, async ({ ack, command }) => {
      const answer = await whois(command.user_id, command.user_name)
        .then((caller) => runCommand(command.text, caller, context))
        .catch((error: unknown) => {
          if (isRefusal(error)) return say(error.message);
          complain("a command was not answered")(error);
          return say(`Approvals are not available just now. ${lost}`);
        });
      await ack(answer as Parameters<typeof ack>[0]).catch(complain("a command's answer was not delivered"));
    });

    app.event("app_home_opened", async ({ event }) => {
      if (event.tab !== "home") return;
      await whois(event.user, event.user).then(publishHome).catch(complain("an App Home was not shown"));
    });
  };
}
