// What the path may ask of approvals, and what people's channels may do to them. gate.ts and store.ts implement these on Redis.
import type { Approval, ApprovalAsk, ApprovalOutcome, ApprovalState, Vote } from "../model/approval.ts";

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
  /** Tells what became of an approved operation: the error's name, `NONE` for success. Best effort. */
  report(id: string, result: string): Promise<void>;
}

export interface ApprovalFilter {
  readonly states?: readonly ApprovalState[];
  readonly limit?: number;
}

/** The people's side: Slack, the command line, later HTTP. */
export interface ApprovalDesk {
  list(filter: ApprovalFilter): Promise<readonly Approval[]>;
  get(id: string): Promise<Approval | null>;
  /**
   * Counts a vote by compare-and-set. Rejects with `approval-unknown`, or `approval-refused` whose message says why:
   * not pending any more, own request, voted before, not among the approvers.
   */
  vote(id: string, vote: Omit<Vote, "at">): Promise<Approval>;
}
