// Metrics for Prometheus. Open like health: whoever reaches the port may read them, and they name nobody and nothing but APIs, outcomes and revisions.
import { type AnyRoute, route } from "../route.ts";

/** Resolves with Prometheus' text format. */
export type MetricsPage = () => Promise<string>;

export function metricsRoutes(page: MetricsPage): AnyRoute[] {
  return [
    route({
      method: "GET",
      path: "/metrics",
      access: "open",
      name: "metrics",
      summary: "Metrics in Prometheus' text format.",
      answer: null,
      answerType: "text/plain",
      handle: async () => ({
        status: 200,
        body: await page(),
        contentType: "text/plain; version=0.0.4; charset=utf-8",
      }),
    }),
  ];
}
