// One timer for many owners: all run, none early, and what falls due within a moment runs together.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GroupedTimer } from "../../../src/base/grouped-timer.ts";
import { manualClock } from "../../support/manual-clock.ts";

const [delayMs, groupMs] = [1_000, 10];

function setUp() {
  const clock = manualClock();
  const ran: { readonly name: string; readonly at: number }[] = [];
  const timer = new GroupedTimer(clock, delayMs, groupMs);
  const start = (name: string) => timer.after(() => void ran.push({ name, at: clock.monotonic() }));
  return { clock, ran, start, timer };
}

describe("a grouped timer", () => {
  it("runs the first when it is due", () => {
    const { clock, ran, start } = setUp();
    const from = clock.monotonic();
    start("a");

    clock.advance(delayMs - 1);
    expect(ran).toEqual([]);
    clock.advance(1);

    expect(ran).toEqual([{ name: "a", at: from + delayMs }]);
  });

  it("runs together what falls due within a moment of the one before", () => {
    const { clock, ran, start } = setUp();
    const from = clock.monotonic();
    for (const name of ["a", "b", "c", "d"]) {
      start(name);
      clock.advance(3);
    }

    clock.advance(2 * delayMs);

    expect(ran.map(({ name, at }) => [name, at - from])).toEqual([
      ["a", 1_000],
      ["b", 1_010],
      ["c", 1_010],
      ["d", 1_010],
    ]);
  });

  it("does not run what was cancelled", () => {
    const { clock, ran, start } = setUp();
    const cancel = start("a");
    start("b");

    cancel();
    clock.advance(delayMs);

    expect(ran.map(({ name }) => name)).toEqual(["b"]);
  });

  it("runs what is left in time where one that runs starts another", () => {
    const { clock, ran, start, timer } = setUp();
    const from = clock.monotonic();
    timer.after(() => void start("again"));
    clock.advance(50);
    start("b");

    clock.advance(delayMs - 50);
    clock.advance(50);

    expect(ran).toEqual([{ name: "b", at: from + delayMs + 50 }]);
  });

  it("runs each once, in order, never early and a moment late at most", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 700 }), { minLength: 1, maxLength: 60 }), (gaps) => {
        const { clock, ran, start } = setUp();
        const startedAt = gaps.map((gap, index) => {
          for (let i = 0; i < gap; i++) clock.advance(1);
          start(String(index));
          return clock.monotonic();
        });
        for (let i = 0; i < delayMs + groupMs; i++) clock.advance(1);

        expect(ran.map(({ name }) => Number(name))).toEqual(startedAt.map((_, index) => index));
        for (const [index, at] of startedAt.entries()) {
          const late = (ran[index]?.at ?? 0) - at - delayMs;
          expect(late).toBeGreaterThanOrEqual(-1);
          expect(late).toBeLessThanOrEqual(groupMs);
        }
      }),
      { numRuns: 30 },
    );
  });
});
