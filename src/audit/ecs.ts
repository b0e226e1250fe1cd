// An event of the log as an Elastic Common Schema document, for sinks that want that instead of CloudEvents with OCSF. A view: the log keeps
// the original. Source: Elastic Common Schema 8.17; what it has no field for stands under `lockkeeper`.
import type { JsonObject } from "../base/json.ts";
import type { LoggedEvent } from "./query.ts";

const ecsVersion = "8.17.0";

type Categories = { readonly category: readonly string[]; readonly type: readonly string[] };

/** By the family of the code. */
const families: Readonly<Record<string, Categories>> = {
  session: { category: ["authentication", "session"], type: ["info"] },
  operation: { category: ["api"], type: ["access"] },
  data: { category: ["api", "database"], type: ["access"] },
  mask: { category: ["database"], type: ["error"] },
  approval: { category: ["iam"], type: ["change"] },
  policy: { category: ["configuration"], type: ["change"] },
};

const exact: Readonly<Record<string, Categories>> = {
  "session.started": { category: ["session"], type: ["start"] },
  "session.authenticated": { category: ["authentication"], type: ["start"] },
  "session.authentication-failed": { category: ["authentication"], type: ["start", "denied"] },
  "session.ended": { category: ["session"], type: ["end"] },
  "operation.allowed": { category: ["api"], type: ["allowed"] },
  "operation.denied": { category: ["api"], type: ["denied"] },
};

/** OCSF severities 1–5 as syslog-like numbers that SIEMs sort by. */
const severity = (ocsf: number): number => ocsf * 20;

export function toEcs(event: LoggedEvent): JsonObject {
  const { index, id, code, at, title, principal, session, cluster, client, clientId, software } = event;
  const { operation, resource, outcome, rules, revision, message, error, approval, request, ranges, sent } = event;
  const data = event.envelope["data"] as { readonly severity_id?: number; readonly status_id?: number } | undefined;
  const kinds = exact[code] ?? families[code.split(".")[0] ?? ""] ?? { category: ["process"], type: ["info"] };
  const status = data?.status_id;
  const source = sourceOf(client);
  return {
    "@timestamp": new Date(at).toISOString(),
    ecs: { version: ecsVersion },
    message: message ?? title,
    event: {
      kind: code === "mask.failed" ? "alert" : "event",
      ...kinds,
      id,
      sequence: index,
      action: code,
      code,
      dataset: "lockkeeper.audit",
      module: "lockkeeper",
      provider: event.source,
      outcome: status === 1 ? "success" : status === 2 ? "failure" : "unknown",
      severity: severity(data?.severity_id ?? 1),
      ...(message !== null && { reason: message }),
    },
    service: { type: "lockkeeper", ...(cluster !== null && { name: cluster }) },
    ...(principal !== null && { user: { name: principal }, related: relatedOf(principal, source) }),
    ...(source && { source }),
    ...(software !== null && { user_agent: { original: software } }),
    ...(error !== null && error !== "NONE" && { error: { code: error } }),
    ...(rules.length > 0 && { rule: { name: rules.join("; "), ...(revision !== null && { version: revision }) } }),
    lockkeeper: prune({
      session,
      client_id: clientId,
      operation,
      resource: resource && { type: resource.type, name: resource.name },
      decision: outcome,
      approval,
      request,
      ranges: ranges.length > 0 ? ranges : null,
      sent: sent.length > 0 ? sent : null,
    }),
  };
}

function relatedOf(principal: string, source: JsonObject | null): JsonObject {
  const ip = source?.["ip"];
  return { user: [principal], ...(ip !== undefined && { ip: [ip] }) };
}

function sourceOf(client: string | null): JsonObject | null {
  if (client === null) return null;
  const cut = client.lastIndexOf(":");
  const port = Number(client.slice(cut + 1));
  return cut > 0 && Number.isInteger(port) ? { address: client, ip: client.slice(0, cut), port } : { address: client };
}

function prune(fields: Readonly<Record<string, JsonObject[string] | null>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
