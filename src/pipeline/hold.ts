// The hold stage: turns decisions into verdicts. What needs approval waits here, item by item, inside the client's patience;
// everything else passes through without waiting. Asks nobody about a dry run, and never about a request that would fail anyway.
import { assertNever } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import { verifiedEmail } from "../identity/claims.ts";
import type { ApprovalAsk, ApprovalOutcome } from "../model/approval.ts";
import type { Allowed, Decision, Hold, RefusalCause, Refused, Verdict } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { Session } from "../model/session.ts";
import type { Exchange, ExchangeFacts, OtherBrokers } from "../protocols/protocol.ts";
import type { LookUpBrokers } from "./other-brokers.ts";

/** approvals/approvals.ts states what these promise. Null where approvals are not configured. */
export interface Gate {
  ask(ask: ApprovalAsk, options: { readonly holdMs: number; readonly signal: AbortSignal }): Promise<ApprovalOutcome>;
  report(id: string, result: string): Promise<void>;
  giveBack(id: string): Promise<void>;
  void(id: string, why: string): Promise<void>;
  seal(secret: string): Promise<string>;
}

export interface HoldParts {
  readonly gate: Gate | null;
  readonly session: Session;
  /** Opened for one look-up, and closed after it. */
  otherBrokers(): LookUpBrokers;
  readonly clock: Clock;
  /** The digest of an ask; approvals/digest.ts. */
  digest(ask: Omit<ApprovalAsk, "digest" | "subject">, pinned: JsonObject): string;
  /** How long this client may be made to wait, in milliseconds. */
  holdMs(session: Session): number;
  /** After how many milliseconds this client comes again by itself where its protocol has a word for "later"; null for clients that do not. */
  nativeWaitMs?(session: Session): number | null;
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
  bound?: JsonObject,
): Allowed {
  return { kind: "allow", masks: decision.masks, filters: decision.filters, approval, ...(bound && { bound }) };
}

/** Waits for people where a decision holds. One verdict for each operation, in order; never rejects. */
export function awaitVerdicts(
  exchange: Exchange,
  decisions: readonly Decision[],
  parts: HoldParts,
  signal: AbortSignal,
): Promise<Verdict[]> {
  const lookUp = startLookUp(exchange, parts);
  const verdicts = decisions.map(async (decision, index) => {
    const verdict = verdictOf(decision);
    if (verdict || decision.outcome !== "hold") return verdict ?? refused("policy", "not decided");
    return holdOne(exchange, index, decision, lookUp, parts, signal);
  });
  lookUp.allAsked();
  return Promise.all(verdicts);
}

/** The facts of all that one request asks people about come over the same connections, which end with the last of them. */
interface LookUp {
  readonly startedAt: number;
  facts(index: number, gate: Gate): Promise<Facts | Refused>;
  /** No more will be asked for. */
  allAsked(): void;
}

function startLookUp(exchange: Exchange, parts: HoldParts): LookUp {
  let brokers: LookUpBrokers | null = null;
  const looking: Promise<unknown>[] = [];
  return {
    startedAt: parts.clock.monotonic(),
    facts(index, gate) {
      brokers ??= parts.otherBrokers();
      const facts = factsOf(exchange, index, gate, brokers);
      looking.push(facts);
      return facts;
    },
    allAsked() {
      void Promise.all(looking).then(() => brokers?.close());
    },
  };
}

async function holdOne(
  exchange: Exchange,
  index: number,
  decision: Hold,
  lookUp: LookUp,
  parts: HoldParts,
  signal: AbortSignal,
): Promise<Verdict> {
  const operation = exchange.operations[index];
  if (!operation) return refused("policy", "not decided");
  if (operation.dryRun) return allowed(decision);
  if (exchange.neverHeld) return neverHeld(exchange, index);
  if (!parts.gate) {
    return refused(
      "approvals-unavailable",
      `${operation.name} needs approval, and this gateway has no approvals configured.`,
    );
  }
  const { gate, session } = parts;
  const before = await lookUp.facts(index, gate);
  if ("kind" in before) return before;
  const ask = askOf({ session, api: exchange.api, operation, decision, facts: before }, parts.digest);
  const waitMs = exchange.nativeWait === true ? (parts.nativeWaitMs?.(session) ?? null) : null;
  // the client has waited for the facts as well
  const waited = parts.clock.monotonic() - lookUp.startedAt;
  const outcome = await gate.ask(ask, { holdMs: Math.max(0, patience(decision, parts, waitMs) - waited), signal });
  if (outcome.kind !== "approved") {
    const refusal = refusalOf(outcome);
    return outcome.kind === "pending" && waitMs !== null ? { ...refusal, waitMs } : refusal;
  }
  const { approval, bound } = outcome;
  if (signal.aborted) {
    await gate.giveBack(approval.id);
    return refused("approval-void", "The client went away.");
  }
  const changed = await whatChanged(exchange, index, before, gate);
  if (changed === null) return allowed(decision, approval, bound);
  await gate.void(approval.id, changed);
  return refused("approval-void", `Approval ${approval.id} is void: ${changed}. Run the command again to ask anew.`);
}

/** The shortest of what client, configuration and rules allow; a client that comes again by itself need not be kept on the line. */
function patience({ requirements }: Hold, parts: HoldParts, waitMs: number | null): number {
  const rules = requirements.flatMap(({ holdMs }) => holdMs ?? []);
  const longest = waitMs === null ? parts.holdMs(parts.session) : limits.approvalNativeHoldMs;
  return Math.min(longest, parts.holdMs(parts.session), ...rules);
}

/** What would need approval, where nobody can wait for it (DESIGN §6). */
export function neverHeld(exchange: Exchange, index: number): Refused {
  const name = exchange.operations[index]?.name ?? exchange.api;
  return refused("policy", `${name} would need approval, and ${exchange.api} cannot wait for people.`);
}

/** What was shown must still hold: a topic re-created in the meantime is another topic. */
async function whatChanged(exchange: Exchange, index: number, before: Facts, gate: Gate): Promise<string | null> {
  const now = await factsOf(exchange, index, gate, null);
  if ("kind" in now) return withoutStop(now.message);
  const names = new Set([...Object.keys(before.pinned), ...Object.keys(now.pinned)]);
  const changed = [...names].filter((name) => JSON.stringify(now.pinned[name]) !== JSON.stringify(before.pinned[name]));
  return changed.length === 0 ? null : `what was shown has changed since (${changed.join(", ")})`;
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

/** Facts whose secrets are sealed: safe to keep. */
export type Facts = Omit<ExchangeFacts, "secret">;

/** What is to be shown and pinned, or why nobody need be asked; without other brokers, what is pinned. Never rejects. */
export async function factsOf(
  exchange: Exchange,
  index: number,
  gate: Gate,
  others: OtherBrokers | null,
): Promise<Facts | Refused> {
  try {
    const { secret, ...facts } = await exchange.facts(index, others);
    if (facts.wouldFail !== null) {
      return refused("would-fail", `The broker would answer ${facts.wouldFail}.`, facts.wouldFail);
    }
    // an approval of one secret must not fit another, and nobody may read either
    if (secret === undefined) return facts;
    return { ...facts, pinned: { ...facts.pinned, sealed: await gate.seal(secret.reveal()) } };
  } catch (error) {
    return refused("approvals-unavailable", `What is to be approved could not be looked up: ${describeError(error)}.`);
  }
}

export interface AskParts {
  readonly session: Session;
  readonly api: string;
  readonly operation: Operation;
  readonly decision: Hold;
  readonly facts: Facts;
  /** Why the requester asks, where there is a field for it. */
  readonly reason?: string | null;
}

export function askOf(
  { session, api, operation, decision, facts, reason = null }: AskParts,
  digest: HoldParts["digest"],
): ApprovalAsk {
  const ask = {
    cluster: session.cluster,
    principal: session.identity?.principal ?? "",
    groups: session.identity?.groups ?? [],
    email: verifiedEmail(session.identity?.claims ?? {}),
    client: session.client,
    software: session.software && `${session.software.name} ${session.software.version}`,
    session: session.id,
    protocol: session.protocol,
    api,
    operation,
    facts: facts.shown,
    bound: facts.bound ?? {},
    reason,
    elevation: null,
    requirements: decision.requirements,
    revision: decision.revision,
  };
  // a command with another secret is another command, however the world has moved on
  const { sealed } = facts.pinned;
  return { ...ask, digest: digest(ask, facts.pinned), subject: digest(ask, sealed === undefined ? {} : { sealed }) };
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
