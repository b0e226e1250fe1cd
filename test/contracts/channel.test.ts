// What every approval channel must do, run over each of the list: show, keep up to date, remind, tell, close; and reject when it could not.
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FollowingChannel } from "../../src/approvals/channels/channels.ts";
import { type ChannelSettings, channels } from "../../src/approvals/channels/index.ts";
import { type Log, silentLog } from "../../src/base/log.ts";
import { type SlackStandIn, startSlackStandIn } from "../../src/demo/parts/slack-stand-in/index.ts";
import { approvalStates } from "../../src/model/approval.ts";
import { channelContext } from "../support/slack-context.ts";
import { approvalOf, deletion } from "../unit/approvals/fixtures.ts";

let slack: SlackStandIn;
/** What the webhook's receiver got, and whether it takes anything. */
const received: string[] = [];
let receiverStatus = 204;
let receiver: Server;
const lines: string[] = [];
const log: Log = {
  ...silentLog,
  warn: (fields, message) => lines.push(`${JSON.stringify(fields)} ${message}`),
  child: () => log,
};

beforeAll(async () => {
  slack = await startSlackStandIn();
  receiver = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (chunk: string) => received.push(chunk));
    request.on("end", () => response.writeHead(receiverStatus).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await slack.stop();
  receiver.closeAllConnections();
  receiver.close();
});

/** All that people can read. */
function shown(): string {
  return [...lines, ...received].join("\n") + JSON.stringify(slack.messages());
}

function settings(): ChannelSettings {
  const address = receiver.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    console: {},
    slack: { token: slack.token, appToken: slack.appToken, channel: "#kafka-approvals", api: slack.apiUrl },
    webhooks: [{ url: `http://127.0.0.1:${port}/hook`, secret: `whsec_${Buffer.alloc(24, 7).toString("base64")}` }],
  };
}

const context = channelContext({ log });

describe.each(channels.map((plugin) => [plugin.name, plugin] as const))("the %s channel", (name, plugin) => {
  let channel: FollowingChannel;

  beforeAll(() => {
    const [opened] = plugin.open(settings(), context);
    if (opened === undefined) throw new Error("its settings are there");
    channel = opened;
  });
  afterAll(() => channel.close());

  test("is named after the list's, with nothing that BullMQ keeps for itself, and off without its settings", () => {
    expect(name.startsWith(channel.name.split("-")[0] ?? "")).toBe(true);
    expect(channel.name).not.toContain(":");
    expect(plugin.open({}, context)).toEqual([]);
  });

  test("shows who wants what, and gives a reference", async () => {
    const approval = approvalOf({ id: `apr_${name}_new`, principal: `asker-of-${name}` });

    const ref = await channel.notify(approval);

    expect(ref).not.toBe("");
    for (const part of [approval.id, approval.principal, "topic.delete", "orders.eu"]) expect(shown()).toContain(part);
  });

  test.each(approvalStates)("shows the state %s in the message that a reference names", async (state) => {
    const approval = approvalOf({ id: `apr_${name}_${state}` });
    const ref = await channel.notify(approval);

    await channel.update({ ...approval, state, result: state === "used" ? "NONE" : null }, ref);

    await expect(channel.remind(approval, ref)).resolves.toBeUndefined();
    await expect(channel.tell({ ...approval, state })).resolves.toBeUndefined();
  });

  test("takes any name that a client may think of", async () => {
    const hostile = `${"<!channel>".repeat(900)}\u0000\u202e\`\`\``;
    const operation = { ...deletion, resource: { type: "topic", name: hostile } as const };
    const approval = approvalOf({ id: `apr_${name}_hostile`, operation, principal: hostile });

    await expect(channel.notify(approval)).resolves.toEqual(expect.any(String));
  });

  test("that cannot deliver says so, within a bound, so that the workflow tries again", async () => {
    if (name === "console") return; // a line of our own log is always delivered
    slack.setDown(true);
    receiverStatus = 500;
    const startedAt = performance.now();

    const outcome = await channel.notify(approvalOf({ id: `apr_${name}_down` })).catch((error: unknown) => error);

    expect(outcome).toBeInstanceOf(Error);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    slack.setDown(false);
    receiverStatus = 204;
  });
});

test("nothing that a channel logs holds a token", async () => {
  const wrong = { token: "xoxb-secret-1", appToken: "xapp-secret-2", channel: "C0X", api: slack.apiUrl };
  const [channel] = channels[1].open({ slack: wrong }, context);
  await channel?.notify(approvalOf({ id: "apr_wrong_token" })).catch(() => {});
  await expect.poll(() => shown()).toContain("invalid_auth");

  await channel?.close();

  expect(shown()).not.toContain("secret");
});
