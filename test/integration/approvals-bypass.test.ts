// Attempts to be approved without being approved, against a real Redis: every one must end in a refusal or in an approval of its own.
import { createClient } from "redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Approvals } from "../../src/approvals/create.ts";
import { approvalDigest } from "../../src/approvals/digest.ts";
import { askFor, deletion, oneAdmin, twoAdmins } from "../unit/approvals/fixtures.ts";
import { type Bench, never, no, openFor, startBench, yes } from "./approvals-support.ts";

let bench: Bench;
let gateway: Approvals;

beforeAll(async () => {
  bench = await startBench();
  gateway = await bench.gateway();
});
afterAll(() => bench.close());

const ticket = { holdMs: 0, signal: never };

test.each(["slack:U0ALICE", "local:al", "local:alice", "principal:alice"])(
  "alice, as %s, cannot decide on what alice asked for",
  async (person) => {
    await gateway.gate.ask(askFor({ topic: `own-${person}` }), ticket);
    const { id } = await openFor(gateway, `own-${person}`);

    await expect(gateway.desk.vote(id, yes(person))).rejects.toMatchObject({
      code: "approval-refused",
      message: expect.stringContaining("your own"),
    });
    await expect(gateway.desk.vote(id, no(person))).rejects.toMatchObject({ code: "approval-refused" });
  },
);

test("one person is counted once, though they vote by Slack and on the machine", async () => {
  await gateway.gate.ask(askFor({ topic: "twice", requirements: [twoAdmins] }), ticket);
  const { id } = await openFor(gateway, "twice");
  await gateway.desk.vote(id, yes("slack:U0ADMIN1"));

  await expect(gateway.desk.vote(id, yes("local:carol"))).rejects.toMatchObject({
    code: "approval-refused",
    message: expect.stringContaining("counted once"),
  });
  expect(await gateway.desk.get(id)).toMatchObject({ state: "pending" });
});

test("every requirement needs its own number of people", async () => {
  const privacy = { ...oneAdmin, rule: "pii", approvers: ["privacy"] };
  await gateway.gate.ask(askFor({ topic: "stages", requirements: [oneAdmin, privacy] }), ticket);
  const { id } = await openFor(gateway, "stages");

  await gateway.desk.vote(id, yes("slack:U0ADMIN1"));
  const between = await gateway.desk.vote(id, yes("slack:U0ADMIN2"));
  const after = await gateway.desk.vote(id, yes("slack:U0PRIVACY"));

  expect(between.state).toBe("pending");
  expect(after.state).toBe("approved");
});

test("one no outweighs any number of yes, and ends it", async () => {
  await gateway.gate.ask(askFor({ topic: "veto", requirements: [twoAdmins] }), ticket);
  const { id } = await openFor(gateway, "veto");
  await gateway.desk.vote(id, yes("slack:U0ADMIN1"));

  const denied = await gateway.desk.vote(id, no("slack:U0ADMIN2"));

  expect(denied.state).toBe("denied");
  await expect(gateway.desk.vote(id, yes("slack:U0ADMIN2"))).rejects.toMatchObject({
    message: expect.stringContaining("is denied and cannot be changed"),
  });
});

test("who said yes may still say no while others are waited for", async () => {
  await gateway.gate.ask(askFor({ topic: "regret", requirements: [twoAdmins] }), ticket);
  const { id } = await openFor(gateway, "regret");
  await gateway.desk.vote(id, yes("slack:U0ADMIN1"));

  expect((await gateway.desk.vote(id, no("slack:U0ADMIN1"))).state).toBe("denied");
});

test("a made-up id, with whatever in it, is unknown and makes nothing", async () => {
  for (const id of ["apr_nope", "", "a:b", "}:open:x", "\u0000"]) {
    await expect(gateway.desk.vote(id, yes())).rejects.toMatchObject({ code: "approval-unknown" });
  }
});

test("a stranger's or a malformed name decides nothing", async () => {
  await gateway.gate.ask(askFor({ topic: "strangers" }), ticket);
  const { id } = await openFor(gateway, "strangers");

  for (const person of ["slack:U0NOBODY", "local:root", "kafka-admins", "oidc:kafka-admins"]) {
    await expect(gateway.desk.vote(id, yes(person))).rejects.toMatchObject({ code: "approval-refused" });
  }
  expect(await gateway.desk.get(id)).toMatchObject({ state: "pending", votes: [] });
});

test("a request that was changed after the approval waits for an approval of its own", async () => {
  const asked = { ...deletion, name: "topic.create-partitions", resource: { type: "topic", name: "changed" } as const };
  const digestOf = (partitions: number) =>
    approvalDigest({
      cluster: "main",
      principal: "alice",
      protocol: "kafka",
      api: "CreatePartitions",
      operation: { ...asked, attributes: { partitions } },
      pinned: {},
    });
  await gateway.gate.ask(askFor({ operation: asked, digest: digestOf(6) }), ticket);
  await gateway.desk.vote((await openFor(gateway, "changed")).id, yes());

  const other = await gateway.gate.ask(askFor({ operation: asked, digest: digestOf(600) }), ticket);

  expect(other.kind).toBe("pending");
});

test("an approval for one cluster is none for another", async () => {
  await gateway.gate.ask(askFor({ topic: "clusters", cluster: "test" }), ticket);
  await gateway.desk.vote((await openFor(gateway, "clusters")).id, yes());

  expect((await gateway.gate.ask(askFor({ topic: "clusters", cluster: "production" }), ticket)).kind).toBe("pending");
});

test("200 people racing: an approval that needs two is approved once, by two distinct people", async () => {
  await gateway.gate.ask(askFor({ topic: "rush", requirements: [twoAdmins] }), ticket);
  const { id } = await openFor(gateway, "rush");
  const voters = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? "slack:U0ADMIN1" : "slack:U0ADMIN2"));

  const votes = await Promise.allSettled(voters.map((person) => gateway.desk.vote(id, yes(person))));

  expect(votes.filter((vote) => vote.status === "fulfilled")).toHaveLength(2);
  expect((await gateway.desk.get(id))?.votes).toHaveLength(2);
});

test("nothing that approvals keep in Redis is kept for ever", async () => {
  const short = await bench.gateway({ prefix: "keep", expireMs: 1_000, grantMs: 1_000, historyMs: 1_000 });
  const ask = askFor({ topic: "kept" });
  await short.gate.ask(ask, ticket);
  await short.desk.vote((await openFor(short, "kept")).id, yes());
  await short.gate.ask(ask, ticket);
  const client = createClient({ url: bench.redis.url });
  await client.connect();

  const keys = await client.keys("{lockkeeper:keep}:*");
  const ttls = await Promise.all(keys.map(async (key) => [key, await client.ttl(key)] as const));

  const forEver = ttls.filter(([, ttl]) => ttl < 0).map(([key]) => key.split("}:")[1] ?? key);
  // Both are cut to a length or an age with each new approval.
  expect(new Set(forEver)).toEqual(new Set(["events", "index"]));
  client.destroy();
});
