// What a metric is to the rooms that have numbers: a name, a sentence, and a function that reads them when somebody asks. Knows no library.
// Labels must be of a bounded set: APIs, outcomes, codes; never a principal, a topic or a client id.
import type { Histogram } from "./histogram.ts";

export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
  /** `_bucket`, `_sum` or `_count` of a histogram. */
  readonly suffix?: string;
}

export interface Metric {
  /** Prometheus' form: `lockkeeper_…`, the unit last, `_total` after it for a counter. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** What the numbers of several worker processes come to. */
  readonly across: Across;
  /** Called for each scrape. Rejects where a number cannot be had just now: the metric is left out then. */
  read(): readonly Sample[] | Promise<readonly Sample[]>;
}

export type Across = "sum" | "min" | "max";

type Read = () => number | readonly Sample[] | Promise<number>;

export function counter(name: string, help: string, read: Read): Metric {
  return { name, help, type: "counter", across: "sum", read: () => samples(read()) };
}

export function gauge(name: string, help: string, read: Read, across: Across = "sum"): Metric {
  return { name, help, type: "gauge", across, read: () => samples(read()) };
}

/** `parts` are one histogram for each set of labels. */
export function histogram(name: string, help: string, parts: () => readonly LabelledHistogram[]): Metric {
  return { name, help, type: "histogram", across: "sum", read: () => parts().flatMap(histogramSamples) };
}

export interface LabelledHistogram {
  readonly of: Pick<Histogram, "bounds" | "sum"> & { readonly classes: ArrayLike<number> };
  readonly labels?: Readonly<Record<string, string>>;
}

/** One sample for each entry, under a label that tells them apart. */
export function labelled(label: string, values: Iterable<readonly [string, number]>): readonly Sample[] {
  return Array.from(values, ([name, value]) => ({ value, labels: { [label]: name } }));
}

function samples(read: ReturnType<Read>): readonly Sample[] | Promise<readonly Sample[]> {
  if (read instanceof Promise) return read.then((value) => [{ value }]);
  return typeof read === "number" ? [{ value: read }] : read;
}

/** Prometheus' buckets are cumulative, and have their bound as a label. */
function histogramSamples({ of, labels = {} }: LabelledHistogram): readonly Sample[] {
  let below = 0;
  const buckets = Array.from(of.classes, (count, at): Sample => {
    below += count;
    return { value: below, labels: { ...labels, le: of.bounds[at] ?? "+Inf" }, suffix: "_bucket" };
  });
  return [...buckets, { value: of.sum, labels, suffix: "_sum" }, { value: below, labels, suffix: "_count" }];
}
