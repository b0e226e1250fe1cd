// What a client is about to read is judged by the policy in force when it leaves, not by the one when it was asked for: fetches wait at brokers.
import type { Verdict } from "../model/decision.ts";
import type { Session } from "../model/session.ts";
import type { Exchange } from "../protocols/protocol.ts";
import { neverHeld, verdictOf } from "./hold.ts";
import type { Decider } from "./request-parts.ts";
import type { SessionAudit } from "./session-audit.ts";

export interface JudgeAgain {
  readonly session: Session;
  readonly policy: Decider;
  readonly audit: SessionAudit;
  now(): number;
}

/**
 * The verdicts of the policy in force now, on record before they have an effect. What was refused before was not asked of the broker, and stays
 * refused; what would need people now is refused. Rejects when the log cannot be written.
 */
export async function judgeAgain(
  exchange: Exchange,
  request: string,
  before: readonly Verdict[],
  { session, policy, audit, now }: JudgeAgain,
): Promise<readonly Verdict[]> {
  for (;;) {
    const { revision } = policy;
    const decisions = policy.decide({ session, now: now() }, exchange.operations);
    await audit.decided(exchange, request, decisions);
    if (revision !== policy.revision) continue;
    return decisions.map((decision, index) => {
      const was = before[index];
      return was?.kind === "refuse" ? was : (verdictOf(decision) ?? neverHeld(exchange, index));
    });
  }
}

/** Whether something that was allowed is refused now. */
export function isTakenAway(before: readonly Verdict[], again: readonly Verdict[]): boolean {
  return again.some((verdict, index) => verdict.kind === "refuse" && before[index]?.kind === "allow");
}
