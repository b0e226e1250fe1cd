// The event stream on a real Redis: every change, in order, at least once, shared between the gateways of an installation.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Approvals } from "../../src/approvals/create.ts";
import { type ApprovalEvent, toAuditEvent } from "../../src/approvals/events.ts";
import { askFor, twoAdmins } from "../unit/approvals/fixtures.ts";
import { type Bench, never, openFor, startBench, yes } from "./approvals-support.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const ticket = { holdMs: 0, signal: never };

async function wholeLife(gateway: Approvals, topic: string): Promise<void> {
  const ask = askFor({ topic, requirements: [twoAdmins] });
  await gateway.gate.ask(ask, ticket);
  const { id } = await openFor(gateway, topic);
  await gateway.desk.vote(id, yes("slack:U0ADMIN1"));
  await gateway.desk.vote(id, yes("slack:U0ADMIN2"));
  await gateway.gate.ask(ask, ticket);
  await gateway.gate.report(id, "NONE");
}

const lifeOfOne = ["requested", "voted", "approved", "used", "reported"];

test("a follower hears every change in order, those from before it came too", async () => {
  const gateway = await bench.gateway({ prefix: "order" });
  await wholeLife(gateway, "early");
  const kinds: string[] = [];

  gateway.followEvents(async (event) => void kinds.push(event.kind));

  await expect.poll(() => kinds).toEqual(lifeOfOne);
});

test("what a follower could not handle comes again, before anything newer", async () => {
  const gateway = await bench.gateway({ prefix: "again" });
  const kinds: string[] = [];
  let failures = 2;
  gateway.followEvents(async (event) => {
    if (event.kind === "approved" && failures-- > 0) throw new Error("the disk is full");
    kinds.push(event.kind);
  });

  await wholeLife(gateway, "retry");

  await expect.poll(() => kinds, { timeout: 5_000 }).toEqual(lifeOfOne);
  expect(failures).toBeLessThan(0);
});

test("two gateways share the events: each is written to one audit log", async () => {
  const one = await bench.gateway({ prefix: "shared" });
  const two = await bench.gateway({ prefix: "shared" });
  const heard: string[] = [];
  const note = async (event: ApprovalEvent) => void heard.push(event.entry);
  one.followEvents(note);
  two.followEvents(note);

  await Promise.all(Array.from({ length: 10 }, (_, i) => wholeLife(one, `topic-${i}`)));

  await expect.poll(() => heard.length).toBe(10 * lifeOfOne.length);
  expect(new Set(heard).size).toBe(heard.length);
});

test("a follower lives through a restart of Redis and misses nothing", async () => {
  const gateway = await bench.gateway({ prefix: "restart" });
  const kinds: string[] = [];
  gateway.followEvents(async (event) => void kinds.push(event.kind));
  await wholeLife(gateway, "first");
  await expect.poll(() => kinds).toHaveLength(lifeOfOne.length);

  await bench.redis.kill();
  await bench.redis.restart();
  await expect.poll(() => gateway.healthy, { timeout: 5_000 }).toBe(true);
  await wholeLife(gateway, "second");

  await expect.poll(() => kinds, { timeout: 10_000 }).toEqual([...lifeOfOne, ...lifeOfOne]);
});

test("an event becomes an audit event with requester, operation, approvers and terms", async () => {
  const gateway = await bench.gateway({ prefix: "audit" });
  const events: ApprovalEvent[] = [];
  await wholeLife(gateway, "logged");
  gateway.followEvents(async (event) => void events.push(event));
  await expect.poll(() => events).toHaveLength(lifeOfOne.length);

  const audited = events.map(toAuditEvent);

  expect(audited.map((event) => event?.code ?? null)).toEqual([
    "approval.requested",
    "approval.voted",
    "approval.approved",
    "approval.used",
    null,
  ]);
  expect(audited[2]).toMatchObject({
    actor: { principal: "alice", session: "ses_1", cluster: "main" },
    operation: { name: "topic.delete", resource: { name: "logged" } },
    approval: { id: expect.stringMatching(/^apr_/), digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    details: {
      requirements: [{ rule: "two-pairs-of-eyes", count: 2 }],
      votes: [{ answer: "approve" }, { answer: "approve" }],
    },
  });
});
