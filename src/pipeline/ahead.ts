// Asking ahead: what a client will run later is described, decided and looked up as if it came now, by the same rules and over a connection to the
// broker with the same credential, so that the approval fits the very request when it comes. Nothing of it is ever forwarded.

import { assertNever } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { LockkeeperError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { JsonObject } from "../base/json.ts";
import type { Approval, ApprovalAsk, Grant } from "../model/approval.ts";
import type { Hold } from "../model/decision.ts";
import type { Identity } from "../model/identity.ts";
import type { Operation } from "../model/operation.ts";
import type { Session } from "../model/session.ts";
import type { AddressBook, BrokerChannel, Exchange, OtherBrokers, ProtocolCluster } from "../protocols/protocol.ts";
import { askOf, factsOf, type Gate, type HoldParts } from "./hold.ts";
import type { Decider } from "./request-parts.ts";

/** What is asked for: an operation by its policy name, or an API's request; or a role for a time. */
export type AheadRequest =
  | { readonly kind: "action"; readonly action: string; readonly parameters: JsonObject }
  | { readonly kind: "api"; readonly api: string; readonly request: JsonObject }
  | { readonly kind: "role"; readonly role: string; readonly forMs: number };

export interface AheadCaller {
  readonly identity: Identity;
  /** `host:port` of who asks. */
  readonly client: string;
  readonly tls: boolean;
  readonly software: string;
}

/** What came of one operation of the request. `message` is one public sentence. */
export interface AheadAnswer {
  readonly operation: string;
  readonly resource: string;
  readonly outcome: "pending" | "approved" | "denied" | "allowed" | "would-fail" | "unavailable";
  readonly message: string;
  readonly approval: Approval | null;
}

/** approvals/approvals.ts states what this promises. */
interface AheadGate extends Gate {
  request(
    ask: ApprovalAsk,
  ): Promise<
    | { readonly kind: "pending" | "approved" | "denied"; readonly approval: Approval; readonly message: string }
    | { readonly kind: "unavailable"; readonly message: string }
  >;
}

export interface AheadParts {
  readonly cluster: string;
  readonly protocol: string;
  readonly protocolCluster: ProtocolCluster;
  readonly policy: Decider;
  readonly gate: AheadGate;
  readonly digest: HoldParts["digest"];
  readonly clock: Clock;
  grants(cluster: string, principal: string): readonly Grant[];
  /** Runs `work` over one broker connection after another, each logged in as this caller's, until one is not for "elsewhere". */
  withBrokers<T>(identity: Identity, work: (asked: AskedBroker) => Promise<T | "elsewhere">): Promise<T>;
}

export interface AskedBroker {
  readonly channel: BrokerChannel;
  /** For what this one does not know. */
  readonly others: OtherBrokers;
  /** There is none after it. */
  readonly last: boolean;
}

/** Rejects with `message-malformed` where it is no request, `broker-unavailable` where no broker can be asked. */
export async function askAhead(
  parts: AheadParts,
  caller: AheadCaller,
  asked: AheadRequest,
  reason: string | null,
): Promise<readonly AheadAnswer[]> {
  const session = sessionOf(parts, caller);
  if (asked.kind === "role") return [await askForRole(parts, session, asked, reason)];
  const frame =
    asked.kind === "action"
      ? parts.protocolCluster.actionFrame(asked.action, asked.parameters)
      : parts.protocolCluster.requestFrame(asked.api, asked.request);
  const ask = (each: Buffer) =>
    parts.withBrokers(caller.identity, async (broker) => {
      const step = await parts.protocolCluster.session(session, nowhere, []).next(each, broker.channel);
      if (step.kind !== "exchange")
        throw new LockkeeperError("message-malformed", "this request is not offered to clients");
      return askForAll(parts, session, step.exchange, reason, broker);
    });
  const split = parts.protocolCluster.asSent(frame);
  if (split === null) return ask(frame);
  const answers: AheadAnswer[] = [];
  for (const each of await parts.withBrokers(caller.identity, ({ channel }) => split(channel)))
    answers.push(...(await ask(each)));
  return answers;
}

async function askForAll(
  parts: AheadParts,
  session: Session,
  exchange: Exchange,
  reason: string | null,
  { others, last }: AskedBroker,
): Promise<readonly AheadAnswer[] | "elsewhere"> {
  const decisions = parts.policy.decide({ session, now: parts.clock.now() }, exchange.operations);
  const answers: AheadAnswer[] = [];
  for (const [index, operation] of exchange.operations.entries()) {
    const decision = decisions[index];
    if (decision === undefined) throw new Error("a decision is missing");
    if (decision.outcome === "hold" && !exchange.neverHeld) {
      const facts = await factsOf(exchange, index, parts.gate, others);
      if ("kind" in facts) {
        const fails = facts.cause === "would-fail";
        if (!last && (!fails || elsewhere.has(facts.error ?? ""))) return "elsewhere";
        answers.push(answerOf(operation, fails ? "would-fail" : "unavailable", facts.message));
        continue;
      }
      const ask = askOf({ session, api: exchange.api, operation, decision, facts, reason }, parts.digest);
      answers.push(await request(parts, operation, ask));
    } else if (decision.outcome === "allow") {
      answers.push(answerOf(operation, "allowed", `${operation.name} needs no approval.`));
    } else {
      const message = decision.outcome === "deny" ? decision.message : `${operation.name} cannot wait for people.`;
      answers.push(answerOf(operation, "denied", message));
    }
  }
  return answers;
}

/** Another broker knows better: the group's coordinator, the partition's leader. A group is listed by its coordinator only. */
const elsewhere: ReadonlySet<string> = new Set([
  "NOT_COORDINATOR",
  "COORDINATOR_NOT_AVAILABLE",
  "GROUP_ID_NOT_FOUND",
  "NOT_LEADER_OR_FOLLOWER",
]);

async function askForRole(
  parts: AheadParts,
  session: Session,
  { role, forMs }: Extract<AheadRequest, { kind: "role" }>,
  reason: string | null,
): Promise<AheadAnswer> {
  const operation: Operation = {
    name: "role.request",
    verb: "alter",
    risk: "high",
    resource: { type: "role", name: role },
    attributes: { forMs },
    dryRun: false,
    cacheable: false,
  };
  const [decision] = parts.policy.decide({ session, now: parts.clock.now() }, [operation]);
  switch (decision?.outcome) {
    case "deny":
      return answerOf(operation, "denied", decision.message);
    case "hold":
      return request(parts, operation, roleAsk(parts, session, operation, decision, { role, forMs }, reason));
    case "allow":
      return answerOf(operation, "denied", "A role is given only where the policy says who approves it (approve).");
    case undefined:
      return answerOf(operation, "unavailable", "The policy gave no decision.");
    default:
      return assertNever(decision);
  }
}

function roleAsk(
  parts: AheadParts,
  session: Session,
  operation: Operation,
  decision: Hold,
  elevation: NonNullable<ApprovalAsk["elevation"]>,
  reason: string | null,
): ApprovalAsk {
  const facts = { pinned: {}, shown: {}, wouldFail: null };
  const ask = askOf({ session, api: "Role", operation, decision, facts, reason }, parts.digest);
  return { ...ask, subject: ask.digest, elevation };
}

async function request(parts: AheadParts, operation: Operation, ask: ApprovalAsk): Promise<AheadAnswer> {
  const outcome = await parts.gate.request(ask);
  if (outcome.kind === "unavailable") return answerOf(operation, "unavailable", outcome.message);
  return { ...answerOf(operation, outcome.kind, outcome.message), approval: outcome.approval };
}

function answerOf(operation: Operation, outcome: AheadAnswer["outcome"], message: string): AheadAnswer {
  return { operation: operation.name, resource: operation.resource.name, outcome, message, approval: null };
}

/** What policies see of who asks ahead: a session of its own that never carries traffic. */
function sessionOf({ cluster, protocol, clock, grants }: AheadParts, caller: AheadCaller): Session {
  const now = clock.now();
  return {
    id: newId("ses", now),
    protocol,
    cluster,
    listener: "control",
    node: null,
    client: caller.client,
    startedAt: now,
    tls: caller.tls,
    identity: caller.identity,
    software: { name: caller.software, version: "" },
    clientId: null,
    grants: grants(cluster, caller.identity.principal),
  };
}

/** Nothing that is asked ahead is answered with addresses. */
const nowhere: AddressBook = {
  learn() {},
  advertised() {
    throw new Error("nobody is told an address here");
  },
};
