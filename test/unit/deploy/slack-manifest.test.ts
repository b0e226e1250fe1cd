// deploy/slack-manifest.yaml makes an app that may do what the code does, and no more: the whole life of approvals with its scopes alone.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { openSlack } from "../../../src/approvals/channels/slack/index.ts";
import { approveAction } from "../../../src/approvals/channels/slack/message.ts";
import { slackCommand } from "../../../src/approvals/channels/slack/settings.ts";
import { createPeople } from "../../../src/approvals/people.ts";
import { type SlackStandIn, startSlackStandIn } from "../../../src/demo/parts/slack-stand-in/index.ts";
import { channelContext } from "../../support/slack-context.ts";
import { approvalOf, groups } from "../approvals/fixtures.ts";

const manifest = z
  .object({
    features: z.object({
      app_home: z.object({ home_tab_enabled: z.literal(true) }),
      slash_commands: z.array(z.object({ command: z.string() })),
    }),
    oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
    settings: z.object({
      event_subscriptions: z.object({ bot_events: z.array(z.string()) }),
      interactivity: z.object({ is_enabled: z.literal(true) }),
      socket_mode_enabled: z.literal(true),
    }),
  })
  .parse(parse(readFileSync(new URL("../../../deploy/slack-manifest.yaml", import.meta.url), "utf8")));
const scopes = manifest.oauth_config.scopes.bot;

/** Everything that the channel can do, once. @returns calls that Slack refused */
async function wholeLife(granted: readonly string[]): Promise<number> {
  const slack: SlackStandIn = await startSlackStandIn({ scopes: granted });
  slack.userGroups.set("S0ADMINS", ["U0ADMIN2"]);
  const people = createPeople({ ...groups, "kafka-admins": { slackGroups: ["S0ADMINS"] } });
  const context = channelContext({ people });
  const settings = { token: slack.token, appToken: slack.appToken, channel: "C0APPROVALS", api: slack.apiUrl };
  const channel = openSlack(settings, context);
  try {
    await expect.poll(() => slack.connections + slack.refusedCalls).toBeGreaterThan(0);
    if (slack.refusedCalls > 0) return slack.refusedCalls;
    const approval = approvalOf({ principal: "erin", email: "alice@example.com" });
    context.approvals.set(approval.id, approval);
    // As after a crash between posting and noting it: the message is looked for.
    await context.store.claim(approval.id, "slack message", "0");
    const ref = await channel.notify(approval);
    await slack.decide(ref.split("/")[1] ?? "", approveAction, "U0ADMIN2", "agreed");
    expect(context.ballots).toHaveLength(1);
    const vote = {
      person: "slack:U0ADMIN2",
      name: "Dave",
      answer: "approve",
      reason: null,
      channel: "slack",
      at: 1,
    } as const;
    await context.store.claim(approval.id, "slack vote slack:U0ADMIN2 approve", "0");
    const approved = { ...approval, state: "approved", votes: [{ ...vote, stage: 1, groups: [] }] } as const;
    await channel.update(approved, ref);
    await channel.remind(approval, ref);
    await context.store.claim(approval.id, "slack tell approved", "0");
    await channel.tell(approved);
    await slack.openHome("U0ADMIN2");
    await slack.command("/lockkeeper", "list", "U0ADMIN2");
    await expect.poll(() => slack.homeOf("U0ADMIN2")).not.toBeNull();
    return slack.refusedCalls;
  } finally {
    await channel.close();
    await slack.stop();
  }
}

test("everything works with the scopes that it asks for", async () => {
  expect(await wholeLife(scopes)).toBe(0);
});

// `commands` is for Slack's side alone; kinds of channels have a history scope each, and the stand-in takes any of them for all.
const needed = scopes.filter((scope) => scope !== "commands" && !scope.endsWith(":history"));
test.each(needed)("it asks for %s because something fails without it", async (left) => {
  const outcome = await wholeLife(scopes.filter((scope) => scope !== left)).catch(() => 1);

  expect(outcome).toBeGreaterThan(0);
});

test("the command and the events are those that the code listens to", () => {
  expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual([slackCommand]);
  expect(manifest.settings.event_subscriptions.bot_events).toEqual(["app_home_opened"]);
});
