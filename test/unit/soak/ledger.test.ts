// The soak's own judgement: what is lost, doubled, in the clear or growing is told, and what Kafka may do is not.
import { expect, it } from "vitest";
import { Ledger } from "../../soak/ledger.ts";
import { growthOf } from "../../soak/samples.ts";

/** Sequence numbers as a group reads them from offset 0 on. */
function read(seqs: readonly number[], acknowledged: number): readonly string[] {
  const ledger = new Ledger();
  for (const [offset, seq] of seqs.entries()) ledger.seen("g", 0, offset, { producer: "p", seq, masked: true });
  ledger.acknowledged.set("p", acknowledged);
  ledger.settle();
  return ledger.problems;
}

it("is content with every number once, in order", () => {
  expect(read([0, 1, 2], 3)).toEqual([]);
});

it.each([
  ["a lost number", [0, 2], 3, /number 1 is lost/],
  ["a doubled number", [0, 1, 1], 2, /number 1 is there twice/],
  ["an acknowledged record that is not there", [0, 1], 3, /3 were acknowledged, 2 were read/],
  ["a record that nobody acknowledged", [0, 1], 1, /1 were acknowledged, 2 were read/],
] as const)("tells of %s", (_, seqs, acknowledged, problem) => {
  expect(read(seqs, acknowledged).join("\n")).toMatch(problem);
});

it("takes what is given again for that, and an offset that is passed over for lost", () => {
  const ledger = new Ledger();
  const record = (seq: number) => ({ producer: "p", seq, masked: true });
  for (const offset of [0, 1, 0, 1, 2]) ledger.seen("g", 0, offset, record(offset));
  expect([ledger.problems, ledger.group("g").again, ledger.group("g").read]).toEqual([[], 2, 3]);
  expect(ledger.complete("g", new Map([[0, 3]]))).toBe(true);
  expect(ledger.complete("g", new Map([[0, 4]]))).toBe(false);
  ledger.seen("g", 0, 4, record(3));
  expect(ledger.problems).toEqual(["g: partition 0, offset 4: offset 3 was never given"]);
});

it("tells of a record in the clear", () => {
  const ledger = new Ledger();
  ledger.seen("g", 0, 0, { producer: "p", seq: 0, masked: false });
  expect(ledger.problems).toEqual(["g: partition 0, offset 0: a record that is not masked"]);
});

it("knows growth from noise", () => {
  const hour = 3_600_000;
  const values = (of: (at: number) => number) =>
    Array.from({ length: 10 }, (_, at) => ({ atMs: (at * hour) / 9, value: of(at) }));
  expect(
    growthOf(
      values((at) => 100 + (at % 3)),
      16,
    ),
  ).toMatchObject({ grows: false });
  const growing = growthOf(
    values((at) => 100 + at * 9),
    16,
  );
  expect(growing.grows).toBe(true);
  expect(growing.anHour).toBeCloseTo(81);
});
