// Metrics as Prometheus' text. prom-client writes it and adds the process' own metrics (CPU, memory, garbage collection, delay of the event loop); ours are
// read from the rooms' own numbers at each scrape, so that nothing but a scrape costs anything. Where several workers share the ports each makes a
// report, and one page is made of all of them.
import { AggregatorRegistry, collectDefaultMetrics, Registry } from "prom-client";
import type { Json } from "../base/json.ts";
import type { Metric } from "../base/metric.ts";

/** One for the whole process, however many gateways are in it: what prom-client starts here it never stops. */
let ofProcess: Registry | null = null;

export interface ProcessMetrics {
  /** The text of this process alone. */
  page(): Promise<string>;
  /** The same numbers, for `pageOfAll`. */
  report(): Promise<Json>;
}

export function createMetrics(metrics: readonly Metric[]): ProcessMetrics {
  const registry = registryOf(metrics);
  if (ofProcess === null) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  const process = ofProcess;
  return {
    page: async () => `${await registry.metrics()}\n${await process.metrics()}`,
    report: async () =>
      [...(await registry.getMetricsAsJSON()), ...(await process.getMetricsAsJSON())] as unknown as Json,
  };
}

/** @param reports of every worker that answered; @param own of whoever looks at all of them */
export async function pageOfAll(reports: readonly Json[], own: readonly Metric[]): Promise<string> {
  const all = AggregatorRegistry.aggregate(reports as unknown as object[]);
  return `${await all.metrics()}\n${await registryOf(own).metrics()}`;
}

function registryOf(metrics: readonly Metric[]): Registry {
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(asClientMetric(metric) as never);
  return registry;
}

/** What a Registry needs of a metric. */
function asClientMetric({ name, help, type, across, read }: Metric) {
  return {
    name,
    async get() {
      const samples = await Promise.resolve(read()).catch(() => []);
      const values = samples.map(({ value, labels = {}, suffix = "" }) => ({
        value,
        labels,
        metricName: `${name}${suffix}`,
      }));
      return { name, help, type, aggregator: across, values };
    },
  };
}
