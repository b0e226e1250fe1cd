// Recorded decisions, judged again by another policy: what would have come out differently. Reads events of the audit log, which hold what a policy
// sees: who, what, on what, when. Pure; the log and the policy come in.

import type { LoggedEvent } from "../../audit/query.ts";
import type { SessionSummary } from "../../audit/replay.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import type { Decision } from "../../model/decision.ts";
import type { Operation, ResourceType, Risk, Verb } from "../../model/operation.ts";
import type { Session } from "../../model/session.ts";

/** One kind of difference, with how often it occurs. */
export interface Change {
  /** `allowed → denied` */
  readonly change: string;
  readonly count: number;
  readonly principal: string;
  /** `topic.delete` */
  readonly operation: string;
  readonly resource: string;
  /** Of the last of them: milliseconds since 1970. */
  readonly lastAt: number;
  /** What the other policy says: the denial's sentence, the rules that ask for people. */
  readonly why: string;
}

export interface Backtest {
  /** Decisions that were judged again. */
  readonly judged: number;
  /** Events too large to be kept whole: a policy would see less of them than it did. */
  readonly cut: number;
  /** Most frequent first. */
  readonly changes: readonly Change[];
}

export interface BacktestParts {
  /** The other policy. */
  decide(context: { readonly session: Session; readonly now: number }, operation: Operation): Decision;
  /** What recordings say of a session that its events do not: the listener, TLS. */
  readonly sessions: ReadonlyMap<string, SessionSummary>;
}

const words = { allow: "allowed", deny: "denied", hold: "held" } as const;

export async function backtest(events: AsyncIterable<LoggedEvent>, parts: BacktestParts): Promise<Backtest> {
  const changes = new Map<string, Change>();
  const sessions = new Map<string, Session>();
  let judged = 0;
  let cut = 0;
  for await (const event of events) {
    const data = objectOf(event.envelope["data"]);
    const operation = operationOf(event, data);
    const outcome = outcomeOf(event.outcome);
    if (!operation || outcome === null) continue;
    if (objectOf(data["metadata"])["is_truncated"] === true) {
      cut++;
      continue;
    }
    judged++;
    const decision = parts.decide({ session: sessionOf(event, data, parts, sessions), now: event.at }, operation);
    const change = changeOf(outcome, event.rules, decision);
    if (change === null) continue;
    const resource = `${operation.resource.type} ${operation.resource.name}`.trim();
    const told = {
      change,
      principal: event.principal ?? "-",
      operation: operation.name,
      resource,
      why: whyOf(decision),
    };
    const key = JSON.stringify(told);
    changes.set(key, { ...told, count: (changes.get(key)?.count ?? 0) + 1, lastAt: event.at });
  }
  return { judged, cut, changes: [...changes.values()].toSorted((a, b) => b.count - a.count) };
}

function outcomeOf(text: string | null): Decision["outcome"] | null {
  return text === "allow" || text === "deny" || text === "hold" ? text : null;
}

/** Null where nothing changes for who asks; that people are asked by other rules is a change. */
function changeOf(before: Decision["outcome"], rules: readonly string[], after: Decision): string | null {
  if (before !== after.outcome) return `${words[before]} → ${words[after.outcome]}`;
  if (after.outcome !== "hold") return null;
  const [one, two] = [rules.toSorted().join(", "), after.rules.toSorted().join(", ")];
  return one === two ? null : `held by ${one} → held by ${two}`;
}

function whyOf(decision: Decision): string {
  if (decision.outcome === "deny") return decision.message;
  return decision.outcome === "hold" ? `asks ${decision.rules.join(", ")}` : "";
}

function operationOf(event: LoggedEvent, data: JsonObject): Operation | null {
  const facts = objectOf(objectOf(data["unmapped"])["operation"]);
  const [resource] = Array.isArray(data["resources"]) ? (data["resources"] as readonly JsonObject[]) : [];
  if (event.operation === null || !resource) return null;
  const id = textOf(resource["uid"]);
  return {
    name: event.operation,
    verb: textOf(facts["verb"]) as Verb,
    risk: textOf(facts["risk"]) as Risk,
    resource: {
      type: textOf(resource["type"]) as ResourceType,
      name: textOf(resource["name"]) ?? "",
      ...(id !== null && { id }),
    },
    attributes: objectOf(facts["attributes"]),
    dryRun: facts["dry_run"] === true,
    cacheable: false,
  };
}

/** The session as the policy saw it then; one object for as long as nothing in it changes. */
function sessionOf(event: LoggedEvent, data: JsonObject, parts: BacktestParts, known: Map<string, Session>): Session {
  const actor = objectOf(data["actor"]);
  const unmapped = objectOf(data["unmapped"]);
  const groups = objectOf(actor["user"])["groups"];
  const head = parts.sessions.get(event.session ?? "");
  const [name = "", version = ""] = event.software?.split(/ (?=[^ ]*$)/) ?? [];
  const session: Session = {
    id: event.session ?? "",
    protocol: head?.protocol ?? "kafka",
    cluster: event.cluster ?? "",
    listener: head?.listener ?? "",
    node: head?.node ?? null,
    client: event.client ?? "",
    startedAt: head?.startedAt ?? event.at,
    tls: head?.tls ?? false,
    identity:
      event.principal === null
        ? null
        : {
            principal: event.principal,
            groups: Array.isArray(groups)
              ? (groups as readonly JsonObject[]).flatMap((group) => textOf(group["name"]) ?? [])
              : [],
            mechanism: textOf(unmapped["mechanism"]) ?? "",
            issuer: textOf(objectOf(actor["session"])["issuer"]),
            claims: objectOf(unmapped["claims"]),
            expiresAt: null,
          },
    software: event.software === null ? null : { name, version },
    clientId: event.clientId,
  };
  const key = JSON.stringify(session);
  const same = known.get(key) ?? session;
  known.set(key, same);
  return same;
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
