// What the path may ask of the audit log and of recordings. Implemented by log.ts and recording.ts.
import type { AuditEvent } from "../model/audit-event.ts";
import type { FrameToKeep } from "../model/recording.ts";
import type { Session } from "../model/session.ts";

export interface AuditRecorder {
  /**
   * Resolves once the event is written (it survives the end of this process); with `durable` once it is on the disk
   * (it survives the end of the machine). Rejects with `audit-unavailable`: the operation must then be refused.
   * Events of one caller keep their order. Writes of one tick are grouped.
   */
  record(event: AuditEvent, options?: { readonly durable?: boolean }): Promise<void>;
  /** False while the log cannot be written. */
  readonly healthy: boolean;
}

export interface SessionRecording {
  /** Copies what it keeps. Bounded; what does not fit is counted and noted as a gap, never waited for. */
  frame(frame: FrameToKeep): void;
  /** Writes the rest; resolves when it is in the file. */
  end(): Promise<void>;
}

/** Of all sessions. */
export interface RecordingCounts {
  /** Bytes that wait for the disk. */
  readonly bytes: number;
  /** Frames that no recording has, and payloads that were left out of one, for want of room. */
  readonly lostFrames: number;
  readonly droppedPayloads: number;
}

export interface Recordings {
  /** Null where recordings are off. */
  open(session: Session): SessionRecording | null;
  counts(): RecordingCounts;
}
