// Metrics as Prometheus' text. prom-client writes it and adds the process' own metrics (CPU, memory, garbage collection, delay of the event loop); ours are
// read from the rooms' own numbers at each scrape, so that nothing but a scrape costs anything.
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Metric } from "../base/metric.ts";

/** One for the whole process, however many gateways are in it: what prom-client starts here it never stops. */
let ofProcess: Registry | null = null;

/** @returns the page's text */
export function createMetricsPage(metrics: readonly Metric[]): () => Promise<string> {
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(asClientMetric(metric) as never);
  if (ofProcess === null) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  const process = ofProcess;
  return async () => `${await registry.metrics()}\n${await process.metrics()}`;
}

/** What a Registry needs of a metric. */
function asClientMetric({ name, help, type, read }: Metric) {
  return {
    name,
    async get() {
      const samples = await Promise.resolve(read()).catch(() => []);
      const values = samples.map(({ value, labels = {}, suffix = "" }) => ({
        value,
        labels,
        metricName: `${name}${suffix}`,
      }));
      return { name, help, type, aggregator: "sum", values };
    },
  };
}
