// What the policy says of an operation, and what became of it after people were asked.
import type { JsonObject } from "../base/json.ts";
import type { ApprovalRef } from "./approval.ts";
import type { PayloadLevel } from "./recording.ts";

/** `value`, `key`, `header:NAME` (every header of that name) or `headers` (the values of all). */
export type RecordPart = "value" | "key" | "headers" | `header:${string}`;

export const formatNames = ["json", "avro", "protobuf", "csv", "logfmt", "text"] as const;
export type FormatName = (typeof formatNames)[number];

/** Where in a record a rule looks. */
export interface RecordPlace {
  readonly in: RecordPart;
  /** `auto`: what the bytes are beyond doubt; where there is doubt they are unreadable. */
  readonly format: FormatName | "auto";
  /** What else the policy says of the format (columns of CSV); the format's own schema has checked it. */
  readonly formatOptions: Readonly<Record<string, unknown>>;
  /** A path such as `$.customer.email`; or null, where `tag`, `detect` or the part as a whole says what is meant. */
  readonly field: string | null;
  /** A tag that the schema gives to fields (`confluent:tags`), or null. Never beside `field`. */
  readonly tag: string | null;
  /** Detectors: only what they find, in every text and number at or below the place. Empty: the place as a whole. */
  readonly detect: readonly string[];
}

/** One `mask` of the policy: replace what is found by what the method makes of it. */
export interface MaskRule extends RecordPlace {
  /** Names the rule in events: the policy's `rule`, or place and method where it has none. */
  readonly rule: string;
  /** A decision on a read carries the masks for reads only, one on a write those for writes. */
  readonly on: "read" | "write";
  readonly method: MethodCall;
  /** What happens to a part that cannot be read: redacted whole, the partition refused, or passed as it is. */
  readonly otherwise: "redact" | "refuse" | "pass";
}

export interface MethodCall {
  readonly name: string;
  /** As the policy gives them; the method's own schema has checked them. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * One `filter` of the policy. What is hidden does not exist for a reader; on a write the records are refused. A record in which the place
 * cannot be read is hidden, whatever the rule says.
 */
export interface FilterRule extends RecordPlace {
  readonly rule: string;
  readonly on: "read" | "write";
  /** `keep`: only records in which every value at the place is one of `values`. `hide`: none in which one is, or, with `detect`, none with a finding. */
  readonly action: "keep" | "hide";
  /** Compared as text: numbers by their decimal value, `true` and `false`. Empty with `keep`: nothing is seen; with `detect`: not used. */
  readonly values: readonly string[];
  /** A record that has nothing at the place, or null. */
  readonly missing: "keep" | "hide";
}

/** One `approve` of the policy: who has to say yes. */
export interface ApprovalRequirement {
  readonly rule: string;
  /** Names of `approvals.groups`. A member of any of them may approve. */
  readonly approvers: readonly string[];
  /** Distinct people needed. */
  readonly count: number;
  /** Shown to approvers and to the requester. */
  readonly why: string;
  /** Stages are asked one after the other, the lowest first; a person counts in one stage only. 1 to 10. */
  readonly stage: number;
  /** Whether a yes must say why. A no, and breaking the glass, always may or must. */
  readonly reason: "required" | "optional";
  /** When an approval may be used; null for always. */
  readonly window: ApprovalWindow | null;
  /** The longest that the request waits in its place, within the client's patience; null: as configured. */
  readonly holdMs: number | null;
  /** The longest that the approval stays open; null: as configured. */
  readonly expireMs: number | null;
  /** How long a grant can be used; null: as configured. */
  readonly grantMs: number | null;
  /** Groups of `approvals.groups` whose members may go ahead at once, with a reason; everybody is told afterwards. */
  readonly breakGlass: readonly string[];
}

export const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
export type Weekday = (typeof weekdays)[number];

/** Hours of the week in one time zone. Where `toMinute` is not after `fromMinute` it is on the next day. */
export interface ApprovalWindow {
  /** Days on which it opens; at least one. */
  readonly days: readonly Weekday[];
  /** Minutes since midnight, 0 to 1439. */
  readonly fromMinute: number;
  /** Not included; 1 to 1440. */
  readonly toMinute: number;
  /** An IANA name: `Europe/Berlin`, `UTC`. */
  readonly zone: string;
}

/** A requirement's terms where a policy says nothing of them. */
export const usualTerms = {
  stage: 1,
  reason: "optional",
  window: null,
  holdMs: null,
  expireMs: null,
  grantMs: null,
  breakGlass: [],
} as const satisfies Partial<ApprovalRequirement>;

interface Decided {
  /** How much the recording keeps of what this decides; where not given, what the configuration says. */
  readonly record?: PayloadLevel;
  /** The policy revision that decided: a hash of sources and data, or a bundle's revision. */
  readonly revision: string;
  /** What decided, for the log: deny messages, approval rules, or `allow`. */
  readonly rules: readonly string[];
}

export interface Allow extends Decided {
  readonly outcome: "allow";
  readonly masks: readonly MaskRule[];
  readonly filters: readonly FilterRule[];
}

export interface Deny extends Decided {
  readonly outcome: "deny";
  /** `policy`: a rule denies, or none allows. `policy-unavailable`: the evaluation failed. */
  readonly cause: "policy" | "policy-unavailable";
  /** One public sentence: why, and what to do. */
  readonly message: string;
}

export interface Hold extends Decided {
  readonly outcome: "hold";
  readonly requirements: readonly ApprovalRequirement[];
  /** Apply once it is approved. */
  readonly masks: readonly MaskRule[];
  readonly filters: readonly FilterRule[];
}

export type Decision = Allow | Deny | Hold;

/** Why an operation does not happen, so that a protocol can choose its error code. */
export type RefusalCause =
  | "policy"
  | "policy-unavailable"
  | "audit-unavailable"
  | "approval-pending"
  | "approval-denied"
  | "approval-expired"
  /** What was approved is not what would run now, or may not run now. */
  | "approval-void"
  | "approvals-unavailable"
  /** The broker was asked beforehand and says that the request would fail; `error` is its word. */
  | "would-fail";

export interface Allowed {
  readonly kind: "allow";
  readonly masks: readonly MaskRule[];
  readonly filters: readonly FilterRule[];
  /** The approval that was used for it, if one was needed. */
  readonly approval: ApprovalRef | null;
  /** What the request left open and people were shown (an offset for -1): the protocol must put it in before it forwards. */
  readonly bound?: JsonObject;
}

export interface Refused {
  readonly kind: "refuse";
  readonly cause: RefusalCause;
  /** One public sentence: why, and what to do. */
  readonly message: string;
  /** The broker's error name where `cause` is `would-fail`. */
  readonly error: string | null;
  /** Where the protocol can make a client wait and ask again by itself, in milliseconds; only with `approval-pending`. */
  readonly waitMs?: number;
}

/** A decision after holding: nothing is open any more. One verdict for each operation, in order. */
export type Verdict = Allowed | Refused;
