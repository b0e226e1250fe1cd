// Metrics of approvals. Each change is heard by one of the gateways: sum the counters over all of them. How many wait is the same for all.
import { decisionMsBounds } from "../../approvals/counters.ts";
import { counter, gauge, histogram, labelled, type Metric } from "../../base/metric.ts";
import type { ApprovalsRoom } from "../approvals.ts";

/** None where approvals are not configured. */
export function approvalMetrics({ counts, waiting }: Pick<ApprovalsRoom, "counts" | "waiting">): readonly Metric[] {
  if (!counts) return [];
  return [
    counter(
      "lockkeeper_approvals_total",
      "Changes of approvals: requested, approved, denied, expired, used and others.",
      () => labelled("change", Object.entries(counts().changes)),
    ),
    gauge("lockkeeper_approvals_waiting", "Approvals that wait for people, over all gateways.", () => waiting(), "max"),
    histogram("lockkeeper_approval_decision_seconds", "From asking to people's decision.", () => {
      const { decisions, decisionMsSum } = counts();
      const bounds = decisionMsBounds.map((bound) => bound / 1000);
      return [{ of: { bounds, classes: decisions, sum: decisionMsSum / 1000 } }];
    }),
  ];
}
