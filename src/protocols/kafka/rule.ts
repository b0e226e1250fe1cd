// What the gateway must know of one Kafka API to guard it: which operations a request is, how a request shrinks to what is
// allowed, how a refusal looks in that API's own form, and what of an answer must change. One file in operations/ for each.
// Rules are pure functions over decoded messages; whatever they need from outside is in the context.
import type { Maybe } from "../../base/maybe.ts";
import type { DataRange, DataSent } from "../../model/audit-event.ts";
import type { Refused, Verdict } from "../../model/decision.ts";
import type { Operation } from "../../model/operation.ts";
import type { Session } from "../../model/session.ts";
import type {
  AddressBook,
  Answer,
  AnswerServices,
  AnswerStream,
  BlockedRecords,
  ExchangeFacts,
  OperationOutcome,
} from "../protocol.ts";
import { errorCode } from "./errors.ts";
import type { ApiMessages } from "./schema.ts";
import type { TopicNames } from "./topics.ts";

export type Ask = <Req, Res>(api: ApiMessages<Req, Res>, version: number, request: Req) => Promise<Res>;

export interface RuleContext {
  readonly version: number;
  readonly clientId: string | null;
  readonly session: Session;
  readonly topics: TopicNames;
  readonly book: AddressBook;
  /** A question of the gateway's own to the session's broker. Rejects with `broker-unavailable`. */
  readonly ask: Ask;
}

/** What a rule's `facts` may use. */
export interface FactsContext extends RuleContext {
  /** The same to the broker with this id, for what only it knows; null where nothing but what is pinned is wanted. */
  readonly askNode: ((node: number) => Ask) | null;
}

/** What a rule's `respond` may use and fill beside the answer itself. */
export interface RespondContext extends RuleContext {
  readonly services: AnswerServices;
  readonly verdicts: readonly Verdict[];
  /** Filled by rules of the data plane. */
  readonly ranges: DataRange[];
  readonly maskFailures: Record<string, number>;
  /** Counted by listings: what the caller may not see. */
  readonly omitted: { count: number };
}

/** What a rule's `guard` may use. */
export interface GuardContext extends RuleContext {
  readonly services: AnswerServices;
  readonly verdicts: readonly Verdict[];
}

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export interface Rule<Req, Res> {
  readonly api: ApiMessages<Req, Res>;
  /** The versions that this rule was written for; all others are refused. */
  readonly versions: VersionRange;
  /** DESIGN §6: traffic that no person can be asked about. */
  readonly neverHeld: boolean;
  /** See Exchange.delivers. */
  readonly delivers?: boolean;
  /** True where nothing of an answer is kept beyond it when none of its request was refused. See Answer.spent. */
  readonly forgets?: boolean;
  /** See EarlyAnswer; `late` learns what the broker did meanwhile. */
  readonly early?: {
    answer(request: Req, verdicts: readonly Verdict[], context: RuleContext): Res;
    late(response: Res, request: Req, context: RuleContext): void;
  };
  /** Looks up what `describe` needs and only the broker knows: names for topic ids. */
  prepare?(request: Req, context: RuleContext): Promise<void> | undefined;
  /** A sentence when this request is an abuse that ends the connection: a client that claims to be a broker. */
  abuse?(request: Req, context: RuleContext): string | null;
  describe(request: Req, context: RuleContext): readonly Operation[];
  /** Facts for approvers, and what must not change before the operation runs. */
  facts?(request: Req, operation: number, context: FactsContext): Promise<ExchangeFacts>;
  /** From this version on clients that are told THROTTLING_QUOTA_EXCEEDED wait and ask again by themselves (KIP-599). */
  readonly nativeWaitFrom?: number;
  /** False for requests that the broker answers with silence (acks=0). */
  answered?(request: Req): boolean;
  /** The data of a request that is not answered. */
  sent?(request: Req, context: RuleContext): readonly DataSent[];
  /** What of the request may go on: the same object when all of it may, null when nothing is left. */
  restrict(request: Req, verdicts: readonly Verdict[], context: RuleContext): Req | null;
  /**
   * Masks and refuses the records of what `restrict` left, before they go on: the same object when nothing changed, null when nothing is left.
   * `request` is the client's, whole; `refuse` and `respond` get it again.
   */
  guard?(restricted: Req, request: Req, context: GuardContext): Maybe<Req | null>;
  /** What `guard` refused, for the log. */
  blocked?(request: Req): readonly BlockedRecords[];
  /** What `guard` could not read, by rule. */
  unreadable?(request: Req): Readonly<Record<string, number>>;
  /** The whole answer when nothing was left; null where the API has no way to say no. */
  refuse(request: Req, verdicts: readonly Verdict[], context: RuleContext): Res | null;
  /**
   * For answers with a list that may be very long, which is judged without being decoded: `respond` then gets the answer without it. Null where
   * the whole has to be decoded.
   */
  cutList?(frame: Buffer, request: Req, context: RespondContext): Maybe<CutList | null>;
  /** The broker's answer as the client gets it: the same object when nothing changed. `request` is the client's, whole. */
  respond(response: Res, request: Req, context: RespondContext): Res | Promise<Res>;
  /**
   * For an answer that may leave as it is, where `respond` would change nothing in it; null where it would. `outcomes` and ranges are told by what
   * is given here then, and a large answer leaves as it comes.
   */
  stream?(
    request: Req,
    verdicts: readonly Verdict[],
    services: AnswerServices,
    context: RuleContext,
  ): PassingAnswer | null;
  outcomes(response: Res, request: Req, context: RuleContext): readonly OperationOutcome[];
  /** The records that request and answer hold, in the order of the wire: a recording cuts them out, or keeps them. */
  records?: {
    request?(request: Req): readonly Buffer[];
    response?(response: Res): readonly Buffer[];
  };
  /** Request and answer without their secrets, for the recording: the same object where there are none. */
  withoutSecrets?: {
    request?(request: Req): Req;
    response?(response: Res): Res;
  };
}

export interface CutList {
  /** The answer's frame with an empty list. */
  readonly rest: Buffer;
  /** Puts what is left of the list into the answer that was made of `rest`. */
  put(answer: Buffer): readonly Buffer[];
}

// biome-ignore lint/suspicious/noExplicitAny: a list of rules of different messages; each is used only with its own messages
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyRule = Rule<any, any>;

/** How one refusal is said: Kafka's code, and a sentence where the API has a field for one. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

const policyViolation = errorCode("POLICY_VIOLATION");
const comeAgain = errorCode("THROTTLING_QUOTA_EXCEEDED");

/** `denied` is the API's own authorization error (TOPIC_AUTHORIZATION_FAILED …); people's answers are POLICY_VIOLATION. */
export function refusalOf(verdict: Refused, denied: number): Refusal {
  switch (verdict.cause) {
    case "policy":
    case "policy-unavailable":
    case "audit-unavailable":
      return { code: denied, message: verdict.message };
    case "would-fail":
      return { code: verdict.error === null ? policyViolation : errorCode(verdict.error), message: verdict.message };
    case "approval-pending":
      return { code: verdict.waitMs === undefined ? policyViolation : comeAgain, message: verdict.message };
    case "approval-denied":
    case "approval-expired":
    case "approval-void":
    case "approvals-unavailable":
      return { code: policyViolation, message: verdict.message };
    default:
      return verdict.cause satisfies never;
  }
}

/** How long a client is to wait before it asks again, in milliseconds; 0 where nothing says so. */
export function waitMsOf(verdicts: readonly Verdict[]): number {
  return Math.max(0, ...verdicts.map((verdict) => (isRefused(verdict) ? (verdict.waitMs ?? 0) : 0)));
}

export function isRefused(verdict: Verdict | undefined): verdict is Refused {
  return verdict?.kind === "refuse";
}

/** An answer on its way as it is: in pieces as they come, or as a whole. */
export interface PassingAnswer extends AnswerStream {
  /** Instead of `push` and `end`. Null where something in it has to be changed, or is malformed: it is decoded then. */
  whole(frame: Buffer): Answer | null;
}

/** Allowed, with nothing to be changed in its records. */
export function passesWhole(verdict: Verdict): boolean {
  return verdict.kind === "allow" && verdict.masks.length === 0 && verdict.filters.length === 0;
}
