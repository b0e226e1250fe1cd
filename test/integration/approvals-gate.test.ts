// The gate on a real Redis: what a client that asks for something risky gets, in every order in which people, time and Redis can act.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Approvals } from "../../src/approvals/create.ts";
import { limits } from "../../src/base/limits.ts";
import { askFor, oneAdmin, twoAdmins } from "../unit/approvals/fixtures.ts";
import { type Bench, never, no, openFor, startBench, yes } from "./approvals-support.ts";

let bench: Bench;
let one: Approvals;
let two: Approvals;

beforeAll(async () => {
  bench = await startBench();
  one = await bench.gateway();
  two = await bench.gateway();
});
afterAll(() => bench.close());

const ticket = { holdMs: 0, signal: never };
const patient = { holdMs: 20_000, signal: never };

test("a request out of patience gets a ticket that names the approval and what to do", async () => {
  const outcome = await one.gate.ask(askFor(), ticket);

  expect(outcome).toMatchObject({ kind: "pending", approval: { approvers: [] } });
  expect(outcome).toHaveProperty(
    "message",
    expect.stringMatching(
      /^Approval apr_\w+ is waiting for kafka-admins\. Run the same command again once it is approved\.$/,
    ),
  );
});

test("a held request goes ahead when it is approved while it waits, at once and by another replica's desk", async () => {
  const ask = askFor({ topic: "held" });
  const startedAt = performance.now();
  const held = one.gate.ask(ask, patient);
  await expect.poll(() => openFor(two, "held")).toMatchObject({ state: "pending" });

  await two.desk.vote((await openFor(two, "held")).id, yes());

  expect(await held).toMatchObject({ kind: "approved", approval: { approvers: ["slack:U0ADMIN1 (principal:carol)"] } });
  expect(performance.now() - startedAt).toBeLessThan(limits.approvalPollMs);
  expect(await openFor(one, "held")).toMatchObject({ state: "used" });
});

test("a resend attaches to the open approval, whatever its session and address", async () => {
  const ask = askFor();
  const first = await one.gate.ask(ask, ticket);

  const second = await two.gate.ask({ ...ask, session: "ses_2", client: "10.0.0.8:1" }, ticket);

  expect(second).toHaveProperty("approval.id", first.kind === "pending" ? first.approval.id : "");
});

test("the same operation by another principal opens another approval", async () => {
  const first = await one.gate.ask(askFor({ topic: "shared" }), ticket);

  const second = await one.gate.ask(askFor({ topic: "shared", principal: "mallory" }), ticket);

  expect(second.kind).toBe("pending");
  expect(second).not.toHaveProperty("approval.id", first.kind === "pending" ? first.approval.id : "");
});

test("a ticket that was approved is used by the re-run on another replica, and only once", async () => {
  const ask = askFor({ topic: "rerun" });
  await one.gate.ask(ask, ticket);
  await one.desk.vote((await openFor(one, "rerun")).id, yes());

  const rerun = await two.gate.ask(ask, ticket);
  const again = await two.gate.ask(ask, ticket);

  expect(rerun.kind).toBe("approved");
  expect(again.kind).toBe("pending");
});

test("of 200 racing re-runs over two replicas exactly one wins the grant", async () => {
  const ask = askFor({ topic: "race" });
  await one.gate.ask(ask, ticket);
  await one.desk.vote((await openFor(one, "race")).id, yes());

  const runs = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? one : two).gate.ask(ask, ticket));
  const outcomes = await Promise.all(runs);

  expect(outcomes.filter((outcome) => outcome.kind === "approved")).toHaveLength(1);
  // who came before it was used up hears that another run was faster, who came after asks anew
  expect(outcomes.filter(({ kind }) => kind === "pending" || kind === "expired")).toHaveLength(199);
});

test("of two connections that wait for one approval exactly one goes ahead, the other hears why not", async () => {
  const ask = askFor({ topic: "twins" });
  const held = [one.gate.ask(ask, patient), two.gate.ask(ask, patient)];
  await expect.poll(() => openFor(one, "twins")).toBeDefined();

  await one.desk.vote((await openFor(one, "twins")).id, yes());
  const outcomes = await Promise.all(held);

  expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual(["approved", "expired"]);
  expect(outcomes.find((outcome) => outcome.kind === "expired")).toHaveProperty(
    "message",
    expect.stringContaining("was used by another run"),
  );
});

test("a denial ends the wait with who and why, and stands against the client's own retries", async () => {
  const ask = askFor({ topic: "denied" });
  const held = one.gate.ask(ask, patient);
  await expect.poll(() => openFor(one, "denied")).toBeDefined();
  const { id } = await openFor(one, "denied");

  await one.desk.vote(id, no("slack:U0ADMIN1", "not on a Friday"));
  const retry = await two.gate.ask(ask, ticket);

  const message = `Approval ${id} was denied by slack:U0ADMIN1: "not on a Friday". Nothing was done.`;
  expect(await held).toMatchObject({ kind: "denied", message });
  expect(retry).toMatchObject({ kind: "denied", message });
});

test("an approval that nobody decides expires; the client that waits is told", async () => {
  const hasty = await bench.gateway({ expireMs: 150, prefix: "hasty" });

  const outcome = await hasty.gate.ask(askFor(), { holdMs: 10_000, signal: never });

  expect(outcome).toMatchObject({
    kind: "expired",
    message: expect.stringContaining("expired before anybody decided"),
  });
});

test("a grant that nobody uses in time lapses, and the next run asks anew", async () => {
  const hasty = await bench.gateway({ grantMs: 50, prefix: "lapse" });
  const ask = askFor({ topic: "late" });
  await hasty.gate.ask(ask, ticket);
  const { id } = await openFor(hasty, "late");
  await hasty.desk.vote(id, yes());
  await expect.poll(async () => (await hasty.desk.get(id))?.state).toBe("lapsed");

  const outcome = await hasty.gate.ask(ask, ticket);

  expect(outcome.kind).toBe("pending");
  expect(outcome).not.toHaveProperty("approval.id", id);
});

test("a client that leaves ends its wait; the approval stays open and its grant is not burnt", async () => {
  const ask = askFor({ topic: "gone" });
  const client = new AbortController();
  const held = one.gate.ask(ask, { holdMs: 20_000, signal: client.signal });
  await expect.poll(() => openFor(one, "gone")).toBeDefined();

  client.abort();
  await held;
  await one.desk.vote((await openFor(one, "gone")).id, yes());

  expect(await openFor(one, "gone")).toMatchObject({ state: "approved" });
  expect(await one.gate.ask(ask, ticket)).toMatchObject({ kind: "approved" });
});

test("a change of what the policy demands voids an approval that was opened under the old terms", async () => {
  const ask = askFor({ topic: "terms" });
  await one.gate.ask(ask, ticket);
  const old = await openFor(one, "terms");
  await one.desk.vote(old.id, yes());

  const outcome = await one.gate.ask({ ...ask, requirements: [twoAdmins] }, ticket);

  expect(outcome.kind).toBe("pending");
  expect(await one.desk.get(old.id)).toMatchObject({
    state: "void",
    note: "the policy asks for other approvals now",
  });
});

test("one principal cannot flood the approvers", async () => {
  const flooded = await bench.gateway({ prefix: "flood" });
  const asks = Array.from({ length: limits.pendingApprovalsMax }, () => askFor());
  await Promise.all(asks.map((ask) => flooded.gate.ask(ask, ticket)));

  const outcome = await flooded.gate.ask(askFor(), ticket);
  const other = await flooded.gate.ask(askFor({ principal: "bob" }), ticket);

  expect(outcome).toMatchObject({ kind: "unavailable", message: expect.stringContaining("waiting already") });
  expect(other.kind).toBe("pending");
});

test("what is too large to be shown to a person cannot be approved", async () => {
  const facts = { everything: "x".repeat(limits.approvalBytesMax) };

  const outcome = await one.gate.ask(askFor({ facts, requirements: [oneAdmin] }), ticket);

  expect(outcome).toMatchObject({ kind: "unavailable", message: expect.stringContaining("too large") });
});

test("the result of the operation is kept with the approval, the first one for good", async () => {
  const ask = askFor({ topic: "result" });
  await one.gate.ask(ask, ticket);
  const { id } = await openFor(one, "result");
  await one.desk.vote(id, yes());
  await one.gate.ask(ask, ticket);

  await one.gate.report(id, "NONE");
  await one.gate.report(id, "TOPIC_DELETION_DISABLED");

  expect(await one.desk.get(id)).toMatchObject({ state: "used", result: "NONE" });
});
