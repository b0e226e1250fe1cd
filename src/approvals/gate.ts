// The path's side of approvals: uses a grant, or asks people and waits in the client's place, or hands out a ticket.
// Never throws and never lets an operation pass on a doubt: what cannot be made sure of is `unavailable`.
import { assert, assertNever } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Approval, ApprovalAsk, ApprovalOutcome, ApprovalRef } from "../model/approval.ts";
import type { ApprovalGate, AskOptions } from "./approvals.ts";
import {
  approversOf,
  deniedMessage,
  overMessage,
  pendingMessage,
  tooLargeMessage,
  tooManyMessage,
  unavailableMessage,
} from "./messages.ts";
import type { Change, Store } from "./store.ts";
import type { Wake } from "./wake.ts";

/** Reported for a grant that was used up for a client that left in the same moment. Nothing was executed. */
export const clientGone = "CLIENT_GONE";

export interface GateOptions {
  readonly store: Store;
  readonly wake: Wake;
  readonly clock: Clock;
  readonly log: Log;
}

export function createGate(options: GateOptions): ApprovalGate {
  const { store, log } = options;
  const report = async (id: string, result: string): Promise<void> => {
    try {
      await store.report(id, result);
    } catch (error) {
      log.warn({ approval: id, error: describeError(error) }, "the result of an approved operation could not be kept");
    }
  };
  return {
    async ask(ask, how) {
      assert(ask.requirements.length > 0, "an operation is held for somebody");
      try {
        const outcome = await askAndWait(options, ask, how);
        if (outcome.kind === "approved" && how.signal.aborted) await report(outcome.approval.id, clientGone);
        return outcome;
      } catch (error) {
        const reason = error instanceof LockkeeperError ? error.code : "unexpected";
        log.warn(
          { principal: ask.principal, operation: ask.operation.name, code: reason, error: describeError(error) },
          "no approval could be asked for",
        );
        return { kind: "unavailable", message: unavailableMessage };
      }
    },
    report,
  };
}

async function askAndWait(options: GateOptions, ask: ApprovalAsk, how: AskOptions): Promise<ApprovalOutcome> {
  const deadline = options.clock.monotonic() + how.holdMs;
  const answer = await options.store.ask(ask);
  switch (answer.kind) {
    case "limit":
      return { kind: "unavailable", message: tooManyMessage(limits.pendingApprovalsMax) };
    case "too-large":
      return { kind: "unavailable", message: tooLargeMessage };
    case "used":
    case "denied":
      return outcomeOf(answer.approval, answer.kind === "used");
    case "pending":
      if (how.holdMs <= 0) return outcomeOf(answer.approval, false);
      return waitForPeople(options, answer.approval, deadline, how.signal);
    default:
      return assertNever(answer);
  }
}

/** Ends with a decision, at the deadline, or when the client leaves. A Redis that is away meanwhile may come back in time. */
async function waitForPeople(
  { store, wake, clock, log }: GateOptions,
  approval: Approval,
  deadline: number,
  signal: AbortSignal,
): Promise<ApprovalOutcome> {
  const bell = wake.listen(approval.id);
  log.info(
    { approval: approval.id, principal: approval.principal, operation: approval.operation.name },
    "held for approval",
  );
  try {
    while (true) {
      if (signal.aborted) return outcomeOf(approval, false);
      const left = deadline - clock.monotonic();
      const change = await store.consume(approval.id).catch((error: unknown) => {
        if (left <= 0) throw error;
        return null;
      });
      const outcome = change === null ? null : settled(change, approval);
      if (outcome !== null && outcome.kind !== "pending") return outcome;
      if (left <= 0) return outcome ?? { kind: "unavailable", message: unavailableMessage };
      await bell.next(Math.min(left, limits.approvalPollMs), signal);
    }
  } finally {
    bell.release();
  }
}

function settled(change: Change, asked: Approval): ApprovalOutcome {
  // Only an approval whose history was dropped is unknown here: it was over long ago.
  if (change.approval === null) return outcomeOf({ ...asked, state: "expired" }, false);
  return outcomeOf(change.approval, change.outcome === "used");
}

/** `mine`: this very call made it `used`. */
function outcomeOf(approval: Approval, mine: boolean): ApprovalOutcome {
  const ref: ApprovalRef = { id: approval.id, approvers: approversOf(approval) };
  if (mine) return { kind: "approved", approval: ref, bound: approval.bound };
  switch (approval.state) {
    case "pending":
    case "approved":
      return { kind: "pending", approval: ref, message: pendingMessage(approval) };
    case "denied":
      return { kind: "denied", approval: ref, message: deniedMessage(approval) };
    case "void":
      return { kind: "void", approval: ref, message: overMessage(approval) };
    case "used":
    case "unknown":
    case "lapsed":
    case "expired":
    case "cancelled":
      return { kind: "expired", approval: ref, message: overMessage(approval) };
    default:
      return assertNever(approval.state);
  }
}
