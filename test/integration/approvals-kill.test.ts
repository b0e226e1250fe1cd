// The approver process is killed, Slack is cut off, loses calls and answers, at every state of approvals, by a seed: in the end each approval has
// one message that shows its state, one line a step, one direct message an outcome. LOCKKEEPER_SEEDS=1,2,3 in the environment tries others.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { approveAction, denyAction } from "../../src/approvals/channels/slack/message.ts";
import type { Approvals } from "../../src/approvals/create.ts";
import type { Supervised } from "../../src/approvals/supervise.ts";
import { assertNever } from "../../src/base/assert.ts";
import {
  directChannel,
  type Fault,
  type SlackStandIn,
  type StandInMessage,
  startSlackStandIn,
} from "../../src/demo/parts/slack-stand-in/index.ts";
import { randomFrom } from "../support/random.ts";
import { eventually } from "../support/wait.ts";
import { askFor, oneAdmin, twoAdmins } from "../unit/approvals/fixtures.ts";
import { type Bench, never, openFor, startBench } from "./approvals-support.ts";

const seeds = (process.env["LOCKKEEPER_SEEDS"] ?? "1").split(",").map(Number);
const convergeMsMax = 120_000;

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

let slack: SlackStandIn;
let approver: Supervised;
afterEach(async () => {
  await approver.stop();
  await slack.stop();
});

const ticket = { holdMs: 0, signal: never };

type End = "used" | "approved" | "denied" | "expired" | "cancelled";

/** How a life ends, what happens in it, and what the message says then. */
const lives: readonly { readonly end: End; readonly says: string; readonly lines: readonly string[] }[] = [
  { end: "used", says: "Approved and done", lines: ["approved", "Used", "The broker has done it"] },
  { end: "approved", says: "Approved: ", lines: ["approved", "Approved. It can be used"] },
  { end: "denied", says: "Denied", lines: ["denied"] },
  { end: "expired", says: "Expired", lines: ["Expired"] },
  { end: "cancelled", says: "Cancelled", lines: ["Taken back"] },
];

test.each(seeds)("seed %i: nothing is lost, doubled or stuck", async (seed) => {
  const random = randomFrom(seed);
  const chance = (share: number): boolean => random() < share;
  slack = await startSlackStandIn();
  const gateway = await bench.gateway({ prefix: `kill-${seed}` });
  const channel = { token: slack.token, appToken: slack.appToken, channel: "C0APPROVALS", api: slack.apiUrl };
  approver = gateway.startApprover({ channels: { slack: channel }, logLevel: "silent" });
  await approver.ready;
  let calm = false;
  slack.setFaults(() =>
    calm || !chance(0.2) ? null : ((["lost", "unanswered", "busy"] as Fault[])[Math.floor(random() * 3)] ?? null),
  );
  let kills = 0;
  /** Between any two steps. Few kills: each makes the supervisor wait twice as long. */
  const trouble = async (): Promise<void> => {
    if (chance(0.3)) slack.cut();
    if (kills < 4 && chance(0.5) && approver.pid !== null) {
      kills += 1;
      const back = approver.nextReady();
      process.kill(approver.pid, "SIGKILL");
      if (chance(0.5)) await back;
    }
  };

  await Promise.all(lives.map(({ end }) => live(gateway, `seed-${seed}-${end}.`, end, trouble)));
  calm = true;

  for (const { end, says, lines } of lives) {
    const topic = `seed-${seed}-${end}.`;
    const neverShown = about(topic).channel.length === 0;
    const whole = () => {
      const found = about(topic);
      const [message] = found.channel;
      if (message === undefined && end === "expired" && neverShown) return found;
      if (message === undefined || !JSON.stringify(message.blocks).includes(says)) return undefined;
      return lines.every((line) => found.thread.some(({ text }) => text.includes(line))) ? found : undefined;
    };
    const found = await eventually(whole, {
      deadlineMs: convergeMsMax,
      what: `seed ${seed}: ${topic} ${says}, ${lines.join(", ")}`,
    });

    expect(found.channel.length, `${topic} has one message`).toBe(neverShown && end === "expired" ? 0 : 1);
    expect(JSON.stringify(found.channel.map(({ blocks }) => blocks))).not.toContain(approveAction);
    for (const texts of [found.thread, found.direct].map((all) => all.map(({ text }) => text)))
      expect(texts, `${topic} says nothing twice`).toEqual([...new Set(texts)]);
  }
  expect(kills).toBeGreaterThan(0);
  const open = await gateway.desk.list({ states: ["pending"] });
  expect(open).toEqual([]);
});

/** What people can see about a topic. */
function about(topic: string) {
  const all = slack.messages();
  const channel = all.filter((one) => one.channel === "C0APPROVALS" && one.threadTs === null && mentions(one, topic));
  const thread = all.filter(({ threadTs }) => threadTs !== null && threadTs === channel[0]?.ts);
  const direct = all.filter((one) => one.channel === directChannel("U0ALICE") && mentions(one, topic));
  return { channel, thread, direct };
}

function mentions({ text, blocks }: StandInMessage, topic: string): boolean {
  return text.includes(topic) || JSON.stringify(blocks).includes(topic);
}

async function live(gateway: Approvals, topic: string, end: End, trouble: () => Promise<void>): Promise<void> {
  const requirement = end === "expired" ? { ...oneAdmin, expireMs: 15_000 } : end === "used" ? twoAdmins : oneAdmin;
  const ask = askFor({ topic, requirements: [requirement] });
  await gateway.gate.ask(ask, ticket);
  await trouble();
  const by = (user: string, action: string) => decide(gateway, topic, action, user);
  switch (end) {
    case "used":
      await by("U0ADMIN1", approveAction);
      await trouble();
      await by("U0ADMIN2", approveAction);
      await trouble();
      expect(await gateway.gate.ask(ask, ticket)).toMatchObject({ kind: "approved" });
      await trouble();
      await gateway.gate.report((await openFor(gateway, topic)).id, "NONE");
      break;
    case "approved":
      await by("U0ADMIN2", approveAction);
      break;
    case "denied":
      await by("U0ADMIN2", denyAction);
      break;
    case "expired":
      // Nobody does anything. Where Slack was away all the time, it is no news any more and never shown.
      await eventually(async () => (await openFor(gateway, topic)).state === "expired", { deadlineMs: convergeMsMax });
      break;
    case "cancelled": {
      await shown(topic);
      const { id } = await openFor(gateway, topic);
      await gateway.desk.cancel(id, { person: "principal:alice", name: "alice", reason: null, channel: "test" });
      break;
    }
    default:
      assertNever(end);
  }
  await trouble();
}

async function shown(topic: string): Promise<StandInMessage> {
  return await eventually(() => about(topic).channel[0], {
    deadlineMs: convergeMsMax,
    what: `a message about ${topic}`,
  });
}

/** As a person does it: presses again until it is taken. */
async function decide(gateway: Approvals, topic: string, action: string, user: string): Promise<void> {
  const { ts } = await shown(topic);
  const before = (await openFor(gateway, topic)).votes.length;
  await eventually(
    async () => {
      if ((await openFor(gateway, topic)).votes.length > before) return true;
      await slack.decide(ts, action, user, "seen");
      return (await openFor(gateway, topic)).votes.length > before;
    },
    { deadlineMs: convergeMsMax, what: `${user}'s answer to ${topic}` },
  );
}
