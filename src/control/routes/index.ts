// Every route of the HTTP API. A new one is a file in this folder and a line here; server, OpenAPI document and the test of both follow.
import { LockkeeperError } from "../../base/errors.ts";
import type { AnyRoute } from "../route.ts";
import { type ApprovalRoutesParts, approvalRoutes } from "./approvals.ts";
import { type Health, healthRoutes } from "./health.ts";
import { type MetricsPage, metricsRoutes } from "./metrics.ts";
import { type RequestRoutesParts, requestRoutes } from "./requests.ts";

export interface RouteParts {
  readonly health: Health;
  readonly metrics: MetricsPage;
  /** Null where approvals are not configured: their paths are not there then. */
  readonly approvals: (ApprovalRoutesParts & RequestRoutesParts) | null;
}

export function routesOf({ health, metrics, approvals }: RouteParts): AnyRoute[] {
  return [
    ...healthRoutes(health),
    ...metricsRoutes(metrics),
    ...(approvals ? [...approvalRoutes(approvals), ...requestRoutes(approvals)] : []),
  ];
}

const unused = () => Promise.reject(new LockkeeperError("setup-failed", "a description does nothing"));

/** All routes, for the document only: none of them does anything. */
export const describedRoutes: readonly AnyRoute[] = routesOf({
  health: { live: () => false, report: unused },
  metrics: unused,
  approvals: {
    desk: { list: unused, get: unused, vote: unused, cancel: unused },
    people: {
      canonical: () => "",
      satisfies: () => [],
      isIn: () => false,
      isRequester: () => false,
      isKnownApart: () => false,
      slackOf: () => null,
      slackGroups: [],
    },
    clusters: [],
    ask: unused,
    grants: () => [],
  },
});
