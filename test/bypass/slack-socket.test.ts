// The attempts of slack.test.ts by way of Socket Mode, where no signature stands: envelopes that come again, that are put together anew, that are for
// somebody else, or that are none. The real bolt takes them. Every one must end without a ballot, or with one of its own.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { FollowingChannel } from "../../src/approvals/channels/channels.ts";
import { openSlack } from "../../src/approvals/channels/slack/index.ts";
import { approveAction, denyAction } from "../../src/approvals/channels/slack/message.ts";
import { type Envelope, type SlackStandIn, startSlackStandIn } from "../../src/demo/parts/slack-stand-in/index.ts";
import { channelContext, type TestChannelContext } from "../support/slack-context.ts";
import { eventually } from "../support/wait.ts";
import { approvalOf } from "../unit/approvals/fixtures.ts";

let slack: SlackStandIn;
let context: TestChannelContext;
let channel: FollowingChannel;
let message: string;

beforeAll(async () => {
  slack = await startSlackStandIn();
});
afterAll(() => slack.stop());

const approval = approvalOf();

beforeEach(async () => {
  context = channelContext();
  channel = openSlack({ token: slack.token, appToken: slack.appToken, channel: "C0A", api: slack.apiUrl }, context);
  context.approvals.set(approval.id, approval);
  message = (await channel.notify(approval)).split("/")[1] ?? "";
  await slack.connected();
});
afterEach(async () => {
  await channel.close();
  await eventually(() => slack.connections === 0);
});

let envelopes = 0;
/** The same, as Slack would deliver it under another number; with parts of the payload replaced. */
const anew = (envelope: Envelope, changes: Readonly<Record<string, unknown>> = {}): Envelope => ({
  ...envelope,
  envelope_id: `forged-${++envelopes}`,
  payload: { ...envelope.payload, ...changes },
});

test("a dialog's answer counts once, though its envelope comes again, and again under other numbers", async () => {
  const { envelope } = await slack.decide(message, approveAction, "U0ADMIN2", "fine");

  const delivered = [
    await slack.deliver(envelope),
    await slack.deliver(anew(envelope)),
    await slack.deliver(anew(envelope)),
  ];

  expect(delivered).toEqual([true, true, true]);
  expect(context.ballots).toMatchObject([{ approval: approval.id, person: "slack:U0ADMIN2", answer: "approve" }]);
});

test("an answer whose dialog says more than ours ever do is told that it is none of ours", async () => {
  const { envelope } = await slack.decide(message, approveAction, "U0ADMIN2");
  context.ballots.length = 0;
  const kept = { approval: approval.id, answer: "approve", as: "principal:root" };
  const view = { ...(envelope.payload["view"] as object), id: "V0MORE", private_metadata: JSON.stringify(kept) };

  await slack.deliver(anew(envelope, { view }));

  expect(context.ballots).toEqual([]);
});

test("what somebody else sends off with a dialog's content counts as theirs, never as its owner's", async () => {
  const { envelope } = await slack.decide(message, approveAction, "U0ADMIN2");
  context.ballots.length = 0;
  const user = { ...(envelope.payload["user"] as object), id: "U0STRANGER", name: "Dave", username: "dave" };

  await slack.deliver(anew(envelope, { user }));

  expect(context.ballots.map(({ person }) => person)).toEqual(["slack:U0STRANGER"]);
});

test("a click that comes again, what is of another workspace or app, and what is nothing at all: none is acknowledged, none counts", async () => {
  const { envelope: click } = await slack.click(message, approveAction, "U0ADMIN2");
  const { envelope: answer } = await slack.submit("U0ADMIN2");
  context.ballots.length = 0;
  const { team, api_app_id: app, user } = click.payload;
  const ours = { team, api_app_id: app, user };
  const view = { ...(answer.payload["view"] as object), id: "V0FORGED" };
  const forged: Readonly<Record<string, Envelope>> = {
    "a click whose dialog was opened before": anew(click),
    "another workspace": anew(answer, { view, team: { id: "T0OTHER", domain: "other" } }),
    "another app": anew(answer, { view, api_app_id: "A0OTHER" }),
    "no workspace": anew(answer, { view, team: undefined }),
    nothing: { ...anew(click), payload: ours },
    "a button without a message": { ...anew(click), payload: { ...ours, type: "block_actions", actions: [] } },
    "a dialog without a view": { ...anew(click), payload: { ...ours, type: "view_submission" } },
  };

  // all at once: each of them is not acknowledged until Slack has lost its patience
  const delivered = await Promise.all(
    Object.entries(forged).map(async ([name, each]) => [name, await slack.deliver(each)] as const),
  );

  expect(delivered).toEqual(Object.keys(forged).map((name) => [name, false]));
  expect(context.ballots).toEqual([]);
  // and the app goes on
  expect(await slack.decide(message, denyAction, "U0ADMIN1")).toMatchObject({ acknowledged: true });
  expect(context.ballots).toMatchObject([{ person: "slack:U0ADMIN1", answer: "deny" }]);
});
