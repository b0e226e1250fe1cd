// An approval: people's answer to one operation of one principal, bound to a digest of exactly what was shown.
import type { JsonObject } from "../base/json.ts";
import type { ApprovalRequirement } from "./decision.ts";
import type { Operation } from "./operation.ts";

/** pending → approved → used | lapsed; pending → denied | expired | cancelled. Nothing leaves a final state. */
export type ApprovalState = "pending" | "approved" | "used" | "lapsed" | "denied" | "expired" | "cancelled";

export interface ApprovalRef {
  /** `apr_…` */
  readonly id: string;
  /** Names of the people who said yes, as the log shows them. */
  readonly approvers: readonly string[];
}

/** One person's answer. `person` is one stable name for a human over all channels: `principal:carol`, `slack:U0ADMIN2`, `local:dave`. */
export interface Vote {
  readonly person: string;
  /** How people read it: a Slack display name or a principal. */
  readonly name: string;
  readonly answer: "approve" | "deny";
  readonly reason: string | null;
  readonly channel: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Approval {
  readonly id: string;
  readonly digest: string;
  readonly state: ApprovalState;
  readonly cluster: string;
  readonly principal: string;
  readonly groups: readonly string[];
  readonly client: string;
  readonly software: string | null;
  readonly session: string;
  readonly protocol: string;
  /** `DeleteTopics` */
  readonly api: string;
  readonly operation: Operation;
  /** What was gathered for the approver: sizes, differences, consumers. */
  readonly facts: JsonObject;
  readonly requirements: readonly ApprovalRequirement[];
  readonly votes: readonly Vote[];
  readonly revision: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly decidedAt: number | null;
  /** Until when an approved one may be used. */
  readonly grantUntil: number | null;
  /** The error code name of the broker's answer once used, `NONE` for success; null before. */
  readonly result: string | null;
}

/** What the path knows when it asks. The digest covers cluster, principal, api and the operation's semantic fields. */
export interface ApprovalAsk {
  readonly digest: string;
  readonly cluster: string;
  readonly principal: string;
  readonly groups: readonly string[];
  readonly client: string;
  readonly software: string | null;
  readonly session: string;
  readonly protocol: string;
  readonly api: string;
  readonly operation: Operation;
  readonly facts: JsonObject;
  readonly requirements: readonly ApprovalRequirement[];
  readonly revision: string;
}

/** What came of asking within the budget. `message` is one public sentence that names the approval and what to do. */
export type ApprovalOutcome =
  | { readonly kind: "approved"; readonly approval: ApprovalRef }
  | { readonly kind: "pending"; readonly approval: ApprovalRef; readonly message: string }
  | { readonly kind: "denied"; readonly approval: ApprovalRef; readonly message: string }
  | { readonly kind: "expired"; readonly approval: ApprovalRef; readonly message: string }
  | { readonly kind: "unavailable"; readonly message: string };
