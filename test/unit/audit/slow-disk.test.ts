// A disk that takes long is told while it does, and afterwards with the time that it took; one that is well is not mentioned.
import { expect, it } from "vitest";
import type { Journal } from "../../../src/audit/journal.ts";
import { tellWhenSlow } from "../../../src/audit/slow-disk.ts";
import { limits } from "../../../src/base/limits.ts";
import { type LogFields, silentLog } from "../../../src/base/log.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { deferred } from "../../support/wait.ts";

function given() {
  const clock = manualClock();
  const lines: (LogFields & { message: string })[] = [];
  const disk = deferred();
  const journal: Journal = {
    write: () => disk.promise,
    sync: () => disk.promise,
    renew: () => disk.promise,
    close: () => disk.promise,
  };
  const log = { ...silentLog, warn: (fields: LogFields, message: string) => void lines.push({ ...fields, message }) };
  return { clock, lines, disk, journal: tellWhenSlow(journal, "audit", { clock, log }) };
}

it.each(["write", "sync"] as const)("tells of a %s that lasts, and what it took", async (name) => {
  const { clock, lines, disk, journal } = given();
  const work = name === "write" ? journal.write([], 0, () => {}) : journal.sync();
  clock.advance(limits.auditSlowMs);
  expect(lines).toEqual([{ path: "audit", message: expect.stringContaining("new operations wait") }]);
  clock.advance(2_000);
  disk.resolve();
  await work;
  expect(lines[1]).toMatchObject({ durationMs: limits.auditSlowMs + 2_000 });
});

it("says nothing of one that is quick, and leaves no timer", async () => {
  const { clock, lines, disk, journal } = given();
  const work = journal.sync();
  disk.resolve();
  await work;
  clock.advance(limits.auditSlowMs);
  expect([lines, clock.timers]).toEqual([[], 0]);
});

it("passes on what the disk said", async () => {
  const { disk, journal } = given();
  const work = journal.write([], 0, () => {});
  disk.reject(new Error("ENOSPC: no space left"));
  await expect(work).rejects.toThrow("ENOSPC");
});
