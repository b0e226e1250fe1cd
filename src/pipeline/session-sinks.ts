// Where a session's events, ranges and frames go. The audit log and the recordings are behind these; the path knows nothing else of them.
import type { JsonObject } from "../base/json.ts";
import type { AuditActor, AuditEvent, DataRange, DataSent } from "../model/audit-event.ts";
import type { FrameToKeep, PayloadLevel } from "../model/recording.ts";

/** Where events go; audit/recorder.ts states what `record` promises. */
export interface EventSink {
  record(event: AuditEvent, options?: { readonly durable?: boolean }): Promise<void>;
}

/** Sums what was read and written into few events. */
export interface RangeSink {
  add(actor: AuditActor, direction: "read" | "write", range: DataRange): void;
  addSent(actor: AuditActor, sent: DataSent): void;
  end(session: string): void;
}

export interface FrameSink {
  /** What the configuration says; a policy may say otherwise for what it decides. */
  readonly level: PayloadLevel;
  /** Copies what it keeps, before it returns. */
  frame(frame: FrameToKeep): void;
  /** What commits the audit log to the recording: its last block's commitment. Null when nothing was kept. */
  end(): Promise<JsonObject | null>;
}
