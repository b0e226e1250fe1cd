// The fuzzers, a moment each with a fixed seed, and everything that they have ever found. `npm run fuzz` lets them run for long.
import { describe, expect, test } from "vitest";
import { fuzzCases } from "../fuzz/cases.ts";
import { fuzz } from "../fuzz/fuzz.ts";
import { mutated } from "../fuzz/mutate.ts";
import { randomOf } from "../fuzz/random.ts";
import { type FuzzTarget, finding } from "../fuzz/target.ts";
import { fuzzTargets } from "../fuzz/targets/index.ts";

/** Enough for some hundred ways of each, and some seconds at most. */
const options = { seed: 4, casesMax: 3_000, msMax: 2_500 };

test.each(fuzzTargets)("$name: $what", async (target) => {
  const { finding: found, cases, ways } = await fuzz(target, options);
  expect(found).toBeNull();
  expect(cases).toBeGreaterThan(50);
  expect(ways).toBeGreaterThan(5);
});

test.each(fuzzCases)("$target, found before: $what", async ({ target: name, hex }) => {
  const target = fuzzTargets.find((it) => it.name === name);
  if (!target) throw new Error(`no target ${name}`);
  await using run = await target.start();
  await run.run(Buffer.from(hex, "hex"), randomOf(1));
});

describe("the fuzzer itself", () => {
  const about = (run: (input: Buffer) => string): FuzzTarget => ({
    name: "about",
    what: "nothing",
    start: () => ({ sample: () => Buffer.from("a lock"), run, async [Symbol.asyncDispose]() {} }),
  });

  test("finds what hides behind a way that was new before", async () => {
    const hidden = about((input) => {
      if (input.includes("alock") && input.length > 12) finding("found");
      return `${input.includes("alock")} ${input.length > 8}`;
    });
    const { finding: found } = await fuzz(hidden, { seed: 1, casesMax: 200_000, msMax: 20_000 });
    expect(found?.what).toContain("found");
    expect(Buffer.from(found?.input ?? "", "hex").toString("latin1")).toContain("alock");
  });

  test("takes a hang for a finding", async () => {
    const slow = about(() => {
      const end = performance.now() + 1_000;
      while (performance.now() < end);
      return "slow";
    });
    expect((await fuzz(slow, { ...options, casesMax: 1, caseMsMax: 50 })).finding?.what).toContain("of the processor");
  });

  test("damages the same bytes in the same way for the same seed", () => {
    const once = (seed: number) =>
      mutated(Buffer.from("some bytes"), randomOf(seed), Buffer.from("others")).toString("hex");
    const all = Array.from({ length: 200 }, (_, seed) => once(seed));
    expect(all).toEqual(Array.from({ length: 200 }, (_, seed) => once(seed)));
    expect(new Set(all).size).toBeGreaterThan(100);
  });
});
