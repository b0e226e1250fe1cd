// Facts → the document that policies see, and its JSON text. Pure. Every field is always there ("" or -1 where nothing is known), since in
// Rego a missing field silently makes a rule undefined. Sensitive things never enter: no token, no password, no record.
// The schema is schema.ts, the prose policies/README.md.
import { isIP } from "node:net";
import { LockkeeperError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { Operation } from "../model/operation.ts";
import type { Session } from "../model/session.ts";
import type { PolicyContext, PolicyInput } from "./engine.ts";

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/** What is the same for every request of a session until it logs in again or names itself differently. */
export interface SessionFacts extends JsonObject {
  readonly principal: JsonObject;
  readonly session: JsonObject;
  readonly client: JsonObject;
  readonly cluster: JsonObject;
}

/** Throws LockkeeperError `policy-unavailable` before login: there is nobody to judge. */
export function sessionFacts(session: Session): SessionFacts {
  const { identity } = session;
  if (identity === null) throw new LockkeeperError("policy-unavailable", "nobody is logged in");
  const { address, port } = splitAddress(session.client);
  return {
    principal: {
      name: identity.principal,
      groups: identity.groups,
      claims: identity.claims,
      mechanism: identity.mechanism,
      issuer: identity.issuer ?? "",
      grants: (session.grants ?? []).map(({ id, role, until }) => ({ id, role, until })),
    },
    session: {
      id: session.id,
      protocol: session.protocol,
      listener: session.listener,
      node: session.node ?? -1,
      startedAt: session.startedAt,
      tls: session.tls,
    },
    client: {
      id: session.clientId ?? "",
      software: { name: session.software?.name ?? "", version: session.software?.version ?? "" },
      address,
      port,
    },
    cluster: { name: session.cluster },
  };
}

export function operationFacts(operation: Operation): JsonObject {
  const { resource } = operation;
  return {
    name: operation.name,
    verb: operation.verb,
    risk: operation.risk,
    resource: { type: resource.type, name: resource.name, id: resource.id ?? "" },
    attributes: operation.attributes,
    dryRun: operation.dryRun,
  };
}

/** All in UTC. */
export function timeFacts(nowMs: number): JsonObject {
  const date = new Date(nowMs);
  const iso = date.toISOString();
  return {
    nowMs,
    iso,
    date: iso.slice(0, 10),
    weekday: weekdays[date.getUTCDay()] ?? "",
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}

/** The whole document for one operation, as `lockkeeper check`, tests and people see it. */
export function buildInput(context: PolicyContext, operation: Operation): PolicyInput {
  return { operation: operationFacts(operation), ...sessionFacts(context.session), time: timeFacts(context.now) };
}

/** The members of the document that stay, as text without its braces: made once a session, the claims can be long. */
export function factsText(facts: SessionFacts): string {
  return JSON.stringify(facts).slice(1, -1);
}

/** The document for one operation, as text. `facts` comes from factsText. */
export function oneText(facts: string, nowMs: number, operation: Operation): string {
  return `{"operation":${JSON.stringify(operationFacts(operation))},"time":${JSON.stringify(timeFacts(nowMs))},${facts}}`;
}

/** The document for many operations, as text: `operations` is for the prelude only, the schema does not know it. */
export function manyText(facts: string, nowMs: number, operations: readonly Operation[]): string {
  return `{"operations":${JSON.stringify(operations.map(operationFacts))},"time":${JSON.stringify(timeFacts(nowMs))},${facts}}`;
}

/**
 * `10.0.0.7:5123` and `[::1]:5123` → the bare address, which is what net.cidr_contains wants, and the port. An IPv4 address in IPv6's
 * clothes (`::ffff:10.0.0.7`, what a dual-stack socket reports) becomes IPv4: OPA's WASM finds it in no IPv4 network.
 */
function splitAddress(client: string): { address: string; port: number } {
  const colon = isIP(client) === 0 ? client.lastIndexOf(":") : -1;
  if (colon < 0) return { address: plainAddress(client), port: -1 };
  const port = Number(client.slice(colon + 1));
  const address = plainAddress(client.slice(0, colon).replace(/^\[(.*)\]$/, "$1"));
  return { address, port: Number.isInteger(port) ? port : -1 };
}

function plainAddress(address: string): string {
  const inner = /^::ffff:(.+)$/i.exec(address)?.[1];
  return inner !== undefined && isIP(inner) === 4 ? inner : address;
}
