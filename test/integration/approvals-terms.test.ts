// The terms of an approval on a real Redis: stages, reasons, windows, times, who left, breaking the glass, taking back, and what a change of
// the world does to what was given.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Approvals } from "../../src/approvals/create.ts";
import type { MembershipSource } from "../../src/approvals/membership.ts";
import type { ApprovalAsk } from "../../src/model/approval.ts";
import type { ApprovalRequirement } from "../../src/model/decision.ts";
import { askFor, oneAdmin, twoAdmins } from "../unit/approvals/fixtures.ts";
import { type Bench, never, no, openFor, startBench, yes } from "./approvals-support.ts";

let bench: Bench;
let one: Approvals;
let two: Approvals;
/** Persons whom the membership source says to have left. */
const left = new Set<string>();
const memberships: MembershipSource[] = [
  { satisfies: async ({ person }) => (left.has(person) ? [] : null) },
  { satisfies: async () => null },
];

beforeAll(async () => {
  bench = await startBench();
  one = await bench.gateway({ memberships });
  two = await bench.gateway({ memberships });
});
afterAll(() => bench.close());

const ticket = { holdMs: 0, signal: never };
const privacy: ApprovalRequirement = { ...oneAdmin, rule: "pii", approvers: ["privacy"] };

async function opened(topic: string, requirements: readonly ApprovalRequirement[], more: Partial<ApprovalAsk> = {}) {
  const ask = askFor({ topic, requirements, ...more });
  const outcome = await one.gate.ask(ask, ticket);
  const { id } = await openFor(one, topic);
  return { ask, id, outcome };
}

describe("stages", () => {
  const staged = [oneAdmin, { ...privacy, stage: 2 }];

  test("are asked one after the other, and the requester is told whose turn it is", async () => {
    const { ask, id, outcome } = await opened("staged", staged);
    expect(outcome).toHaveProperty(
      "message",
      expect.stringContaining("is waiting for kafka-admins, then 1 more stage."),
    );

    await expect(one.desk.vote(id, yes("slack:U0PRIVACY"))).rejects.toMatchObject({
      code: "approval-refused",
      message: "It is not your turn: stage 1 waits for kafka-admins, then 1 more stage.",
    });
    const between = await one.desk.vote(id, yes("slack:U0ADMIN1"));
    const asked = await two.gate.ask(ask, ticket);
    const after = await two.desk.vote(id, yes("slack:U0PRIVACY"));

    expect(between).toMatchObject({ state: "pending", stage: 2, votes: [{ stage: 1 }] });
    expect(asked).toHaveProperty("message", expect.stringContaining("is waiting for privacy. Run"));
    expect(after).toMatchObject({ state: "approved", stage: 2, votes: [{ stage: 1 }, { stage: 2 }] });
  });

  test("count a person in one of them only, though they are in both groups", async () => {
    const { id } = await opened("both", [oneAdmin, { ...oneAdmin, rule: "again", stage: 2 }]);
    await one.desk.vote(id, yes("slack:U0ADMIN1"));

    await expect(one.desk.vote(id, yes("local:carol"))).rejects.toMatchObject({
      message: expect.stringContaining("counted once"),
    });
    expect(await one.desk.get(id)).toMatchObject({ state: "pending", stage: 2 });
  });

  test("do not keep an approver of a later one from saying no at once", async () => {
    const { id } = await opened("early-no", staged);

    expect(await one.desk.vote(id, no("slack:U0PRIVACY", "never"))).toMatchObject({ state: "denied" });
  });
});

test("a rule that wants a reason takes no yes without one", async () => {
  const { id } = await opened("reason", [{ ...oneAdmin, reason: "required" }]);

  await expect(one.desk.vote(id, yes())).rejects.toMatchObject({
    message: expect.stringContaining("a reason is required"),
  });
  await expect(one.desk.vote(id, { ...yes(), reason: "   " })).rejects.toMatchObject({ code: "approval-refused" });
  expect(await one.desk.vote(id, { ...yes(), reason: "ticket 42" })).toMatchObject({
    state: "approved",
    votes: [{ reason: "ticket 42" }],
  });
});

test("the shortest times of the rules hold, before those of the configuration", async () => {
  const { id } = await opened("times", [
    { ...oneAdmin, expireMs: 60_000, grantMs: 9_000 },
    { ...privacy, expireMs: 90_000, grantMs: 5_000 },
  ]);
  await one.desk.vote(id, yes());
  const approval = await one.desk.vote(id, yes("slack:U0PRIVACY"));

  expect(approval.expiresAt - approval.createdAt).toBe(60_000);
  expect((approval.grantUntil ?? 0) - (approval.decidedAt ?? 0)).toBe(5_000);
});

test("what is approved outside its window waits as a grant whose time begins when the window opens", async () => {
  const tomorrow = new Date(Date.now() + 86_400_000);
  const day = tomorrow.toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" }).toLowerCase() as "monday";
  const window = { days: [day], fromMinute: 0, toMinute: 1_440, zone: "UTC" };
  const { ask, id } = await opened("window", [{ ...oneAdmin, window, grantMs: 60_000 }]);
  const approval = await one.desk.vote(id, yes());

  const outcome = await one.gate.ask(ask, ticket);

  const midnight = new Date(tomorrow).setUTCHours(0, 0, 0, 0);
  expect(approval.grantUntil).toBe(midnight + 60_000);
  expect(outcome).toMatchObject({
    kind: "pending",
    message: expect.stringContaining(`only be used ${day} UTC, next from`),
  });
  expect(await one.desk.get(id)).toMatchObject({ state: "approved" });
});

describe("an approver who left the group", () => {
  test("does not count when the next one says yes", async () => {
    const { id } = await opened("left-early", [twoAdmins]);
    await one.desk.vote(id, yes("slack:U0ADMIN1"));
    left.add("principal:carol");

    const second = await one.desk.vote(id, yes("slack:U0ADMIN2"));
    left.clear();
    const back = await one.desk.vote(id, yes("slack:U0ADMIN1"));

    expect(second).toMatchObject({ state: "pending", votes: [{ person: "slack:U0ADMIN2" }] });
    expect(back).toMatchObject({ state: "approved" });
  });

  test("voids a grant in the moment of use, and it says so", async () => {
    const { ask, id } = await opened("left-late", [oneAdmin]);
    await one.desk.vote(id, yes("slack:U0ADMIN1"));
    left.add("principal:carol");

    const outcome = await two.gate.ask(ask, ticket);
    left.clear();

    expect(outcome).toMatchObject({
      kind: "void",
      message: `Approval ${id} is void: slack:U0ADMIN1 may not approve it any more. Run the command again to ask anew.`,
    });
    expect((await two.gate.ask(ask, ticket)).kind).toBe("pending");
  });
});

describe("breaking the glass", () => {
  const glass = [
    { ...oneAdmin, breakGlass: ["privacy"] },
    { ...privacy, stage: 2, breakGlass: ["privacy"] },
  ];
  const broken = (reason: string | null, person = "slack:U0PRIVACY") =>
    ({ person, name: "Paula", answer: "break-glass", reason, channel: "test" }) as const;

  test("goes ahead at once, over all stages, with a reason, and is an event of its own", async () => {
    const { ask, id } = await opened("glass", glass);
    await expect(one.desk.vote(id, broken(null))).rejects.toMatchObject({
      message: expect.stringContaining("Say why"),
    });

    const approval = await one.desk.vote(id, broken("the site is down"));

    expect(approval).toMatchObject({
      state: "approved",
      votes: [{ answer: "break-glass", reason: "the site is down" }],
    });
    expect(await two.gate.ask(ask, ticket)).toMatchObject({
      kind: "approved",
      approval: { approvers: ["Paula (slack:U0PRIVACY)"] },
    });
  });

  test("is for members of each rule's group only, and for nobody where a rule names none", async () => {
    const { id } = await opened("glass-closed", [{ ...oneAdmin, breakGlass: ["privacy"] }, privacy]);
    await expect(one.desk.vote(id, broken("please"))).rejects.toMatchObject({ code: "approval-refused" });
    const { id: other } = await opened("glass-other", glass);
    await expect(one.desk.vote(other, broken("please", "slack:U0ADMIN1"))).rejects.toMatchObject({
      message: expect.stringContaining("in no group that may go ahead"),
    });
  });
});

describe("taking back", () => {
  test("is the requester's while it waits, and an approver's once it is given", async () => {
    const { id } = await opened("back", [oneAdmin]);
    const by = (person: string, reason: string | null = null) => ({ person, name: person, reason, channel: "test" });
    await expect(one.desk.cancel(id, by("slack:U0ADMIN2"))).rejects.toMatchObject({
      message: expect.stringContaining("deny it instead"),
    });
    await expect(one.desk.cancel(id, by("slack:U0NOBODY"))).rejects.toMatchObject({ code: "approval-refused" });
    await one.desk.vote(id, yes());

    const revoked = await one.desk.cancel(id, by("slack:U0ADMIN2", "changed my mind"));

    expect(revoked).toMatchObject({ state: "cancelled", note: "revoked by slack:U0ADMIN2: changed my mind" });
    const { id: own } = await opened("own", [oneAdmin]);
    expect(await one.desk.cancel(own, by("principal:alice"))).toMatchObject({
      state: "cancelled",
      note: "withdrawn by principal:alice",
    });
  });
});

describe("a world that moved on", () => {
  test("voids the approval of the same command about what was there before, and the new one says so", async () => {
    const { ask, id } = await opened("moved", [oneAdmin]);
    await one.desk.vote(id, yes());

    const outcome = await two.gate.ask({ ...ask, digest: askFor().digest }, ticket);

    expect(await one.desk.get(id)).toMatchObject({ state: "void" });
    expect(outcome).toHaveProperty(
      "message",
      expect.stringContaining(`Approval ${id} is void: what it was about has changed.`),
    );
    // and the old one is not found again by who still sees the old world
    expect(await one.gate.ask(ask, ticket)).not.toHaveProperty("approval.id", id);
  });

  test("voids what was used up for it, when it shows only then", async () => {
    const { ask, id } = await opened("too-late", [oneAdmin]);
    await one.desk.vote(id, yes());
    await one.gate.ask(ask, ticket);

    await one.gate.void(id, "what was shown has changed since (topicId)");

    expect(await one.desk.get(id)).toMatchObject({ state: "void", note: expect.stringContaining("topicId") });
  });
});

describe("an outcome that nobody knows", () => {
  test("is a state of its own, which a late answer ends", async () => {
    const { ask, id } = await opened("lost", [oneAdmin]);
    await one.desk.vote(id, yes());
    await one.gate.ask(ask, ticket);

    await one.gate.report(id, "UNKNOWN");
    const unknown = await one.desk.get(id);
    await one.gate.report(id, "NONE");

    expect(unknown).toMatchObject({ state: "unknown", result: "UNKNOWN" });
    expect(await one.desk.get(id)).toMatchObject({ state: "used", result: "NONE" });
  });
});

test("what was used up for a client that left is given back, once, for the next run", async () => {
  const { ask, id } = await opened("given-back", [oneAdmin]);
  await one.desk.vote(id, yes());
  await one.gate.ask(ask, ticket);

  await one.gate.giveBack(id);
  const again = await two.gate.ask(ask, ticket);
  await one.gate.report(id, "NONE");
  await one.gate.giveBack(id);

  expect(again).toMatchObject({ kind: "approved", approval: { id } });
  expect(await one.desk.get(id)).toMatchObject({ state: "used", result: "NONE" });
});

test("a secret is sealed alike by every gateway of an installation, and otherwise by another installation", async () => {
  const other = await bench.gateway({ prefix: "other" });

  const [first, second, third] = await Promise.all([one, two, other].map(({ gate }) => gate.seal("hunter2")));

  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});
