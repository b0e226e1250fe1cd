// Redis killed and brought back: what needs approval is refused quickly and with a sentence, nothing throws, and nothing is lost.
import { createClient } from "redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Approvals, createApprovals } from "../../src/approvals/create.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { askFor, groups } from "../unit/approvals/fixtures.ts";
import { type Bench, never, openFor, startBench, yes } from "./approvals-support.ts";

let bench: Bench;
let gateway: Approvals;

beforeAll(async () => {
  bench = await startBench();
  gateway = await bench.gateway();
});
afterAll(() => bench.close());

const ticket = { holdMs: 0, signal: never };

test("with Redis away an operation is refused within a second; when it is back, approvals work again by themselves", async () => {
  const ask = askFor({ topic: "before" });
  await gateway.gate.ask(ask, ticket);
  const { id } = await openFor(gateway, "before");

  await bench.redis.kill();
  const startedAt = performance.now();
  const away = await gateway.gate.ask(ask, { holdMs: 20_000, signal: never });
  const tookMs = performance.now() - startedAt;
  await bench.redis.restart();

  expect(away).toMatchObject({ kind: "unavailable", message: expect.stringContaining("Redis cannot be reached") });
  expect(tookMs).toBeLessThan(1_000);
  expect(gateway.healthy).toBe(false);
  await expect.poll(() => gateway.healthy, { timeout: 5_000 }).toBe(true);
  expect(await gateway.gate.ask(ask, ticket)).toMatchObject({ kind: "pending", approval: { id } });
});

test("a request that waits outlives a restart of Redis and is woken by the approval after it", async () => {
  const held = gateway.gate.ask(askFor({ topic: "through" }), { holdMs: 20_000, signal: never });
  await expect.poll(() => openFor(gateway, "through")).toBeDefined();
  const { id } = await openFor(gateway, "through");

  await bench.redis.kill();
  await bench.redis.restart();
  await expect.poll(() => gateway.healthy, { timeout: 5_000 }).toBe(true);
  await gateway.desk.vote(id, yes());

  expect(await held).toMatchObject({ kind: "approved", approval: { id } });
});

test("a Redis that hangs is as good as away: the refusal comes within a second", async () => {
  const client = createClient({ url: bench.redis.url });
  await client.connect();
  await client.sendCommand(["CLIENT", "PAUSE", "1500", "ALL"]);
  const startedAt = performance.now();

  const outcome = await gateway.gate.ask(askFor(), ticket);

  expect(outcome.kind).toBe("unavailable");
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await expect.poll(async () => (await gateway.gate.ask(askFor(), ticket)).kind, { timeout: 5_000 }).toBe("pending");
  client.destroy();
});

test("a gateway starts without Redis, refuses what needs approval, and desk and report fail as they say", async () => {
  const lonely = await createApprovals({
    redisUrl: "redis://127.0.0.1:1",
    groups,
    clock: systemClock,
    log: silentLog,
  });

  const outcome = await lonely.gate.ask(askFor(), ticket);
  const listing = lonely.desk.list({});
  await lonely.gate.report("apr_none", "NONE");

  expect(outcome.kind).toBe("unavailable");
  await expect(listing).rejects.toMatchObject({ code: "approvals-unavailable" });
  await lonely.close();
});
