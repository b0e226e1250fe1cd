// What the path may ask of approvals, and what people's channels may do to them. gate.ts and store.ts implement these on Redis.
import type { Approval, ApprovalAsk, ApprovalOutcome, ApprovalState } from "../model/approval.ts";

export interface AskOptions {
  /** How long this client can be made to wait, in milliseconds; 0 answers with a ticket at once. */
  readonly holdMs: number;
  /** Aborted when the client goes away: the wait ends, the approval stays open. */
  readonly signal: AbortSignal;
}

/** The path's side. */
export interface ApprovalGate {
  /**
   * Uses a grant for this digest if there is one; else opens an approval or attaches to the open one, and waits.
   * `approved` means that the grant was consumed for this call, atomically, and for nobody else.
   * Never throws: Redis away is `unavailable`. After an abort the result is of no interest.
   */
  ask(ask: ApprovalAsk, options: AskOptions): Promise<ApprovalOutcome>;
  /** Asks ahead: opens an approval or attaches to the open one, waits for nobody and uses nothing. Never throws. */
  request(ask: ApprovalAsk): Promise<RequestOutcome>;
  /** Tells what became of an approved operation: the error's name, `NONE` for success, `UNKNOWN` for a broker that was lost. Best effort. */
  report(id: string, result: string): Promise<void>;
  /** It was used up, and nothing was sent nor ever will be: it can be used again. Best effort. */
  giveBack(id: string): Promise<void>;
  /** What was shown is not what would run: nobody can use it any more. `why` is the end of a sentence. Best effort. */
  void(id: string, why: string): Promise<void>;
  /** A keyed hash of what nobody may see and an approval must not fit twice. Rejects with `approvals-unavailable`. */
  seal(secret: string): Promise<string>;
}

export interface ApprovalFilter {
  readonly states?: readonly ApprovalState[];
  readonly limit?: number;
}

/** What came of asking ahead. `approved`: it was given before and waits to be used. */
export type RequestOutcome =
  | { readonly kind: "pending" | "approved" | "denied"; readonly approval: Approval; readonly message: string }
  | { readonly kind: "unavailable"; readonly message: string };

/** What a channel says that a person said. The channel has proved `person` and `groups`; all else is the person's own words. */
export interface Ballot {
  /** `slack:U0ADMIN1`, `local:dave`, `principal:carol`. */
  readonly person: string;
  /** How people read it. */
  readonly name: string;
  /** `break-glass`: members of the requirements' `breakGlass` groups go ahead without the approvers; it must say why. */
  readonly answer: "approve" | "deny" | "break-glass";
  readonly reason: string | null;
  /** `slack`, `cli`, `http` … */
  readonly channel: string;
  /** Groups that the person's identity provider (for `slack:`, Slack: user groups) vouches for just now. */
  readonly groups?: readonly string[];
  /** In lower case, verified by whoever proved the person; null where there is none. */
  readonly email?: string | null;
}

/** The people's side: Slack, the command line, HTTP. */
export interface ApprovalDesk {
  list(filter: ApprovalFilter): Promise<readonly Approval[]>;
  get(id: string): Promise<Approval | null>;
  /**
   * Counts a vote by compare-and-set. Rejects with `approval-unknown`, or `approval-refused` whose message says why:
   * not pending any more, own request, voted before, not among the approvers, another stage's turn, a reason is missing.
   */
  vote(id: string, ballot: Ballot): Promise<Approval>;
  /**
   * Takes back what is pending (only who asked) or approved and not used (who asked, or an approver): no grant, no elevation is left.
   * Rejects as `vote` does.
   */
  cancel(id: string, by: Omit<Ballot, "answer">): Promise<Approval>;
}
