// The path's side of approvals: uses a grant, or asks people and waits in the client's place, or hands out a ticket.
// Never throws and never lets an operation pass on a doubt: what cannot be made sure of is `unavailable`.
import { createHmac } from "node:crypto";
import { assert, assertNever } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Approval, ApprovalAsk, ApprovalOutcome, ApprovalRef } from "../model/approval.ts";
import type { ApprovalGate, AskOptions } from "./approvals.ts";
import type { Membership } from "./membership.ts";
import {
  approversOf,
  askedMessage,
  closedMessage,
  deniedMessage,
  givenMessage,
  overMessage,
  pendingMessage,
  tooLargeMessage,
  tooManyMessage,
  unavailableMessage,
} from "./messages.ts";
import type { Store } from "./store.ts";
import type { Wake } from "./wake.ts";
import { closedWindows, nextOpening } from "./window.ts";

export interface GateOptions {
  readonly store: Store;
  readonly wake: Wake;
  readonly membership: Membership;
  readonly clock: Clock;
  readonly log: Log;
}

export function createGate(options: GateOptions): ApprovalGate {
  const { store, log } = options;
  const kept = async (id: string, change: Promise<unknown>): Promise<void> => {
    try {
      await change;
    } catch (error) {
      log.warn({ approval: id, error: describeError(error) }, "what became of an approval could not be kept");
    }
  };
  const gate: ApprovalGate = {
    async ask(ask, how) {
      assert(ask.requirements.length > 0, "an operation is held for somebody");
      try {
        const outcome = await askAndWait(options, ask, how);
        if (outcome.kind === "approved" && how.signal.aborted) await gate.giveBack(outcome.approval.id);
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
    async request(ask) {
      try {
        const answer = await store.ask(ask);
        switch (answer.kind) {
          case "limit":
            return { kind: "unavailable", message: tooManyMessage(limits.pendingApprovalsMax) };
          case "too-large":
            return { kind: "unavailable", message: tooLargeMessage };
          case "denied":
            return { kind: "denied", approval: answer.approval, message: deniedMessage(answer.approval) };
          case "granted":
            return { kind: "approved", approval: answer.approval, message: givenMessage(answer.approval) };
          case "pending":
            return { kind: "pending", approval: answer.approval, message: askedMessage(answer.approval) };
          default:
            return assertNever(answer);
        }
      } catch (error) {
        log.warn({ principal: ask.principal, error: describeError(error) }, "no approval could be asked for");
        return { kind: "unavailable", message: unavailableMessage };
      }
    },
    report: (id, result) => kept(id, store.report(id, result)),
    giveBack: (id) => kept(id, store.giveBack(id)),
    void: (id, why) => kept(id, store.end(id, "void", why, ["pending", "approved", "used"])),
    seal: async (secret) =>
      createHmac("sha256", await store.sealKey())
        .update(secret)
        .digest("hex"),
  };
  return gate;
}

async function askAndWait(options: GateOptions, ask: ApprovalAsk, how: AskOptions): Promise<ApprovalOutcome> {
  const deadline = options.clock.monotonic() + how.holdMs;
  const answer = await options.store.ask(ask);
  switch (answer.kind) {
    case "limit":
      return { kind: "unavailable", message: tooManyMessage(limits.pendingApprovalsMax) };
    case "too-large":
      return { kind: "unavailable", message: tooLargeMessage };
    case "granted":
      return use(options, answer.approval);
    case "denied":
      return outcomeOf(answer.approval);
    case "pending":
      if (how.holdMs <= 0) return outcomeOf(answer.approval);
      return waitForPeople(options, answer.approval, deadline, how.signal);
    default:
      return assertNever(answer);
  }
}

/** Ends with a decision, at the deadline, or when the client leaves. A Redis that is away meanwhile may come back in time. */
async function waitForPeople(
  options: GateOptions,
  approval: Approval,
  deadline: number,
  signal: AbortSignal,
): Promise<ApprovalOutcome> {
  const { wake, clock, log } = options;
  const bell = wake.listen(approval.id);
  log.info(
    { approval: approval.id, principal: approval.principal, operation: approval.operation.name },
    "held for approval",
  );
  try {
    while (true) {
      if (signal.aborted) return outcomeOf(approval);
      const left = deadline - clock.monotonic();
      const outcome = await look(options, approval).catch((error: unknown) => {
        if (left <= 0) throw error;
        return null;
      });
      if (outcome !== null && outcome.kind !== "pending") return outcome;
      if (left <= 0) return outcome ?? { kind: "unavailable", message: unavailableMessage };
      await bell.next(Math.min(left, limits.approvalPollMs), signal);
    }
  } finally {
    bell.release();
  }
}

/** The present state; what is approved is used. */
async function look(options: GateOptions, asked: Approval): Promise<ApprovalOutcome> {
  const { approval } = await options.store.settle(asked.id);
  // Only an approval whose history was dropped is unknown here: it was over long ago.
  if (approval === null) return outcomeOf({ ...asked, state: "expired" });
  return approval.state === "approved" ? use(options, approval) : outcomeOf(approval);
}

/** An approval is used at the moment that it was given for, by approvers who still are, and once. */
async function use({ store, membership, clock }: GateOptions, approval: Approval): Promise<ApprovalOutcome> {
  const closed = closedWindows(approval.requirements, clock.now());
  if (closed.length > 0) {
    const opensAt = nextOpening(approval.requirements, clock.now());
    return { kind: "pending", approval: refOf(approval), message: closedMessage(approval, closed, opensAt) };
  }
  if (!approval.votes.some((vote) => vote.answer === "break-glass")) {
    const left = await membership.whoLeft(approval);
    if (left.length > 0) {
      const note = `${left.map(({ name }) => name).join(", ")} may not approve it any more`;
      const { approval: ended } = await store.end(approval.id, "void", note, ["approved"]);
      return outcomeOf(ended ?? approval);
    }
  }
  const change = await store.consume(approval.id);
  const present = change.approval ?? { ...approval, state: "expired" };
  if (change.outcome === "used") return { kind: "approved", approval: refOf(present), bound: present.bound };
  return outcomeOf(present);
}

function refOf(approval: Approval): ApprovalRef {
  return { id: approval.id, approvers: approversOf(approval) };
}

/** For everybody but the one who used it. */
function outcomeOf(approval: Approval): ApprovalOutcome {
  const ref = refOf(approval);
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
