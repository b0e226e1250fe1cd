// An approval: people's answer to one operation of one principal, bound to a digest of exactly what was shown.
import type { JsonObject } from "../base/json.ts";
import type { ApprovalRequirement } from "./decision.ts";
import type { Operation } from "./operation.ts";

/**
 * pending → approved → used | lapsed | void | cancelled; pending → denied | expired | cancelled | void; used → unknown | void. An answer that
 * comes late makes an unknown one used; what was used up and provably never sent is approved again. Nothing else changes.
 * `void`: what was to be approved is not there any more as it was shown, or an approver left. `unknown`: sent to the broker, which was lost before
 * it answered. `cancelled`: withdrawn by who asked, or revoked. An elevation is never used: it holds from `approved` to `lapsed`.
 */
export const approvalStates = [
  "pending",
  "approved",
  "used",
  "unknown",
  "lapsed",
  "denied",
  "expired",
  "cancelled",
  "void",
] as const;
export type ApprovalState = (typeof approvalStates)[number];

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
  readonly answer: "approve" | "deny" | "break-glass";
  readonly reason: string | null;
  readonly channel: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The stage that it was counted in. */
  readonly stage: number;
  /** Groups that the person's identity provider vouched for then. */
  readonly groups: readonly string[];
}

/** A role for a time: who has it is seen by policies as `input.principal.grants`. */
export interface Elevation {
  readonly role: string;
  readonly forMs: number;
}

/** An elevation that holds just now. */
export interface Grant {
  /** `apr_…` */
  readonly id: string;
  readonly role: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface Approval extends ApprovalAsk {
  readonly id: string;
  readonly state: ApprovalState;
  readonly votes: readonly Vote[];
  /** The stage whose people are asked now; after the decision, the last one. */
  readonly stage: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly decidedAt: number | null;
  /** Until when an approved one may be used. */
  readonly grantUntil: number | null;
  /** The error code name of the broker's answer once used, `NONE` for success; null before. */
  readonly result: string | null;
  /** Why it is void or cancelled: the end of a sentence. */
  readonly note: string | null;
  /** The approval of the same command that became void when this one was opened, because what it was about has changed. */
  readonly replaces: string | null;
  /** Grows with every change. */
  readonly version: number;
}

/** What the path knows when it asks. The digest covers cluster, principal, api and the operation's semantic fields. */
export interface ApprovalAsk {
  readonly digest: string;
  /** The digest without what is pinned: equal for the same command while the world moves on. */
  readonly subject: string;
  readonly cluster: string;
  readonly principal: string;
  readonly groups: readonly string[];
  /** The requester's, in lower case, where their identity provider has verified it: by it other channels know who they are. Else null. */
  readonly email: string | null;
  readonly client: string;
  readonly software: string | null;
  readonly session: string;
  readonly protocol: string;
  /** `DeleteTopics` */
  readonly api: string;
  readonly operation: Operation;
  /** What was gathered for the approver: sizes, differences, consumers. */
  readonly facts: JsonObject;
  /** What the request leaves open, as it was shown: it is put in when the operation runs. */
  readonly bound: JsonObject;
  /** Why the requester asks; null where the client has no field for it. */
  readonly reason: string | null;
  /** Where a role for a time is asked for and no operation runs; else null. */
  readonly elevation: Elevation | null;
  readonly requirements: readonly ApprovalRequirement[];
  readonly revision: string;
}

/** What came of asking within the budget. `message` is one public sentence that names the approval and what to do. */
export type ApprovalOutcome =
  | { readonly kind: "approved"; readonly approval: ApprovalRef; readonly bound: JsonObject }
  | { readonly kind: "pending"; readonly approval: ApprovalRef; readonly message: string }
  | { readonly kind: "denied"; readonly approval: ApprovalRef; readonly message: string }
  | { readonly kind: "expired"; readonly approval: ApprovalRef; readonly message: string }
  /** It was approved, and may not be used: the world or the approvers changed, or this is not the time. */
  | { readonly kind: "void"; readonly approval: ApprovalRef; readonly message: string }
  | { readonly kind: "unavailable"; readonly message: string };
