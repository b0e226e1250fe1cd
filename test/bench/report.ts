// Samples of a bench → medians with their spread, ratios to direct taken round by round, and tables. Pure.

export interface Sample {
  readonly round: number;
  readonly workload: string;
  readonly target: string;
  readonly values: Readonly<Partial<Record<Metric, number>>>;
}

/** What is measured, and what the report makes of it beside direct in the same round. */
export const metrics = {
  /** 2^20 bytes of records a second, before compression, as Kafka's tools report it. */
  mibPerSecond: { title: "MiB/s", digits: 1 },
  ratio: { title: "x direct", digits: 2 },
  /** Of the process that is measured, for each 10^9 bytes as they lie in the broker's log, which is what crosses the wire once. */
  cpuPerGb: { title: "CPU s/GB", digits: 2 },
  /** The same for each 10^9 bytes of records before compression. */
  cpuPerGbOfRecords: { title: "s/GB of records", digits: 2 },
  rssPeakMib: { title: "RSS peak, MiB", digits: 0 },
  rssEndMib: { title: "at the end", digits: 0 },
  p50Ms: { title: "p50, ms", digits: 2 },
  p50AddedMs: { title: "added", digits: 2 },
  p99Ms: { title: "p99, ms", digits: 2 },
  p99AddedMs: { title: "added", digits: 2 },
  opened: { title: "opened a second", digits: 0 },
  kibEach: { title: "KiB each", digits: 1 },
  lost: { title: "lost", digits: 0 },
} as const;

export type Metric = keyof typeof metrics;

export interface Row {
  readonly workload: string;
  readonly target: string;
  readonly values: Readonly<Partial<Record<Metric, Spread>>>;
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

/** The mean of the lowest quarter: what else a machine does is only ever added to what is measured. */
export function quietest(values: readonly number[]): number {
  const lowest = values.toSorted((a, b) => a - b).slice(0, Math.max(1, Math.floor(values.length / 4)));
  return lowest.reduce((sum, value) => sum + value, 0) / lowest.length;
}

/** One row for each workload and target: workloads in the order in which they first appear, direct first in each. */
export function summarize(samples: readonly Sample[]): Row[] {
  const compared = samples.map((sample) => besideDirect(sample, samples));
  const ordered = [...Map.groupBy(compared, (sample) => sample.workload).values()].flatMap((group) =>
    group.toSorted((a, b) => Number(b.target === baseline) - Number(a.target === baseline)),
  );
  const groups = Map.groupBy(ordered, (sample) => `${sample.workload}\t${sample.target}`);
  return [...groups.values()].map((group) => {
    const { workload, target } = group[0] as Sample;
    const known = (Object.keys(metrics) as Metric[]).flatMap((metric) => {
      const values = group.flatMap((sample) => sample.values[metric] ?? []);
      return values.length === 0 ? [] : [[metric, spread(values)] as const];
    });
    return { workload, target, values: Object.fromEntries(known) };
  });
}

/** A slow round is slow for all: only what it says beside direct in the same round is compared. */
function besideDirect(sample: Sample, samples: readonly Sample[]): Sample {
  const { round, workload, target, values } = sample;
  const twin = samples.find((s) => s.target === baseline && s.workload === workload && s.round === round)?.values;
  const { mibPerSecond: rate, p50Ms: p50, p99Ms: p99 } = values;
  return {
    ...sample,
    values: {
      ...values,
      ...(rate !== undefined && twin?.mibPerSecond !== undefined && { ratio: rate / twin.mibPerSecond }),
      ...(target !== baseline && {
        ...(p50 !== undefined && twin?.p50Ms !== undefined && { p50AddedMs: p50 - twin.p50Ms }),
        ...(p99 !== undefined && twin?.p99Ms !== undefined && { p99AddedMs: p99 - twin.p99Ms }),
      }),
    },
  };
}

/** The rows that have any of these metrics, and a column for each. */
export function table(rows: readonly Row[], columns: readonly Metric[]): string {
  const cells = rows
    .filter(({ values }) => columns.some((metric) => values[metric] !== undefined))
    .map(({ workload, target, values }) => [
      workload,
      target,
      ...columns.map((metric) => cell(metric, values[metric])),
    ]);
  return aligned([["workload", "target", ...columns.map((metric) => metrics[metric].title)], ...cells]);
}

/** Rows of cells as lines, each column as wide as it must be. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cell(metric: Metric, value: Spread | undefined): string {
  return value === undefined ? "" : shown(value, metrics[metric].digits);
}

export function shown({ median, min, max }: Spread, digits: number): string {
  if (min === max) return median.toFixed(digits);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
