// The hold stage: turns decisions into verdicts. What needs approval waits here, item by item, inside the client's patience;
// everything else passes through without waiting. Asks nobody about a dry run, and never about a request that would fail anyway.
import { assertNever } from "../base/assert.ts";
import { describeError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { ApprovalAsk, ApprovalOutcome } from "../model/approval.ts";
import type { Allowed, Decision, Hold, RefusalCause, Refused, Verdict } from "../model/decision.ts";
import type { Session } from "../model/session.ts";
import type { Exchange, ExchangeFacts } from "../protocols/protocol.ts";

/** approvals/approvals.ts states what these promise. Null where approvals are not configured. */
export interface Gate {
  ask(ask: ApprovalAsk, options: { readonly holdMs: number; readonly signal: AbortSignal }): Promise<ApprovalOutcome>;
  report(id: string, result: string): Promise<void>;
}

export interface HoldParts {
  readonly gate: Gate | null;
  readonly session: Session;
  /** The digest of an ask; approvals/digest.ts. */
  digest(ask: Omit<ApprovalAsk, "digest">, pinned: JsonObject): string;
  /** How long this client may be made to wait, in milliseconds. */
  holdMs(session: Session): number;
}

export function refused(cause: RefusalCause, message: string, error: string | null = null): Refused {
  return { kind: "refuse", cause, message, error };
}

/** The verdict of a decision that is not open, or null for one that is. */
export function verdictOf(decision: Decision): Verdict | null {
  switch (decision.outcome) {
    case "allow":
      return allowed(decision);
    case "deny":
      return refused(decision.cause, decision.message);
    case "hold":
      return null;
    default:
      return assertNever(decision);
  }
}

function allowed(
  decision: { masks: Allowed["masks"]; filters: Allowed["filters"] },
  approval: Allowed["approval"] = null,
): Allowed {
  return { kind: "allow", masks: decision.masks, filters: decision.filters, approval };
}

/** Waits for people where a decision holds. One verdict for each operation, in order; never rejects. */
export function awaitVerdicts(
  exchange: Exchange,
  decisions: readonly Decision[],
  parts: HoldParts,
  signal: AbortSignal,
): Promise<Verdict[]> {
  return Promise.all(
    decisions.map(async (decision, index) => {
      const verdict = verdictOf(decision);
      if (verdict || decision.outcome !== "hold") return verdict ?? refused("policy", "not decided");
      return holdOne(exchange, index, decision, parts, signal);
    }),
  );
}

async function holdOne(
  exchange: Exchange,
  index: number,
  decision: Hold,
  parts: HoldParts,
  signal: AbortSignal,
): Promise<Verdict> {
  const operation = exchange.operations[index];
  if (!operation) return refused("policy", "not decided");
  if (operation.dryRun) return allowed(decision);
  if (exchange.neverHeld) {
    return refused("policy", `${operation.name} would need approval, and ${exchange.api} cannot wait for people.`);
  }
  if (!parts.gate) {
    return refused(
      "approvals-unavailable",
      `${operation.name} needs approval, and this gateway has no approvals configured.`,
    );
  }
  const before = await factsOf(exchange, index);
  if ("kind" in before) return before;
  const ask = buildAsk(exchange, index, decision, before, parts);
  const outcome = await parts.gate.ask(ask, { holdMs: parts.holdMs(parts.session), signal });
  if (outcome.kind !== "approved") return refusalOf(outcome);
  const changed = signal.aborted ? "the client went away" : await whatChanged(exchange, index, before);
  if (changed === null) return allowed(decision, outcome.approval);
  await parts.gate.report(outcome.approval.id, "VOID");
  return refused(
    "approval-denied",
    `Approval ${outcome.approval.id} is void: ${changed}. Run the command again to ask anew.`,
  );
}

/** What was shown must still hold: a topic re-created in the meantime is another topic. */
async function whatChanged(exchange: Exchange, index: number, before: ExchangeFacts): Promise<string | null> {
  const now = await factsOf(exchange, index);
  if ("kind" in now) return now.message;
  return JSON.stringify(now.pinned) === JSON.stringify(before.pinned) ? null : "what was approved has changed since";
}

async function factsOf(exchange: Exchange, index: number): Promise<ExchangeFacts | Refused> {
  try {
    const facts = await exchange.facts(index);
    if (facts.wouldFail === null) return facts;
    return refused("would-fail", `The broker would answer ${facts.wouldFail}.`, facts.wouldFail);
  } catch (error) {
    return refused("approvals-unavailable", `What is to be approved could not be looked up: ${describeError(error)}.`);
  }
}

function buildAsk(
  exchange: Exchange,
  index: number,
  decision: Hold,
  facts: ExchangeFacts,
  parts: HoldParts,
): ApprovalAsk {
  const { session } = parts;
  const operation = exchange.operations[index];
  if (!operation) throw new Error("an exchange lost one of its operations");
  const ask = {
    cluster: session.cluster,
    principal: session.identity?.principal ?? "",
    groups: session.identity?.groups ?? [],
    client: session.client,
    software: session.software && `${session.software.name} ${session.software.version}`,
    session: session.id,
    protocol: session.protocol,
    api: exchange.api,
    operation,
    facts: facts.shown,
    subject: "",
    bound: {},
    reason: null,
    elevation: null,
    requirements: decision.requirements,
    revision: decision.revision,
  };
  return { ...ask, digest: parts.digest(ask, facts.pinned) };
}

function refusalOf(outcome: Exclude<ApprovalOutcome, { kind: "approved" }>): Refused {
  switch (outcome.kind) {
    case "pending":
      return refused("approval-pending", outcome.message);
    case "denied":
      return refused("approval-denied", outcome.message);
    case "expired":
      return refused("approval-expired", outcome.message);
    case "void":
      return refused("approval-void", outcome.message);
    case "unavailable":
      return refused("approvals-unavailable", outcome.message);
    default:
      return assertNever(outcome);
  }
}
