// The stand-in refuses what Slack refuses: otherwise what passes here would fail there.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SlackStandIn, startSlackStandIn } from "../../../src/demo/parts/slack-stand-in/index.ts";

let slack: SlackStandIn;
beforeAll(async () => {
  slack = await startSlackStandIn();
});
afterAll(() => slack.stop());

async function call(method: string, form: Record<string, string>, token = slack.token): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${slack.apiUrl}${method}`, { method: "POST", headers, body: new URLSearchParams(form) });
  return answer.json();
}

const section = (text: string) => JSON.stringify([{ type: "section", text: { type: "mrkdwn", text } }]);

test("a message can be posted, read and changed, each by its time stamp", async () => {
  const posted = await call("chat.postMessage", { channel: "#a", text: "one" });

  expect(posted).toMatchObject({ ok: true, channel: "C0A" });
  const [message] = slack.messages();
  await call("chat.update", { channel: "C0A", ts: message?.ts ?? "", text: "two" });
  expect(slack.messages()).toMatchObject([{ text: "two", edits: 1 }]);
});

test.each([
  ["no such method", "chat.shout", { channel: "C0A", text: "x" }, undefined, "unknown_method"],
  ["another token", "chat.postMessage", { channel: "C0A", text: "x" }, "xoxb-other", "invalid_auth"],
  ["a bot token for a socket", "apps.connections.open", {}, undefined, "invalid_auth"],
  ["no text", "chat.postMessage", { channel: "C0A" }, undefined, "no_text"],
  [
    "a section too long",
    "chat.postMessage",
    { channel: "C0A", blocks: section("x".repeat(3_001)) },
    undefined,
    "invalid_blocks",
  ],
  ["an empty section", "chat.postMessage", { channel: "C0A", blocks: section("") }, undefined, "invalid_blocks"],
  ["an unknown message", "chat.update", { channel: "C0A", ts: "1.0", text: "x" }, undefined, "message_not_found"],
] as const)("%s is refused", async (_, method, form, token, error) => {
  expect(await call(method, form, token)).toEqual({ ok: false, error });
});

test("the page is served, and a form of another site cannot press its buttons", async () => {
  const page = await fetch(slack.pageUrl);
  const forged = await fetch(`${slack.pageUrl}act`, { method: "POST", body: new URLSearchParams({ ts: "1.0" }) });

  expect(await page.text()).toContain("Stand-in for Slack");
  expect(forged.status).toBe(404);
});

test("a click without a connected app is not acknowledged; one on a missing button is an error", async () => {
  const button = { type: "button", action_id: "go", value: "1", text: { type: "plain_text", text: "Go" } };
  await call("chat.postMessage", { channel: "C0A", blocks: JSON.stringify([{ type: "actions", elements: [button] }]) });
  const ts = slack.messages().at(-1)?.ts ?? "";

  expect(await slack.click(ts, "go", "U0ADMIN1")).toMatchObject({ acknowledged: false });
  await expect(slack.click(ts, "stop", "U0ADMIN1")).rejects.toThrow("no button");
});

describe("a dialog", () => {
  const button = { type: "button", action_id: "go", value: "1", text: { type: "plain_text", text: "Go" } };
  const view = (changes: object = {}) => ({
    type: "modal",
    callback_id: "why",
    title: { type: "plain_text", text: "Why" },
    submit: { type: "plain_text", text: "Send" },
    blocks: [
      {
        type: "input",
        block_id: "reason",
        label: { type: "plain_text", text: "Reason" },
        element: { type: "plain_text_input", action_id: "reason" },
      },
    ],
    ...changes,
  });

  /** A trigger as an app gets it with a click. */
  async function trigger(user = "U0ADMIN1"): Promise<string> {
    const actions = [{ type: "actions", elements: [button] }];
    await call("chat.postMessage", { channel: "C0A", blocks: JSON.stringify(actions) });
    const { envelope } = await slack.click(slack.messages().at(-1)?.ts ?? "", "go", user);
    return String(envelope.payload["trigger_id"]);
  }

  test("opens for whoever pressed, once for a click", async () => {
    const id = await trigger("U0ADMIN2");

    const first = await call("views.open", { trigger_id: id, view: JSON.stringify(view()) });
    const second = await call("views.open", { trigger_id: id, view: JSON.stringify(view()) });

    expect(first).toMatchObject({ ok: true });
    expect(second).toEqual({ ok: false, error: "invalid_trigger_id" });
    expect(slack.dialogOf("U0ADMIN2")?.view["callback_id"]).toBe("why");
  });

  test.each([
    ["a title too long", { title: { type: "plain_text", text: "x".repeat(25) } }],
    ["nothing to send it with", { submit: undefined }],
    ["too much kept", { private_metadata: "x".repeat(3_001) }],
    ["blocks with one id", { blocks: [...view().blocks, ...view().blocks] }],
    ["a block that nobody knows", { blocks: [{ type: "carousel" }] }],
  ])("with %s is refused", async (_, changes) => {
    const opened = await call("views.open", { trigger_id: await trigger(), view: JSON.stringify(view(changes)) });

    expect(opened).toEqual({ ok: false, error: "invalid_arguments" });
  });
});

test("a message takes no input, and its metadata must be whole", async () => {
  const input = [
    { type: "input", label: { type: "plain_text", text: "x" }, element: { type: "plain_text_input", action_id: "x" } },
  ];

  expect(await call("chat.postMessage", { channel: "C0A", blocks: JSON.stringify(input) })).toMatchObject({
    ok: false,
  });
  expect(await call("chat.postMessage", { channel: "C0A", text: "x", metadata: "{}" })).toMatchObject({ ok: false });
});

test("a call that is lost, or whose answer is, fails; only the second was done", async () => {
  const before = slack.messages().length;

  for (const fault of ["lost", "unanswered"] as const) {
    slack.setFaults(() => fault);
    await expect(call("chat.postMessage", { channel: "C0A", text: fault })).rejects.toThrow("fetch failed");
  }
  slack.setFaults(() => null);

  expect(
    slack
      .messages()
      .slice(before)
      .map(({ text }) => text),
  ).toEqual(["unanswered"]);
});

test("who has no scope for a method is refused", async () => {
  const scarce = await startSlackStandIn({ scopes: ["chat:write"] });
  const headers = { authorization: `Bearer ${scarce.token}` };

  const answer = await fetch(`${scarce.apiUrl}users.info`, {
    method: "POST",
    headers,
    body: new URLSearchParams({ user: "U0ADMIN1" }),
  });

  expect(await answer.json()).toEqual({ ok: false, error: "missing_scope" });
  await scarce.stop();
});
