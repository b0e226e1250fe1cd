// Every metric of a gateway, by room: names, sentences, and where the numbers are. Read only when somebody scrapes; labels are of bounded sets.
import { limits } from "../base/limits.ts";
import { gauge, labelled, type Metric } from "../base/metric.ts";
import type { RecordGuards } from "../pipeline/records/record-guards.ts";
import type { TrafficCounts } from "../pipeline/traffic-counts.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { ApprovalsRoom } from "./approvals.ts";
import type { AuditTrail } from "./audit.ts";
import { approvalMetrics } from "./metrics/approvals.ts";
import { auditMetrics } from "./metrics/audit.ts";
import { trafficMetrics } from "./metrics/traffic.ts";
import type { Traffic } from "./traffic.ts";

export interface MetricsParts {
  readonly version: string;
  readonly audit: Pick<AuditTrail, "counts" | "healthy">;
  readonly policy: Pick<PolicyEngine, "revision">;
  readonly records: Pick<RecordGuards, "queuedBytes">;
  readonly approvals: Pick<ApprovalsRoom, "counts" | "waiting">;
  readonly counts: TrafficCounts;
  readonly traffic: Pick<Traffic, "sessions" | "waitingBytes">;
  /** Of the configuration. */
  readonly waitingBytesMax: number;
  ready(): boolean;
}

export function gatewayMetrics(parts: MetricsParts): readonly Metric[] {
  const { version, audit, policy, records, approvals, counts, traffic } = parts;
  return [
    gauge("lockkeeper_build_info", "1, with the version that runs.", () => labelled("version", [[version, 1]]), "max"),
    gauge("lockkeeper_ready", "1 while a client would be served.", () => (parts.ready() ? 1 : 0), "min"),
    gauge(
      "lockkeeper_policy_info",
      "1, with the revision of the policy in force.",
      () => labelled("revision", [[policy.revision, 1]]),
      "max",
    ),
    ...trafficMetrics(counts, () => traffic.sessions()),
    ...auditMetrics(audit, [
      { name: "masking", bytes: () => records.queuedBytes, bytesMax: limits.maskQueueBytesMax },
      { name: "connections", bytes: () => traffic.waitingBytes(), bytesMax: parts.waitingBytesMax },
    ]),
    ...approvalMetrics(approvals),
  ];
}
