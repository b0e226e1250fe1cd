import { expect, it } from "vitest";
import { type Sample, spread, summarize, table } from "../../bench/report.ts";
import { payloadLines, recordBytes } from "../../bench/workloads.ts";

function sample(round: number, target: string, mibPerSecond: number, gatewayCpuSecondsPerGb: number | null): Sample {
  return { round, workload: "produce", target, mibPerSecond, gatewayCpuSecondsPerGb };
}

const samples = [
  sample(1, "gateway", 50, 4),
  sample(1, "direct", 100, null),
  sample(2, "direct", 10, null),
  sample(2, "gateway", 9, 6),
];

it("takes ratios within a round, so that a slow round does not distort them", () => {
  const gateway = summarize(samples).find((row) => row.target === "gateway");
  expect(gateway?.ratio).toEqual({ median: 0.7, min: 0.5, max: 0.9 });
  expect(gateway?.gatewayCpuSecondsPerGb).toEqual({ median: 5, min: 4, max: 6 });
});

it("lists direct first, without CPU seconds of a gateway that it does not have", () => {
  const lines = table(summarize(samples)).split("\n");
  expect(lines[1]).toMatch(/^produce {3}direct {3}55\.0 \(10\.0–100\.0\) {2}1\.00 \(1\.00–1\.00\)$/);
});

it("takes the middle, or the mean of the two middles", () => {
  expect(spread([9, 1, 5]).median).toBe(5);
  expect(spread([1, 3, 5, 100]).median).toBe(4);
});

it("makes JSON records of exactly the size that is measured", () => {
  const lines = payloadLines(50).trimEnd().split("\n");
  expect(lines.map((line) => Buffer.byteLength(line))).toEqual(Array.from({ length: 50 }, () => recordBytes));
  expect(lines.every((line) => typeof JSON.parse(line) === "object")).toBe(true);
});
