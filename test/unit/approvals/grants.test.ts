// Roles for a time as a gateway keeps them: they end by themselves, a change shows at once, and what could not be looked at counts no more.
import { expect, test } from "vitest";
import { openGrantBook } from "../../../src/approvals/grants.ts";
import { limits } from "../../../src/base/limits.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { Approval } from "../../../src/model/approval.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { approvalOf } from "./fixtures.ts";

const elevated = (id: string, until: number, principal = "alice", cluster = "main"): Approval =>
  approvalOf({
    id,
    principal,
    cluster,
    state: "approved",
    grantUntil: until,
    elevation: { role: "administrator", forMs: 1 },
  });

async function stage(...first: readonly Approval[]) {
  const clock = manualClock();
  let approvals = first;
  let away = false;
  const changed: (() => void)[] = [];
  const book = openGrantBook({
    store: { elevations: async () => (away ? Promise.reject(new Error("away")) : approvals) },
    wake: { watch: (run) => (changed.push(run), () => {}) },
    clock,
    log: silentLog,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  return {
    clock,
    book,
    /** Redis has other approvals now, and says so. */
    async change(...next: readonly Approval[]) {
      approvals = next;
      for (const run of changed) run();
      await settle();
    },
    async goAway() {
      away = true;
      await settle();
    },
    settle,
  };
}

test("a role belongs to one principal on one cluster", async () => {
  const { book, clock } = await stage(elevated("apr_1", manualClock().now() + 60_000));
  expect(book.of("main", "alice")).toEqual([{ id: "apr_1", role: "administrator", until: clock.now() + 60_000 }]);
  expect(book.of("main", "bob")).toEqual([]);
  expect(book.of("other", "alice")).toEqual([]);
});

test("the list is the same object until something changes, and another when a role ends", async () => {
  const start = manualClock().now();
  const { book, clock, change } = await stage(elevated("apr_1", start + 5_000), elevated("apr_2", start + 60_000));
  const before = book.of("main", "alice");
  await change(elevated("apr_2", start + 60_000), elevated("apr_1", start + 5_000));
  expect(book.of("main", "alice")).toBe(before);

  clock.advance(5_000);

  const after = book.of("main", "alice");
  expect(after.map(({ id }) => id)).toEqual(["apr_2"]);
  expect(book.of("main", "alice")).toBe(after);
});

test("a revoked role is gone with the notice of it", async () => {
  const { book, change } = await stage(elevated("apr_1", manualClock().now() + 60_000));
  await change();
  expect(book.of("main", "alice")).toEqual([]);
});

test("when Redis cannot be asked for a minute no role holds any more: one might have been revoked", async () => {
  const { book, clock, goAway } = await stage(elevated("apr_1", manualClock().now() + 3_600_000));
  await goAway();
  clock.advance(limits.grantsAgeMsMax - 1);
  expect(book.of("main", "alice")).toHaveLength(1);
  clock.advance(2);
  expect(book.of("main", "alice")).toEqual([]);
});
