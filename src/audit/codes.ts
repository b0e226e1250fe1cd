// One table: every audit code and what it is in OCSF. A code that is not here does not compile.
// Source: OCSF schema 1.6 (class, activity, severity and status ids); type_uid is class_uid × 100 + activity_id.
import type { AuditCode } from "../model/audit-event.ts";
import type { Verb } from "../model/operation.ts";

const classes = {
  authentication: { uid: 3002, category: 3, name: "Authentication", categoryName: "Identity & Access Management" },
  api: { uid: 6003, category: 6, name: "API Activity", categoryName: "Application Activity" },
  lifecycle: { uid: 6002, category: 6, name: "Application Lifecycle", categoryName: "Application Activity" },
  finding: { uid: 2006, category: 2, name: "Data Security Finding", categoryName: "Findings" },
} as const;

/** The page lists them. */
export function className(name: OcsfClass): string {
  const { uid, name: title } = classes[name];
  return `${title} (${uid})`;
}

export type OcsfClass = keyof typeof classes;

const severities = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 } as const;
/** What status_id a code implies; `error` reads it from the event's error name. */
type StatusRule = "success" | "failure" | "other" | "error";

interface CodeRow {
  readonly class: OcsfClass;
  /** `verb`: the operation's verb says it. */
  readonly activity: number | "verb";
  readonly severity: keyof typeof severities;
  readonly status: StatusRule;
  /** What happened, for a person. */
  readonly title: string;
  /** When it is recorded and what it carries beside the actor, for the page. */
  readonly when: string;
}

function row(
  ocsfClass: OcsfClass,
  activity: CodeRow["activity"],
  severity: CodeRow["severity"],
  status: StatusRule,
  title: string,
  when: string,
): CodeRow {
  return { class: ocsfClass, activity, severity, status, title, when };
}

const other = 99;

// biome-ignore format: a table reads best with one row a line
export const codes = {
  "gateway.started": row("lifecycle", 3, "informational", "success", "Gateway started", "once everything runs; version"),
  "gateway.stopped": row("lifecycle", 4, "informational", "success", "Gateway stopped", "last, in an orderly stop"),
  "log.gap": row("lifecycle", other, "critical", "failure", "Audit log has a gap", "after a start that found a torn journal, or once the log can be written again: how many events were refused, and since when"),
  "log.key-rotated": row("lifecycle", other, "high", "success", "Audit log signed by a new key", "last under the old key; the new key's verifier key"),
  "sink.failed": row("lifecycle", other, "high", "failure", "Audit sink cannot be reached", "with the first failure; the sink and its position"),
  "sink.recovered": row("lifecycle", other, "informational", "success", "Audit sink takes events again", "with the first delivery after a failure"),
  "policy.loaded": row("lifecycle", 8, "informational", "success", "Policy loaded", "revision, files, tests"),
  "policy.rejected": row("lifecycle", 8, "medium", "failure", "Policy rejected", "every problem; the revision that stays"),
  "session.started": row("authentication", 6, "informational", "other", "Session started", "a client connected; before anything is read"),
  "session.authenticated": row("authentication", 1, "informational", "success", "Login succeeded", "principal, groups, claims, mechanism; again for a re-authentication"),
  "session.authentication-failed": row("authentication", 1, "medium", "failure", "Login failed", "the mechanism and the reason, never what was sent"),
  "session.ended": row("authentication", 2, "informational", "success", "Session ended", "totals, and what commits the log to the recording"),
  "session.aborted": row("authentication", 2, "medium", "failure", "Session aborted", "the same, with the reason"),
  "broker.lost": row("lifecycle", other, "medium", "failure", "Broker connection lost", "the reason"),
  "operation.allowed": row("api", "verb", "informational", "success", "Operation allowed", "before its effect; cacheable ones once a session, resource and policy revision; without an operation: a request that only lists"),
  "operation.denied": row("api", "verb", "medium", "failure", "Operation denied", "what decided, and the sentence that the client got"),
  "operation.held": row("api", "verb", "low", "other", "Operation held for approval", "the rules that ask for people"),
  "operation.outcome": row("api", "verb", "informational", "error", "Operation answered", "the error name that the client got; `details.omitted`: how much a listing left out"),
  "data.read": row("api", 2, "informational", "success", "Data read", "exact offset ranges by topic and partition, at most once a second and session; fields masked by rule"),
  "data.written": row("api", 1, "informational", "success", "Data written", "the same, with the offsets that the broker assigned"),
  "data.unacknowledged": row("api", 1, "informational", "other", "Data sent without acknowledgement", "acks=0: records, bytes and masked fields by topic and partition; nobody learns their offsets"),
  "mask.failed": row("finding", 1, "high", "other", "Field could not be masked", "the rule and how often; a batch that nobody could look into counts for each rule about it, and for its error's code"),
  "approval.requested": row("api", 1, "low", "other", "Approval requested", "digest, requester, what is asked"),
  "approval.voted": row("api", 3, "low", "success", "Approval voted on", "who"),
  "approval.approved": row("api", 3, "low", "success", "Approval given", "by whom"),
  "approval.denied": row("api", 3, "low", "failure", "Approval denied", "by whom"),
  "approval.expired": row("api", 3, "low", "failure", "Approval expired", ""),
  "approval.cancelled": row("api", 3, "low", "failure", "Approval cancelled", ""),
  "approval.used": row("api", 3, "low", "success", "Approval used", "the result"),
  "approval.lapsed": row("api", 3, "low", "failure", "Approval lapsed", "not used in time; an elevation has ended"),
  "approval.void": row("api", 3, "medium", "failure", "Approval void", "why: what was shown has changed, or an approver left"),
  "approval.unknown": row("api", 3, "high", "other", "Outcome of an approved operation unknown", "sent to a broker that was lost before it answered"),
  "approval.broken-glass": row("api", 3, "critical", "success", "Glass broken: went ahead without approvers", "who, and why"),
  "recording.committed": row("lifecycle", other, "informational", "success", "Recordings committed", "every few seconds while sessions run: chunks and commitment of each recording that grew"),
  "recording.viewed": row("api", 2, "low", "success", "Recording viewed", "who replayed which session, with records or without; before anything is shown"),
  "recording.exported": row("api", 2, "medium", "success", "Recording exported", "who, which session, the format"),
  "recording.redriven": row("api", 1, "high", "success", "Recording written again", "who, which session, to which topic, how many records"),
  "recording.erased": row("api", 4, "high", "success", "Recording erased", "the session's key was destroyed: who, why, and the key's fingerprint"),
  "retention.pruned": row("lifecycle", other, "low", "success", "Retention removed what is due", "all ranges of entries pruned so far; recordings removed"),
  "retention.failed": row("lifecycle", other, "high", "failure", "Retention could not remove what is due", "why"),
  "hold.placed": row("api", 1, "medium", "success", "Legal hold placed", "on which session, principal or topic, and why"),
  "hold.released": row("api", 4, "medium", "success", "Legal hold released", "the hold, and why"),
} as const satisfies Record<AuditCode, CodeRow>;

const verbActivity: Record<Verb, number> = { create: 1, read: 2, describe: 2, write: 3, alter: 3, delete: 4 };

export function isAuditCode(text: string): text is AuditCode {
  return Object.hasOwn(codes, text);
}

/** What an event is in OCSF, apart from its facts. */
export interface Classified {
  readonly class: OcsfClass;
  readonly classUid: number;
  readonly className: string;
  readonly categoryUid: number;
  readonly categoryName: string;
  readonly activityId: number;
  readonly severityId: number;
  /** 1 success, 2 failure, 99 other. */
  readonly statusId: number;
  readonly title: string;
}

export function classify(code: AuditCode, verb: Verb | undefined, error: string | undefined): Classified {
  const entry: CodeRow = codes[code];
  const { uid, category, name, categoryName } = classes[entry.class];
  const failed = entry.status === "failure" || (entry.status === "error" && (error ?? "NONE") !== "NONE");
  return {
    class: entry.class,
    classUid: uid,
    className: name,
    categoryUid: category,
    categoryName,
    activityId: entry.activity !== "verb" ? entry.activity : verb === undefined ? other : verbActivity[verb],
    severityId: severities[entry.severity],
    statusId: failed ? 2 : entry.status === "other" ? other : 1,
    title: entry.title,
  };
}
