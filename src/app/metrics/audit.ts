// Metrics of what is written down: the audit log, recordings, logins and loads of policies (which are events of it), and how full the queues are.
import { limits } from "../../base/limits.ts";
import { counter, gauge, labelled, type Metric } from "../../base/metric.ts";
import type { AuditTrail } from "../audit.ts";

export interface Queue {
  readonly name: string;
  readonly bytes: () => number;
  readonly bytesMax: number;
}

export function auditMetrics(
  audit: Pick<AuditTrail, "counts" | "healthy">,
  otherQueues: readonly Queue[],
): readonly Metric[] {
  const events = () => audit.counts().events;
  const log = () => audit.counts().log;
  const recordings = () => audit.counts().recordings;
  return [
    counter("lockkeeper_logins_total", "Logins of clients, by mechanism and result.", () =>
      Array.from(events().logins(), ({ mechanism, result, count }) => ({
        value: count,
        labels: { mechanism, result },
      })),
    ),
    counter("lockkeeper_policy_loads_total", "Policies that were loaded or rejected.", () =>
      labelled("result", [
        ["loaded", events().of("policy.loaded")],
        ["rejected", events().of("policy.rejected")],
      ]),
    ),
    counter("lockkeeper_audit_events_total", "Events for the audit log, by code.", () =>
      labelled("code", events().all()),
    ),
    counter("lockkeeper_audit_refused_total", "Events that the log could not take.", () => log().refused),
    gauge("lockkeeper_audit_healthy", "1 while the audit log can be written.", () => (audit.healthy() ? 1 : 0), "min"),
    gauge("lockkeeper_audit_entries", "Entries under the last checkpoint.", () => log().size),
    gauge("lockkeeper_audit_pending_entries", "Entries that no checkpoint covers yet.", () => log().pending),
    gauge(
      "lockkeeper_audit_last_checkpoint_timestamp_seconds",
      "When the last checkpoint was signed; 0 before the first.",
      () => log().checkpointAt / 1000,
      "min",
    ),
    gauge("lockkeeper_queue_bytes", "Bytes that wait, by queue.", () =>
      labelled("queue", [
        ["audit-journal", log().queueBytes],
        ["audit-tree", log().pendingBytes],
        ["recordings", recordings()?.bytes ?? 0],
        ...otherQueues.map(({ name, bytes }) => [name, bytes()] as const),
      ]),
    ),
    gauge("lockkeeper_queue_limit_bytes", "Bytes that may wait, by queue.", () =>
      labelled("queue", [
        ["audit-journal", limits.auditQueueBytesMax],
        ["audit-tree", limits.auditQueueBytesMax],
        ["recordings", limits.recordingsQueueBytesMax],
        ...otherQueues.map(({ name, bytesMax }) => [name, bytesMax] as const),
      ]),
    ),
    counter(
      "lockkeeper_recording_lost_frames_total",
      "Frames that recordings miss for want of room.",
      () => recordings()?.lostFrames ?? 0,
    ),
    counter(
      "lockkeeper_recording_dropped_payloads_total",
      "Payloads that recordings left out for want of room.",
      () => recordings()?.droppedPayloads ?? 0,
    ),
  ];
}
