// The workflow without Redis and without BullMQ: which jobs a change asks for, and what jobs do when they come late, twice or in odd order.
import { expect, test } from "vitest";
import type { FollowingChannel } from "../../../src/approvals/channels/channels.ts";
import type { ApprovalEvent } from "../../../src/approvals/events.ts";
import { eventKinds } from "../../../src/approvals/scripts.ts";
import { createWorkflow, jobsFor } from "../../../src/approvals/workflow.ts";
import type { Approval } from "../../../src/model/approval.ts";
import { approvalOf } from "./fixtures.ts";

const hourMs = 3_600_000;

function event(kind: ApprovalEvent["kind"], approval = approvalOf()): ApprovalEvent {
  return { entry: "1-0", kind, at: approval.createdAt, approval };
}

/** A channel that writes down what it is asked, and a store that holds one approval. */
function stage(present: Approval, ref?: string) {
  const calls: string[] = [];
  let approval = present;
  const broken = { redis: false };
  const refs: Record<string, string> = ref === undefined ? {} : { test: ref };
  const say = (what: string) => (shown: Approval) => {
    calls.push(`${what} ${shown.state}`);
    return Promise.resolve();
  };
  const channel: FollowingChannel = {
    name: "test",
    notify: async (shown) => {
      await say("notify")(shown);
      return "ref";
    },
    update: say("update"),
    remind: say("remind"),
    tell: say("tell"),
    close: () => Promise.resolve(),
  };
  const store = {
    get: () => Promise.resolve(approval),
    refs: () => Promise.resolve(refs),
    report: (_: string, result: string) => {
      calls.push(`report ${result}`);
      return Promise.resolve({ outcome: "counted" as const, approval });
    },
    setRef: (_: string, name: string, value: string) => {
      if (broken.redis) return Promise.reject(new Error("Redis is away"));
      refs[name] = value;
      return Promise.resolve();
    },
  };
  const change = (next: Approval) => {
    approval = next;
  };
  return { calls, broken, channel, change, run: createWorkflow({ store, channels: [channel] }) };
}

test("a new approval is shown in each channel, remembered at half time, and expires by a delayed job", () => {
  const approval = approvalOf();

  const jobs = jobsFor(event("requested", approval), ["slack", "console"], approval.createdAt);

  expect(jobs.map((job) => [job.name, job.channel, job.delayMs])).toEqual([
    ["notify", "slack", 0],
    ["notify", "console", 0],
    ["remind", "slack", 2 * hourMs],
    ["remind", "console", 2 * hourMs],
    ["expire", null, 4 * hourMs + 50],
  ]);
});

test("the same event gives the same job ids, so that a second delivery adds nothing", () => {
  for (const kind of eventKinds) {
    const ids = jobsFor(event(kind), ["slack"], 0).map((job) => job.jobId);
    expect(jobsFor(event(kind), ["slack"], 5_000).map((job) => job.jobId)).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.join("")).not.toContain(":");
  }
});

test("an approval that was shown already is brought up to date, not shown twice", async () => {
  const { calls, run } = stage(approvalOf(), "ref");

  await run({ name: "notify", approval: "apr_01test", channel: "test" });

  expect(calls).toEqual(["update pending"]);
});

test("a message whose reference could not be stored is not posted again by the next try", async () => {
  const { broken, calls, run } = stage(approvalOf());
  const job = { name: "notify", approval: "apr_01test", channel: "test" } as const;
  broken.redis = true;
  await expect(run(job)).rejects.toThrow("Redis is away");
  broken.redis = false;

  await run(job);

  expect(calls).toEqual(["notify pending"]);
});

test("a decision that falls before the reference is stored is shown once it is", async () => {
  const { broken, calls, change, run } = stage(approvalOf());
  const job = { name: "notify", approval: "apr_01test", channel: "test" } as const;
  broken.redis = true;
  await expect(run(job)).rejects.toThrow("Redis is away");
  broken.redis = false;
  change(approvalOf({ state: "approved" }));
  await run({ ...job, name: "update" });

  await run(job);

  expect(calls).toEqual(["notify pending", "update approved"]);
});

test("an approval that was decided before the channel could be reached is no news", async () => {
  const { calls, run } = stage(approvalOf({ state: "denied" }));

  await run({ name: "notify", approval: "apr_01test", channel: "test" });

  expect(calls).toEqual([]);
});

test("a decision that falls while the message is being posted is shown right after", async () => {
  const { calls, channel, change, run } = stage(approvalOf());
  const notify = channel.notify.bind(channel);
  channel.notify = async (shown) => {
    const ref = await notify(shown);
    change(approvalOf({ state: "approved" }));
    return ref;
  };

  await run({ name: "notify", approval: "apr_01test", channel: "test" });

  expect(calls).toEqual(["notify pending", "update approved"]);
});

test("an update that was overtaken by a newer state ends with the newest", async () => {
  const { calls, channel, change, run } = stage(approvalOf({ state: "approved" }), "ref");
  const update = channel.update.bind(channel);
  channel.update = async (shown, ref) => {
    await update(shown, ref);
    change(approvalOf({ state: "used" }));
  };

  await run({ name: "update", approval: "apr_01test", channel: "test" });

  expect(calls).toEqual(["update approved", "update used"]);
});

test("a reminder that comes after the decision says nothing", async () => {
  const { calls, run } = stage(approvalOf({ state: "approved" }), "ref");

  await run({ name: "remind", approval: "apr_01test", channel: "test" });

  expect(calls).toEqual([]);
});

test("an expiry that comes early comes again, one that is in time is done", async () => {
  const open = approvalOf();
  const early = await stage(open).run({ name: "expire", approval: open.id, channel: null });
  const inTime = await stage(approvalOf({ state: "expired" })).run({
    name: "expire",
    approval: open.id,
    channel: null,
  });

  expect(early).toBeGreaterThan(open.expiresAt);
  expect(inTime).toBeNull();
});
