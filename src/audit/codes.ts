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
}

function row(
  ocsfClass: OcsfClass,
  activity: CodeRow["activity"],
  severity: CodeRow["severity"],
  status: StatusRule,
  title: string,
): CodeRow {
  return { class: ocsfClass, activity, severity, status, title };
}

const other = 99;

export const codes = {
  "gateway.started": row("lifecycle", 3, "informational", "success", "Gateway started"),
  "gateway.stopped": row("lifecycle", 4, "informational", "success", "Gateway stopped"),
  "log.gap": row("lifecycle", other, "critical", "failure", "Audit log has a gap"),
  "policy.loaded": row("lifecycle", 8, "informational", "success", "Policy loaded"),
  "policy.rejected": row("lifecycle", 8, "medium", "failure", "Policy rejected"),
  "session.started": row("authentication", 6, "informational", "other", "Session started"),
  "session.authenticated": row("authentication", 1, "informational", "success", "Login succeeded"),
  "session.authentication-failed": row("authentication", 1, "medium", "failure", "Login failed"),
  "session.ended": row("authentication", 2, "informational", "success", "Session ended"),
  "session.aborted": row("authentication", 2, "medium", "failure", "Session aborted"),
  "broker.lost": row("lifecycle", other, "medium", "failure", "Broker connection lost"),
  "operation.allowed": row("api", "verb", "informational", "success", "Operation allowed"),
  "operation.denied": row("api", "verb", "medium", "failure", "Operation denied"),
  "operation.held": row("api", "verb", "low", "other", "Operation held for approval"),
  "operation.outcome": row("api", "verb", "informational", "error", "Operation answered"),
  "data.read": row("api", 2, "informational", "success", "Data read"),
  "data.written": row("api", 1, "informational", "success", "Data written"),
  "mask.failed": row("finding", 1, "high", "other", "Field could not be masked"),
  "approval.requested": row("api", 1, "low", "other", "Approval requested"),
  "approval.voted": row("api", 3, "low", "success", "Approval voted on"),
  "approval.approved": row("api", 3, "low", "success", "Approval given"),
  "approval.denied": row("api", 3, "low", "failure", "Approval denied"),
  "approval.expired": row("api", 3, "low", "failure", "Approval expired"),
  "approval.cancelled": row("api", 3, "low", "failure", "Approval cancelled"),
  "approval.used": row("api", 3, "low", "success", "Approval used"),
  "approval.lapsed": row("api", 3, "low", "failure", "Approval lapsed unused"),
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
