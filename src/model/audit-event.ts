// What happened, as the audit log keeps it. audit/ turns it into a CloudEvents envelope with an OCSF body; nothing else writes one.
import type { JsonObject } from "../base/json.ts";
import type { Operation } from "./operation.ts";

/** Every event there is. audit/codes.ts maps each to its OCSF class; a new one does not compile until it is mapped. */
export type AuditCode =
  | "gateway.started"
  | "gateway.stopped"
  | "log.gap"
  | "log.key-rotated"
  | "sink.failed"
  | "sink.recovered"
  | "policy.loaded"
  | "policy.rejected"
  | "session.started"
  | "session.authenticated"
  | "session.authentication-failed"
  | "session.ended"
  | "session.aborted"
  | "broker.lost"
  | "operation.allowed"
  | "operation.denied"
  | "operation.held"
  | "operation.outcome"
  | "data.read"
  | "data.written"
  | "data.unacknowledged"
  | "mask.failed"
  | "approval.requested"
  | "approval.voted"
  | "approval.approved"
  | "approval.denied"
  | "approval.expired"
  | "approval.cancelled"
  | "approval.used"
  | "approval.lapsed"
  | "recording.committed"
  | "recording.viewed"
  | "recording.exported"
  | "recording.redriven"
  | "recording.erased"
  | "retention.pruned"
  | "retention.failed"
  | "hold.placed"
  | "hold.released"
  | "approval.void"
  | "approval.unknown"
  | "approval.broken-glass";

/** Who and from where, as far as known. Copied from the session when the event is made. */
export interface AuditActor {
  readonly session: string | null;
  readonly cluster: string | null;
  readonly principal: string | null;
  readonly groups: readonly string[];
  readonly mechanism: string | null;
  readonly issuer: string | null;
  readonly claims: JsonObject;
  readonly client: string | null;
  readonly clientId: string | null;
  readonly software: string | null;
}

/** A closed range of offsets of one partition that was read or written. */
export interface DataRange {
  readonly direction: "read" | "write";
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly records: number;
  readonly bytes: number;
  /** How many fields each rule masked. */
  readonly masked: Readonly<Record<string, number>>;
  /** How many records each rule hid from the reader; they do not count in `records`. */
  readonly filtered: Readonly<Record<string, number>>;
}

/** What was sent to one partition without asking for an answer (acks=0): nobody learns the offsets. */
export interface DataSent {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
  readonly bytes: number;
  /** How many fields each rule masked. */
  readonly masked: Readonly<Record<string, number>>;
}

export interface AuditEvent {
  readonly code: AuditCode;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly actor: AuditActor | null;
  readonly operation?: Operation;
  /** `DeleteTopics`, with the version that was used. */
  readonly api?: string;
  readonly apiVersion?: number;
  /** Joins attempt and outcome: the same for all events of one request. */
  readonly request?: string;
  readonly decision?: {
    readonly outcome: "allow" | "deny" | "hold";
    readonly rules: readonly string[];
    readonly revision: string;
    readonly message: string | null;
  };
  readonly approval?: { readonly id: string; readonly digest: string | null; readonly approvers: readonly string[] };
  /** The error's name as the client got it; `NONE` for success. */
  readonly error?: string;
  readonly ranges?: readonly DataRange[];
  readonly sent?: readonly DataSent[];
  /** Anything else, already safe to keep. */
  readonly details?: JsonObject;
}
