// What the gateway is to reach (issue "Ahead of every peer") beside what a run has shown. Pure.
import { baseline, type Metric, type Row } from "./report.ts";

export interface Verdict {
  readonly target: string;
  readonly measured: string;
  /** Null where this run says nothing about it. */
  readonly met: boolean | null;
}

/** Targets that are not peers: nothing to be ahead of. */
const notPeers: ReadonlySet<string> = new Set([baseline, "gateway", "masked", "pass-through"]);
const throughput = [
  "produce none acks=1",
  "produce none acks=all",
  "produce lz4 acks=1",
  "produce lz4 acks=all",
  "consume none",
  "consume lz4",
];

export function verdicts(rows: readonly Row[]): Verdict[] {
  const of = (workload: string, target: string, metric: Metric): number | undefined =>
    rows.find((row) => row.workload === workload && row.target === target)?.values[metric]?.median;
  const atMost = (target: string, limit: number, digits: number, value: number | undefined): Verdict =>
    judged(`${target} at most ${limit}`, value?.toFixed(digits), value === undefined ? null : value <= limit);
  const peers = [...new Set(rows.map(({ target }) => target))].filter((name) => !notPeers.has(name));
  const beside = (name: string, metric: Metric, workload: string, more: boolean): Verdict => {
    const [ours, theirs] = [of(workload, "gateway", metric), of(workload, name, metric)];
    const what = `${workload}: ${metric} ${more ? "at least" : "at most"} that of ${name}`;
    if (ours === undefined || theirs === undefined) return judged(what, undefined, null);
    return judged(what, `${ours.toFixed(2)} beside ${theirs.toFixed(2)}`, more ? ours >= theirs : ours <= theirs);
  };
  return [
    atMost("produce: CPU seconds a GB", 1.6, 2, of("produce none acks=1", "gateway", "cpuPerGb")),
    atMost("consume: CPU seconds a GB", 0.9, 2, of("consume none", "gateway", "cpuPerGb")),
    atMost("RSS under that load, MiB", 130, 0, of("memory", "gateway", "rssPeakMib")),
    atMost("idle connections: KiB each", 16, 1, of("idle", "gateway", "kibEach")),
    atLeast("idle connections: opened a second", 1_000, of("idle", "gateway", "opened")),
    atMost("masked: CPU seconds a GB of records", 5, 2, of("consume none", "masked", "cpuPerGbOfRecords")),
    atMost("masked lz4: CPU seconds a GB of records", 9, 2, of("consume lz4", "masked", "cpuPerGbOfRecords")),
    ...peers.flatMap((name) => [
      beside(name, "cpuPerGb", "produce none acks=1", false),
      ...throughput.map((workload) => beside(name, "ratio", workload, true)),
      beside(name, "p50AddedMs", "latency", false),
      beside(name, "p99AddedMs", "latency", false),
    ]),
  ];
}

function atLeast(target: string, limit: number, value: number | undefined): Verdict {
  return judged(`${target} at least ${limit}`, value?.toFixed(0), value === undefined ? null : value >= limit);
}

function judged(target: string, measured: string | undefined, met: boolean | null): Verdict {
  return { target, measured: measured ?? "not in this run", met };
}

export function verdictRows(list: readonly Verdict[]): string[][] {
  const words = (met: boolean | null): string => (met === null ? "" : met ? "met" : "missed");
  return [["target", "measured", ""], ...list.map(({ target, measured, met }) => [target, measured, words(met)])];
}
