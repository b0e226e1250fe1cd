// Samples of a bench → medians, ratios to direct taken round by round, and a table. Pure.

export interface Sample {
  readonly round: number;
  readonly workload: string;
  readonly target: string;
  /** 2^20 bytes of records a second, as Kafka's tool reports it. */
  readonly mibPerSecond: number;
  /** CPU seconds of the gateway's process for each 10^9 bytes of records; null for direct. */
  readonly gatewayCpuSecondsPerGb: number | null;
}

export interface Row {
  readonly workload: string;
  readonly target: string;
  readonly mibPerSecond: Spread;
  /** Throughput over that of direct in the same round. */
  readonly ratio: Spread;
  readonly gatewayCpuSecondsPerGb: Spread | null;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export const baseline = "direct";

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** One row for each workload and target: workloads in the order in which they first appear, direct first in each. */
export function summarize(samples: readonly Sample[]): Row[] {
  const ordered = [...Map.groupBy(samples, (sample) => sample.workload).values()].flatMap((group) =>
    group.toSorted((a, b) => Number(b.target === baseline) - Number(a.target === baseline)),
  );
  const groups = Map.groupBy(ordered, (sample) => `${sample.workload}\t${sample.target}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const cpu = group.flatMap((sample) => sample.gatewayCpuSecondsPerGb ?? []);
    return [
      {
        workload: first.workload,
        target: first.target,
        mibPerSecond: spread(group.map((sample) => sample.mibPerSecond)),
        ratio: spread(group.map((sample) => sample.mibPerSecond / directOf(samples, sample))),
        gatewayCpuSecondsPerGb: cpu.length === 0 ? null : spread(cpu),
      },
    ];
  });
}

function directOf(samples: readonly Sample[], of: Sample): number {
  const twin = samples.find((s) => s.target === baseline && s.workload === of.workload && s.round === of.round);
  return twin?.mibPerSecond ?? Number.NaN;
}

export function table(rows: readonly Row[]): string {
  const head = ["workload", "target", "MiB/s", "x direct", "gateway CPU s/GB"];
  const body = rows.map((row) => [
    row.workload,
    row.target,
    shown(row.mibPerSecond, 1),
    shown(row.ratio, 2),
    row.gatewayCpuSecondsPerGb === null ? "" : shown(row.gatewayCpuSecondsPerGb, 2),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), ...body.map(line)].join("\n");
}

function shown({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
