// Attempts to be approved by way of Slack without being approved: forged and repeated requests, other people's buttons, hostile names. The
// real bolt takes them, over signed HTTP and over Socket Mode. Every one must end without a ballot, or with one of its own.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FollowingChannel } from "../../src/approvals/channels/channels.ts";
import { openSlack } from "../../src/approvals/channels/slack/index.ts";
import { answerClick, answerSubmission } from "../../src/approvals/channels/slack/interactions.ts";
import { approveAction, denyAction } from "../../src/approvals/channels/slack/message.ts";
import { slackPath } from "../../src/approvals/channels/slack/settings.ts";
import { createPeople } from "../../src/approvals/people.ts";
import { freePortRange, loopback } from "../../src/demo/parts/ports.ts";
import {
  type ClickResult,
  type Envelope,
  type SlackStandIn,
  signedRequest,
  startSlackStandIn,
} from "../../src/demo/parts/slack-stand-in/index.ts";
import { channelContext, type TestChannelContext } from "../support/slack-context.ts";
import { eventually } from "../support/wait.ts";
import { approvalOf, groups, oneAdmin } from "../unit/approvals/fixtures.ts";

const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5";

let slack: SlackStandIn;
let context: TestChannelContext;
let channel: FollowingChannel;
let url: string;

beforeAll(async () => {
  slack = await startSlackStandIn();
});
afterAll(() => slack.stop());

beforeEach(async () => {
  context = channelContext();
  const port = await freePortRange(1);
  url = `http://${loopback}:${port}${slackPath}`;
  const settings = {
    token: slack.token,
    signingSecret,
    bind: { host: loopback, port },
    channel: "C0A",
    api: slack.apiUrl,
  };
  channel = openSlack(settings, context);
  slack.useHttp({ url, signingSecret });
  await eventually(() => fetch(url).then(() => true));
});
afterEach(() => channel.close());

const approval = approvalOf();

/** Posts the approval and sends off Dave's dialog. */
async function approveAsDave(reason?: string): Promise<ClickResult> {
  context.approvals.set(approval.id, approval);
  const [, ts = ""] = (await channel.notify(approval)).split("/");
  return await slack.decide(ts, approveAction, "U0ADMIN2", reason);
}

function now(): number {
  return Math.floor(Date.now() / 1_000);
}

async function send(message: Envelope, { at = now(), secret = signingSecret, body = "" } = {}): Promise<number> {
  const request = signedRequest(message, secret, at);
  const answer = await fetch(url, {
    method: "POST",
    headers: request.headers,
    body: body === "" ? request.body : body,
  });
  return answer.status;
}

describe("by signed HTTP", () => {
  test("a dialog that is sent off counts, once, with its reason", async () => {
    const result = await approveAsDave("checked with billing");

    expect(result).toMatchObject({ acknowledged: true, body: null });
    expect(context.ballots).toMatchObject([
      {
        approval: approval.id,
        person: "slack:U0ADMIN2",
        answer: "approve",
        reason: "checked with billing",
        email: "dave@example.com",
      },
    ]);
  });

  test("the same bytes again are acknowledged and do nothing; the same dialog signed anew does nothing either", async () => {
    const { envelope } = await approveAsDave();
    const at = now() + 1;
    const first = await send(envelope, { at });
    const replayed = await send(envelope, { at });

    expect([first, replayed]).toEqual([200, 200]);
    expect(context.ballots).toHaveLength(1);
  });

  test.each([
    ["another secret", { secret: "0".repeat(32) }, 401],
    ["a time six minutes ago", { at: now() - 360 }, 401],
    ["a time two minutes ahead, kept for later", { at: now() + 120 }, 401],
    ["another body under the same signature", { body: "payload=%7B%22type%22%3A%22view_submission%22%7D" }, 401],
  ])("%s is refused", async (_, how, status) => {
    const { envelope } = await approveAsDave();
    context.ballots.length = 0;

    expect(await send({ ...envelope, payload: { ...envelope.payload, forged: true } }, how)).toBe(status);
    expect(context.ballots).toEqual([]);
  });

  test.each([
    ["no signature", {}],
    ["an empty signature", { "x-slack-signature": "", "x-slack-request-timestamp": String(now()) }],
    ["a time that is no number", { "x-slack-signature": "v0=00", "x-slack-request-timestamp": "soon" }],
    [
      "an older version of the signature",
      { "x-slack-signature": "v00=00", "x-slack-request-timestamp": String(now()) },
    ],
  ])("%s is refused", async (_, headers) => {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });

    expect(answer.status).toBe(401);
  });

  test("a request that claims to be a check of the certificate gets nothing in", async () => {
    const { envelope } = await approveAsDave();
    const body = `ssl_check=1&payload=${encodeURIComponent(JSON.stringify(envelope.payload))}`;
    context.ballots.length = 0;

    await fetch(url, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body });

    expect(context.ballots).toEqual([]);
  });

  test.each([
    ["another workspace", { team: { id: "T0OTHER", domain: "other" } }],
    ["another app", { api_app_id: "A0OTHER" }],
  ])("something rightly signed of %s is not acknowledged and counts nothing", async (_, changes) => {
    const { envelope } = await approveAsDave();
    context.ballots.length = 0;

    const status = await send({ ...envelope, payload: { ...envelope.payload, ...changes } });

    expect(status).toBe(503);
    expect(context.ballots).toEqual([]);
  });

  test("a dialog that cannot be stored stays open, says so, and counts when it is sent again", async () => {
    context.approvals.set(approval.id, approval);
    const [, ts = ""] = (await channel.notify(approval)).split("/");
    await slack.click(ts, denyAction, "U0ADMIN2");
    // Signatures are remembered there too: nothing at all is taken, and Slack shows that it did not work.
    context.away = true;
    const lost = await slack.submit("U0ADMIN2", { reason: "not today" });
    context.away = false;
    const again = await slack.submit("U0ADMIN2", { reason: "not today" });

    expect(lost.acknowledged).toBe(false);
    expect(again.acknowledged).toBe(true);
    expect(context.ballots).toMatchObject([{ answer: "deny", reason: "not today" }]);
  });
});

describe("who presses", () => {
  /** Resolves once they alone were told `words`. */
  async function click(user: string, principal: string, email: string | null, words: string): Promise<void> {
    const asked = approvalOf({ id: `apr_${user}_${principal}`, principal, email });
    context.approvals.set(asked.id, asked);
    const [, ts = ""] = (await channel.notify(asked)).split("/");
    const before = slack.messages().length;
    await slack.click(ts, approveAction, user);
    await eventually(() =>
      slack
        .messages()
        .slice(before)
        .some(({ onlyFor, text }) => onlyFor === user && text.includes(words)),
    );
  }

  test.each([
    ["who asked, by the mapping", "U0ALICE", "alice", null, "a request of your own"],
    ["who asked, by a verified address", "U0ADMIN2", "dave.from.billing", "dave@example.com", "a request of your own"],
    ["a stranger", "U0STRANGER", "alice", null, "not among the approvers: kafka-admins"],
  ] as const)("%s is told so alone and gets no dialog", async (_, user, principal, email, words) => {
    await click(user, principal, email, words);

    expect(slack.dialogOf(user)).toBeNull();
    expect(context.ballots).toEqual([]);
  });

  test("who has left the Slack user group since does not get in", async () => {
    const byGroup = createPeople({ ...groups, "kafka-admins": { slackGroups: ["S0ADMINS"] } });
    const asked = approvalOf();
    const caller = (members: readonly string[]) => ({
      person: { kind: "slack", name: "U0ERIN", groups: members, email: null } as const,
      ballot: { person: "slack:U0ERIN", name: "Erin", channel: "slack", groups: members, email: null },
    });
    const room = { ...channelContext({ people: byGroup }) };
    room.approvals.set(asked.id, asked);

    const inside = await answerClick({ approval: asked.id, action: approveAction }, caller(["S0ADMINS"]), room);
    const outside = await answerClick({ approval: asked.id, action: approveAction }, caller([]), room);

    expect(inside.kind).toBe("open");
    expect(outside).toMatchObject({ kind: "say", text: expect.stringContaining("not among the approvers") });
  });
});

describe("what is sent off", () => {
  const caller = {
    person: { kind: "slack", name: "U0ADMIN1", groups: [], email: null },
    ballot: { person: "slack:U0ADMIN1", name: "Carol", channel: "slack", groups: [], email: null },
  } as const;

  test("a button that is not ours, but sounds like it, opens nothing", async () => {
    context.approvals.set(approval.id, approval);

    const answer = await answerClick({ approval: approval.id, action: "lockkeeper-approve-all" }, caller, context);

    expect(answer.kind).toBe("lost");
  });

  test.each([
    "",
    "{}",
    "null",
    '{"approval":"apr_01test","answer":"approve","as":"principal:root"}',
    '{"approval":1,"answer":"approve"}',
  ])("a dialog that keeps %s decides nothing", async (metadata) => {
    const answer = await answerSubmission({ view: "V1", metadata, values: {} }, caller, context);

    expect(answer).toMatchObject({ response_action: "update" });
    expect(context.ballots).toEqual([]);
  });

  test("a dialog of an approval that was decided meanwhile is told so", async () => {
    const metadata = JSON.stringify({ approval: "apr_gone", answer: "approve" });

    const answer = await answerSubmission({ view: "V2", metadata, values: {} }, caller, context);

    expect(JSON.stringify(answer)).toContain("There is no such approval");
  });
});

test("names of topics that try mark-up, mentions or links do nothing, wherever they are shown", async () => {
  const name = "<!channel> <@U0ADMIN1> <https://evil.example|orders> *bold* `code` @here";
  const asked = approvalOf({
    id: "apr_mark_up",
    operation: { ...approval.operation, resource: { type: "topic", name } },
    principal: "<!here>",
    requirements: [{ ...oneAdmin, why: "<!everyone> *now*" }],
  });
  context.approvals.set(asked.id, asked);
  const [, ts = ""] = (await channel.notify(asked)).split("/");
  await slack.click(ts, denyAction, "U0ADMIN2");
  const dialog = slack.dialogOf("U0ADMIN2");
  await slack.submit("U0ADMIN2", { reason: "<!channel> ``` *no*" });
  await slack.openHome("U0ADMIN2");

  const shown = JSON.stringify([
    slack.messages().filter((one) => one.ts === ts),
    dialog?.blocks,
    slack.homeOf("U0ADMIN2"),
  ]);

  expect(shown.replaceAll(/<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\dT:Z-]+>/g, "")).not.toMatch(/[<>]/);
  expect(shown).toContain("&lt;!channel&gt;");
});
