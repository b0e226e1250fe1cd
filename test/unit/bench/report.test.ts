import { expect, it } from "vitest";
import { type Sample, spread, summarize, table } from "../../bench/report.ts";
import { verdicts } from "../../bench/verdict.ts";
import { payloadLines, recordBytes } from "../../bench/workloads.ts";

const produce = "produce none acks=1";

function sample(round: number, target: string, values: Sample["values"], workload = produce): Sample {
  return { round, workload, target, values };
}

const samples = [
  sample(1, "gateway", { mibPerSecond: 50, cpuPerGb: 4 }),
  sample(1, "direct", { mibPerSecond: 100 }),
  sample(2, "direct", { mibPerSecond: 10 }),
  sample(2, "gateway", { mibPerSecond: 9, cpuPerGb: 6 }),
];

it("takes ratios within a round, so that a slow round does not distort them", () => {
  const gateway = summarize(samples).find((row) => row.target === "gateway");
  expect(gateway?.values.ratio).toEqual({ median: 0.7, min: 0.5, max: 0.9 });
  expect(gateway?.values.cpuPerGb).toEqual({ median: 5, min: 4, max: 6 });
});

it("takes what is added to latency within a round, too", () => {
  const rows = summarize([
    sample(1, "direct", { p50Ms: 1, p99Ms: 4 }, "latency"),
    sample(1, "gateway", { p50Ms: 1.5, p99Ms: 5 }, "latency"),
    sample(2, "direct", { p50Ms: 3, p99Ms: 9 }, "latency"),
    sample(2, "gateway", { p50Ms: 3.1, p99Ms: 9 }, "latency"),
  ]);
  expect(rows[0]?.values.p50AddedMs).toBeUndefined();
  expect(rows[1]?.values.p50AddedMs?.median).toBeCloseTo(0.3);
  expect(rows[1]?.values.p99AddedMs).toEqual({ median: 0.5, min: 0, max: 1 });
});

it("lists direct first, without CPU seconds of a gateway that it does not have", () => {
  const lines = table(summarize(samples), ["mibPerSecond", "ratio", "cpuPerGb"]).split("\n");
  expect(lines[1]).toMatch(/^produce none acks=1 {2}direct {3}55\.0 \(10\.0–100\.0\) {2}1\.00$/);
});

it("says which targets were met, which were missed, and which were not in the run", () => {
  const rows = summarize([
    ...samples,
    ...samples.map((one) => ({ ...one, target: one.target.replace("gateway", "other") })),
  ]);
  const judged = verdicts(rows);
  expect(judged).toContainEqual({ target: "produce: CPU seconds a GB at most 1.6", measured: "5.00", met: false });
  expect(judged).toContainEqual({
    target: `${produce}: ratio at least that of other`,
    measured: "0.70 beside 0.70",
    met: true,
  });
  expect(judged.find(({ target }) => target.startsWith("consume"))?.met).toBeNull();
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
