// A slow policy's share of the time: whoever asks slowly waits, all of them together take a quarter, and nobody else notices.
import { expect, it } from "vitest";
import { createPolicyPace } from "../../../src/pipeline/policy-pace.ts";
import { manualClock } from "../../support/manual-clock.ts";

it("keeps nothing against quick decisions", () => {
  const pace = createPolicyPace(manualClock());
  expect(pace.decided(0.1)).toBe(0);
  expect(pace.turn(50)).toBeUndefined();
});

/** Each asks as soon as it may, and each decision takes `tookMs` of everybody's time. @returns decisions in 10 s */
async function decisionsOf(count: number, tookMs: number): Promise<number> {
  const clock = manualClock();
  const shared = createPolicyPace(clock);
  let decided = 0;
  let busyUntil = 0;
  const end = clock.monotonic() + 10_000;
  const ask = async (): Promise<void> => {
    let lastMs = 0;
    while (clock.monotonic() < end) {
      if (lastMs > 0) await shared.turn(lastMs);
      busyUntil = Math.max(busyUntil, clock.monotonic()) + tookMs;
      lastMs = shared.decided(tookMs);
      decided++;
      await new Promise<void>((resolve) => void clock.after(busyUntil - clock.monotonic(), resolve));
    }
  };
  const all = Promise.all(Array.from({ length: count }, ask));
  while (clock.timers > 0 || clock.monotonic() < end) {
    clock.advance(1);
    await new Promise(setImmediate);
    if (clock.monotonic() > end + 60_000) break;
    if (clock.monotonic() > end && clock.timers === 0) break;
  }
  await all;
  return decided;
}

it.each([1, 5])("gives slow decisions of %d connections together a quarter of the time", async (count) => {
  const decided = await decisionsOf(count, 50);
  expect((decided * 50) / 10_000).toBeGreaterThan(0.15);
  // the first of each connection is not known to be slow before
  expect(((decided - count) * 50) / 10_000).toBeLessThanOrEqual(0.27);
});
