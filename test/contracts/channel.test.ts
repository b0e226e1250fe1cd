// What every approval channel must do, run over each of the list: show, keep up to date, remind, tell, close; and reject when it could not.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChannelContext, FollowingChannel } from "../../src/approvals/channels/channels.ts";
import { channels } from "../../src/approvals/channels/index.ts";
import { createPeople } from "../../src/approvals/people.ts";
import { systemClock } from "../../src/base/clock.ts";
import { type Log, silentLog } from "../../src/base/log.ts";
import { type SlackStandIn, startSlackStandIn } from "../../src/demo/parts/slack-stand-in/index.ts";
import type { ApprovalState } from "../../src/model/approval.ts";
import { approvalOf, deletion, groups, people } from "../unit/approvals/fixtures.ts";

const states = [
  "pending",
  "approved",
  "used",
  "lapsed",
  "denied",
  "expired",
  "cancelled",
] as const satisfies readonly ApprovalState[];

let slack: SlackStandIn;
const lines: string[] = [];
const log: Log = {
  ...silentLog,
  warn: (fields, message) => lines.push(`${JSON.stringify(fields)} ${message}`),
  child: () => log,
};

beforeAll(async () => {
  slack = await startSlackStandIn();
});
afterAll(() => slack.stop());

/** All that people can read. */
function shown(): string {
  return lines.join("\n") + JSON.stringify(slack.messages());
}

const context: ChannelContext = {
  desk: {
    list: () => Promise.resolve([]),
    get: () => Promise.resolve(null),
    vote: () => Promise.reject(new Error("unused")),
    cancel: () => Promise.reject(new Error("unused")),
  },
  people: createPeople(groups, people),
  store: { seen: () => Promise.resolve(false), markSeen: () => Promise.resolve() },
  clock: systemClock,
  log,
};

describe.each(channels.map((plugin) => [plugin.name, plugin] as const))("the %s channel", (name, plugin) => {
  let channel: FollowingChannel;

  beforeAll(() => {
    const settings = { token: slack.token, appToken: slack.appToken, channel: "#kafka-approvals", api: slack.apiUrl };
    const opened = plugin.open({ console: {}, slack: settings }, context);
    if (opened === null) throw new Error("its settings are there");
    channel = opened;
  });
  afterAll(() => channel.close());

  test("is named as in the list, and off without its settings", () => {
    expect(channel.name).toBe(name);
    expect(plugin.open({}, context)).toBeNull();
  });

  test("shows who wants what, and gives a reference", async () => {
    const approval = approvalOf({ id: `apr_${name}_new`, principal: `asker-of-${name}` });

    const ref = await channel.notify(approval);

    expect(ref).not.toBe("");
    for (const part of [approval.id, approval.principal, "topic.delete", "orders.eu"]) expect(shown()).toContain(part);
  });

  test.each(states)("shows the state %s in the message that a reference names", async (state) => {
    const approval = approvalOf({ id: `apr_${name}_${state}` });
    const ref = await channel.notify(approval);

    await channel.update({ ...approval, state, result: state === "used" ? "NONE" : null }, ref);

    await expect(channel.remind(approval, ref)).resolves.toBeUndefined();
    await expect(channel.tell({ ...approval, state })).resolves.toBeUndefined();
  });

  test("takes any name that a client may think of", async () => {
    const hostile = `${"<!channel>".repeat(900)}\u0000\u202e\`\`\``;
    const operation = { ...deletion, resource: { type: "topic", name: hostile } as const };

    await expect(channel.notify(approvalOf({ operation, principal: hostile }))).resolves.toEqual(expect.any(String));
  });
});

test("a channel that cannot deliver says so, within a bound, so that the workflow tries again", async () => {
  const settings = { token: slack.token, appToken: slack.appToken, channel: "C0X", api: slack.apiUrl };
  const channel = channels[1].open({ slack: settings }, context);
  slack.setDown(true);
  const startedAt = performance.now();

  const outcome = await channel?.notify(approvalOf()).catch((error: unknown) => error);

  expect(outcome).toBeInstanceOf(Error);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  slack.setDown(false);
  await channel?.close();
});

test("nothing that a channel logs holds a token", async () => {
  const settings = { token: "xoxb-secret-1", appToken: "xapp-secret-2", channel: "C0X", api: slack.apiUrl };
  const channel = channels[1].open({ slack: settings }, context);
  await channel?.notify(approvalOf()).catch(() => {});
  await expect.poll(() => shown()).toContain("invalid_auth");

  await channel?.close();

  expect(shown()).not.toContain("secret");
});
