// What waits in all connections together: who is waited for is told, seldom; and beyond the bound the largest go, never the small ones.
import { expect, it } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import { type LogFields, silentLog } from "../../../src/base/log.ts";
import { type Wait, type Waiting, watchWaits } from "../../../src/pipeline/waits.ts";
import { manualClock } from "../../support/manual-clock.ts";

const MiB = 1 << 20;

interface Changing extends Waiting {
  waitingBytes: number;
  waitsFor: Wait["for"];
  owed: Wait["owed"];
}

function given(bytesMax = 100 * MiB) {
  const clock = manualClock();
  const lines: (LogFields & { message: string })[] = [];
  const note = (fields: LogFields, message: string) => void lines.push({ ...fields, message });
  const connections = new Set<Changing>();
  const cut: string[] = [];
  const open = (session: string, waitingBytes = 0, waitsFor: Wait["for"] = null): Changing => {
    const one: Changing = {
      session: { id: session, client: "10.0.0.1:1" },
      waitingBytes,
      waitsFor,
      owed: null,
      waits: () => ({ bytes: one.waitingBytes, for: one.waitsFor, owed: one.owed }),
      cut(reason) {
        cut.push(`${session}: ${reason}`);
        connections.delete(one);
      },
    };
    connections.add(one);
    return one;
  };
  const waits = watchWaits({
    connections: () => connections,
    bytesMax,
    clock,
    log: { ...silentLog, warn: note, error: note },
  });
  return { clock, lines, open, cut, waits };
}

it("tells who does not read once it has lasted, and again after a minute", () => {
  const { clock, lines, open } = given();
  open("ses_ok", 1_000);
  const slow = open("ses_slow", 3 * MiB, "client");
  clock.advance(limits.waitLookMs);
  expect(lines).toEqual([]);
  clock.advance(limits.waitToldMs);
  expect(lines).toMatchObject([{ session: "ses_slow", bytes: 3 * MiB, durationMs: 1_000 }]);
  expect(lines[0]?.message).toContain("a client does not read");
  clock.advance(limits.waitToldAgainMs - 1_000);
  expect(lines).toHaveLength(1);
  clock.advance(1_000);
  expect(lines).toHaveLength(2);
  slow.waitsFor = null;
  clock.advance(2 * limits.waitToldAgainMs);
  expect(lines).toHaveLength(2);
});

it("says nothing of who waits for a moment now and then", () => {
  const { clock, lines, open } = given();
  const one = open("ses_bursts", MiB, "broker");
  for (let look = 0; look < 10; look++) {
    clock.advance(limits.waitLookMs);
    one.waitsFor = one.waitsFor === null ? "broker" : null;
  }
  expect(lines).toEqual([]);
});

it("tells of a broker that owes the same answer for long, and of no other that is busy", () => {
  const { clock, lines, open } = given();
  const stuck = open("ses_stuck");
  const busy = open("ses_busy");
  stuck.owed = { asked: "Produce" };
  for (let look = 0; look <= 2 * limits.waitAnswerToldMs; look += limits.waitLookMs) {
    busy.owed = { asked: "Fetch" };
    clock.advance(limits.waitLookMs);
  }
  expect(lines).toMatchObject([{ session: "ses_stuck", api: "Produce", durationMs: limits.waitAnswerToldMs }]);
  expect(lines[0]?.message).toContain("a broker has not answered yet");
});

it("says that the policy is slow for a caller whose requests wait because of it", () => {
  const { clock, lines, open } = given();
  const slow = open("ses_slow", 1_000, "policy");
  slow.owed = { asked: "Metadata" };
  clock.advance(limits.waitLookMs + limits.waitToldMs);
  expect(lines).toMatchObject([{ session: "ses_slow" }]);
  expect(lines[0]?.message).toContain("the policy takes long");
});

it("writes few lines for many, and counts the rest", () => {
  const { clock, lines, open } = given();
  for (let n = 0; n < 25; n++) open(`ses_${n}`, 1_000, "client");
  clock.advance(limits.waitLookMs + limits.waitToldMs);
  expect(lines).toHaveLength(limits.waitLinesMax);
  clock.advance(limits.waitLookMs);
  expect(lines).toHaveLength(2 * limits.waitLinesMax);
  expect(lines[limits.waitLinesMax]).toMatchObject({ count: 15 });
});

it("ends those that hold the most when all together hold too much, and says why", () => {
  const { clock, lines, open, cut, waits } = given(100 * MiB);
  open("ses_small", MiB, "client");
  open("ses_large", 60 * MiB, "client");
  open("ses_larger", 70 * MiB, "client");
  clock.advance(limits.waitLookMs);
  expect(cut).toEqual([
    `ses_larger: what waits in all connections (${131 * MiB} bytes) is over limits.waitingBytes, and this one held ${70 * MiB}`,
  ]);
  expect(waits.bytes).toBe(61 * MiB);
  expect(lines).toMatchObject([{ bytes: 131 * MiB, count: 1 }]);
});

it("looks more often when half of it is used up", () => {
  const { clock, open, cut } = given(100 * MiB);
  const one = open("ses_growing", 51 * MiB, "client");
  clock.advance(limits.waitLookMs);
  one.waitingBytes = 101 * MiB;
  clock.advance(limits.waitLookBusyMs);
  expect(cut).toHaveLength(1);
});
