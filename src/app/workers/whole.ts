// The gateway as a whole, where several workers share its ports: whichever of them is asked for metrics or health gathers what all say.
import type { Json, JsonObject } from "../../base/json.ts";
import { gauge, labelled, type Metric } from "../../base/metric.ts";
import { type ProcessMetrics, pageOfAll } from "../../control/metrics.ts";
import type { Health } from "../../control/routes/health.ts";
import type { MetricsPage } from "../../control/routes/metrics.ts";
import type { WorkerState } from "./messages.ts";
import type { WorkerSeat } from "./seat.ts";

/** Numbers are added up over the workers that answered (or what else `Metric.across` says); who did not is told by `lockkeeper_workers`. */
export function metricsOfAll(own: ProcessMetrics, worker: WorkerSeat): MetricsPage {
  worker.reports("metrics", () => own.report());
  return async () => {
    const { workers } = await worker.gather("metrics");
    const reports = workers.flatMap(({ report }) => (report === null ? [] : [report]));
    return pageOfAll(reports, workerMetrics(workers));
  };
}

/** What only a gateway with several workers has. */
export function workerMetrics(workers: readonly WorkerState[]): readonly Metric[] {
  const states = Map.groupBy(workers, ({ state }) => state);
  const count = (state: WorkerState["state"]): [string, number] => [state, states.get(state)?.length ?? 0];
  return [
    gauge("lockkeeper_workers", "Worker processes: serving, starting, or none that answers.", () =>
      labelled("state", [count("serving"), count("starting"), count("none")]),
    ),
    gauge("lockkeeper_worker_restarts", "How often workers that died were started again.", () =>
      workers.reduce((sum, { restarts }) => sum + restarts, 0),
    ),
  ];
}

/** Ready while every worker that takes connections is: one that is being started again takes none. */
export function healthOfAll(own: Health, worker: WorkerSeat): Health {
  worker.reports("health", () => own.report());
  return {
    live: () => own.live(),
    async report() {
      const { workers } = await worker.gather("health");
      const reports = workers.flatMap(({ report }) => (report === null ? [] : [objectOf(report)]));
      const hanging = workers.some(({ state, pid }) => state === "none" && pid !== null);
      // what is wrong with one is what to look at
      const worst = reports.find((report) => !isReady(report)) ?? (await own.report());
      return {
        ...worst,
        ready: reports.length > 0 && !hanging && reports.every(isReady),
        sessions: reports.reduce((sum, { sessions }) => sum + Number(sessions ?? 0), 0),
        workers: workers.map(({ report, ...state }) => ({ ...state, ...objectOf(report) })),
      };
    },
  };
}

function isReady(report: JsonObject): boolean {
  return report["ready"] === true;
}

function objectOf(value: Json): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
