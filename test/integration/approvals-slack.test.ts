// The whole way of a click: gateway, Redis, BullMQ, the approver process with the real bolt, and a stand-in for Slack on loopback.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { approveAction, denyAction } from "../../src/approvals/channels/slack/message.ts";
import type { Approvals } from "../../src/approvals/create.ts";
import type { Supervised } from "../../src/approvals/supervise.ts";
import {
  directChannel,
  type SlackStandIn,
  type StandInMessage,
  startSlackStandIn,
} from "../../src/demo/parts/slack-stand-in/index.ts";
import { askFor, twoAdmins } from "../unit/approvals/fixtures.ts";
import { type Bench, never, openFor, startBench } from "./approvals-support.ts";

let bench: Bench;
let slack: SlackStandIn;
let gateway: Approvals;
let approver: Supervised;
let installation = 0;

beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

beforeEach(async () => {
  slack = await startSlackStandIn();
  gateway = await bench.gateway({ prefix: `slack-${++installation}` });
  approver = gateway.startApprover({ channels: { slack: settings(slack) }, logLevel: "silent" });
  await approver.ready;
});
afterEach(async () => {
  await approver.stop();
  await slack.stop();
});

const patient = { holdMs: 20_000, signal: never };
const ticket = { holdMs: 0, signal: never };

function settings(at: SlackStandIn) {
  return { token: at.token, appToken: at.appToken, channel: "#kafka-approvals", api: at.apiUrl };
}

/** The channel's message about a topic, once it says `words`. */
function saying(topic: string, words: string): Promise<StandInMessage> {
  return slack.until((message) => {
    const all = JSON.stringify(message.blocks);
    return message.threadTs === null && all.includes(topic) && all.includes(words);
  });
}

test("a held deletion is shown, approved by a click, let through once, and the message tells each step", async () => {
  const held = gateway.gate.ask(askFor({ topic: "orders" }), patient);
  const message = await saying("orders", "Approval wanted");
  await slack.connected();

  const click = await slack.decide(message.ts, approveAction, "U0ADMIN2");

  expect(click.acknowledged).toBe(true);
  expect(await held).toMatchObject({ kind: "approved", approval: { approvers: ["Dave (slack:U0ADMIN2)"] } });
  await gateway.gate.report((await openFor(gateway, "orders")).id, "NONE");
  const done = await saying("orders", "Approved and done");
  expect(done.ts).toBe(message.ts);
  expect(JSON.stringify(done.blocks)).not.toContain(approveAction);
  const told = await slack.until((one) => one.channel === directChannel("U0ALICE"));
  expect(told.text).toMatch(/(is|was) approved/);
});

test("a denial by a click reaches the client that waits", async () => {
  const held = gateway.gate.ask(askFor({ topic: "no-way" }), patient);
  const message = await saying("no-way", "Approval wanted");
  await slack.connected();

  await slack.decide(message.ts, denyAction, "U0ADMIN1");

  expect(await held).toMatchObject({ kind: "denied", message: expect.stringContaining("denied by Carol") });
  expect((await saying("no-way", "Denied")).ts).toBe(message.ts);
});

test("whoever may not decide is told so alone: the requester by their mapped name, and a stranger", async () => {
  await gateway.gate.ask(askFor({ topic: "mine" }), ticket);
  const message = await saying("mine", "Approval wanted");
  await slack.connected();

  const own = await slack.click(message.ts, approveAction, "U0ALICE");
  const strange = await slack.click(message.ts, approveAction, "U0STRANGER");

  expect([own.acknowledged, strange.acknowledged]).toEqual([true, true]);
  const toRequester = await slack.until((answer) => answer.onlyFor === "U0ALICE");
  const toStranger = await slack.until((answer) => answer.onlyFor === "U0STRANGER");
  expect(toRequester.text).toContain("a request of your own");
  expect(toStranger.text).toContain("not among the approvers: kafka-admins");
  expect(await openFor(gateway, "mine")).toMatchObject({ state: "pending", votes: [] });
});

test("two people are needed: one who clicks twice, and a click that Slack delivers again, count once", async () => {
  const held = gateway.gate.ask(askFor({ topic: "pairs", requirements: [twoAdmins] }), patient);
  const message = await saying("pairs", "Approval wanted");
  await slack.connected();

  const first = await slack.decide(message.ts, approveAction, "U0ADMIN1");
  const replayed = await slack.deliver(first.envelope);
  await slack.decide(message.ts, approveAction, "U0ADMIN1");
  await saying("pairs", "1 of 2 so far");
  const before = await openFor(gateway, "pairs");
  await slack.decide(message.ts, approveAction, "U0ADMIN2");

  expect(replayed).toBe(true);
  expect(before).toMatchObject({ state: "pending", votes: [{ person: "principal:carol" }] });
  expect(await held).toMatchObject({ kind: "approved" });
});

test("Slack is down when the approval is asked for: it is delivered when Slack is back", async () => {
  slack.setDown(true);
  await gateway.gate.ask(askFor({ topic: "patience" }), ticket);
  await expect.poll(() => slack.refusedCalls, { timeout: 10_000 }).toBeGreaterThan(0);

  slack.setDown(false);

  expect((await saying("patience", "Approval wanted")).edits).toBe(0);
});

test("the approver process is killed: it comes back, and what was asked meanwhile is shown once and can be decided", async () => {
  const back = approver.nextReady();
  process.kill(approver.pid ?? 0, "SIGKILL");
  const held = gateway.gate.ask(askFor({ topic: "survivor" }), patient);
  await back;
  const message = await saying("survivor", "Approval wanted");
  await slack.connected();

  await slack.decide(message.ts, approveAction, "U0ADMIN1");

  expect(await held).toMatchObject({ kind: "approved" });
  expect(approver.restarts).toBe(1);
  const shown = slack.messages().filter((one) => JSON.stringify(one.blocks).includes("survivor"));
  expect(shown).toHaveLength(1);
});

test("Redis is killed and comes back: an approval asked for before can be decided, one asked for after is shown", async () => {
  await gateway.gate.ask(askFor({ topic: "older" }), ticket);
  const older = await saying("older", "Approval wanted");
  await slack.connected();

  await bench.redis.kill();
  await bench.redis.restart();
  await expect.poll(() => gateway.healthy, { timeout: 5_000 }).toBe(true);
  await gateway.gate.ask(askFor({ topic: "newer" }), ticket);
  const newer = await saying("newer", "Approval wanted");
  await slack.decide(older.ts, approveAction, "U0ADMIN1");

  expect(slack.messages().filter((one) => JSON.stringify(one.blocks).includes("older"))).toHaveLength(1);
  expect(slack.messages().filter((one) => one.ts === newer.ts)).toHaveLength(1);
  expect((await saying("older", "Approved")).ts).toBe(older.ts);
});

test("an approval that nobody decides expires by its delayed job, and the message says so", async () => {
  const hasty = await bench.gateway({ prefix: `slack-${installation}`, expireMs: 500 });
  await hasty.gate.ask(askFor({ topic: "unheard" }), ticket);

  const expired = await saying("unheard", "Expired");

  expect(JSON.stringify(expired.blocks)).not.toContain(approveAction);
});

test("two approver processes show an approval once", async () => {
  const twin = await bench.gateway({ prefix: `slack-${installation}` });
  const second = twin.startApprover({ channels: { slack: settings(slack) }, logLevel: "silent" });
  await second.ready;
  await Promise.all(Array.from({ length: 10 }, (_, i) => gateway.gate.ask(askFor({ topic: `single-${i}.` }), ticket)));
  await Promise.all(Array.from({ length: 10 }, (_, i) => saying(`single-${i}.`, "Approval wanted")));

  await second.stop();

  expect(slack.messages().filter((one) => JSON.stringify(one.blocks).includes("single-"))).toHaveLength(10);
});

test("Slack asks the app to connect anew: clicks work over the next connection", async () => {
  await slack.connected();
  const held = gateway.gate.ask(askFor({ topic: "reconnect" }), patient);
  const message = await saying("reconnect", "Approval wanted");

  slack.disconnect();
  await expect.poll(() => slack.connections).toBe(0);
  await slack.connected();
  await slack.decide(message.ts, approveAction, "U0ADMIN1");

  expect(await held).toMatchObject({ kind: "approved" });
});

test("a token that is revoked during a reconnect may cost the approver process, never the gateway", async () => {
  await slack.connected();
  slack.revokeToken();
  slack.disconnect();
  await expect.poll(() => slack.refusedCalls, { timeout: 15_000 }).toBeGreaterThan(0);

  slack.restoreToken();
  await slack.connected();

  expect(await gateway.gate.ask(askFor({ topic: "revoked" }), ticket)).toMatchObject({ kind: "pending" });
  expect(await saying("revoked", "Approval wanted")).toBeDefined();
  expect(approver.restarts).toBe(1);
});
