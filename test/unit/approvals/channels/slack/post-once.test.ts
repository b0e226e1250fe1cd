// A message is posted once: whatever is lost on the way to Slack or back, whichever process asks, and however often.
import { webApi } from "@slack/bolt";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { slackLogger } from "../../../../../src/approvals/channels/slack/log.ts";
import { createPostOnce, type PostOnce } from "../../../../../src/approvals/channels/slack/post-once.ts";
import { silentLog } from "../../../../../src/base/log.ts";
import { type SlackStandIn, startSlackStandIn } from "../../../../../src/demo/parts/slack-stand-in/index.ts";
import { manualClock } from "../../../../support/manual-clock.ts";
import { channelContext, type TestChannelContext } from "../../../../support/slack-context.ts";

let slack: SlackStandIn;
let context: TestChannelContext;
let clock: ReturnType<typeof manualClock>;
let count = 0;
let approval: string;
const place = { channel: "C0APPROVALS" };

beforeAll(async () => {
  slack = await startSlackStandIn();
});
afterAll(() => slack.stop());
beforeEach(() => {
  slack.setFaults(() => null);
  context = channelContext();
  clock = manualClock();
  approval = `apr_once_${++count}`;
});

/** A process of its own: what it knows besides Redis goes with it. */
function approver(): PostOnce {
  const web = new webApi.WebClient(slack.token, {
    slackApiUrl: slack.apiUrl,
    timeout: 2_000,
    retryConfig: { retries: 0 },
    logger: slackLogger(silentLog),
  });
  return createPostOnce(web, context.store, clock);
}

const post = (once: PostOnce, at = place) => once(approval, "message", at, { text: `about ${approval}` });
const posted = () => slack.messages().filter(({ text }) => text === `about ${approval}`);

test("asked again, by the same process or another, it names the message that is there", async () => {
  const one = approver();

  const first = await post(one);

  expect(await post(one)).toEqual(first);
  expect(await post(approver())).toEqual(first);
  expect(posted()).toHaveLength(1);
});

test("asked by many at once it is posted by one of them", async () => {
  const one = approver();

  await Promise.all(Array.from({ length: 10 }, () => post(one)));

  expect(posted()).toHaveLength(1);
});

test("an answer that was lost is made up by looking: nothing is posted again", async () => {
  const one = approver();
  slack.setFaults((method) => (method === "chat.postMessage" ? "unanswered" : null));
  await expect(post(one)).rejects.toThrow("fetch failed");
  slack.setFaults(() => null);

  const found = await post(approver());

  expect(found.ts).toBe(posted()[0]?.ts);
  expect(posted()).toHaveLength(1);
});

test("a call that was lost is made again at once by the process that made it, later by another", async () => {
  const one = approver();
  slack.setFaults((method) => (method === "chat.postMessage" ? "lost" : null));
  await expect(post(one)).rejects.toThrow("fetch failed");
  slack.setFaults(() => null);

  await expect(post(approver())).rejects.toThrow("under way already");
  clock.advance(11_000);
  await post(approver());
  await post(one);

  expect(posted()).toHaveLength(1);
});

test("a time stamp that Redis did not take is stored by the next try", async () => {
  const one = approver();
  const setRef = context.store.setRef;
  context.store.setRef = () => Promise.reject(new Error("Redis is away"));
  // A channel by name: nobody could look for the message there.
  await expect(post(one, { channel: "#by-name" })).rejects.toThrow("Redis is away");
  context.store.setRef = setRef;

  await post(one, { channel: "#by-name" });

  expect(posted()).toHaveLength(1);
});

test("what was posted and never noted is found, what was never asked for is not", async () => {
  expect(await approver().find(approval, "message", place)).toBeNull();
  slack.setFaults((method) => (method === "chat.postMessage" ? "unanswered" : null));
  await expect(post(approver())).rejects.toThrow("fetch failed");
  slack.setFaults(() => null);

  expect(await approver().find(approval, "message", place)).toEqual({ channel: "C0APPROVALS", ts: posted()[0]?.ts });
});
