// AuditEvent → the bytes of a log entry: a CloudEvents 1.0 envelope in JSON with an OCSF body, keys always in the same order.
// What OCSF has no name for stands under `unmapped`. Source: CloudEvents 1.0.2 (JSON format), OCSF schema 1.6.
import { assertNever } from "../base/assert.ts";
import type { JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import type { AuditActor, AuditEvent } from "../model/audit-event.ts";
import { type Cutter, createCutter } from "./canonical.ts";
import { type Classified, classify } from "./codes.ts";

/** Who writes: the same for all events of a gateway. */
export interface EventSource {
  /** The gateway's name; the envelope's source is `/lockkeeper/<gateway>`. */
  readonly gateway: string;
  readonly version: string;
}

export const typePrefix = "dev.lockkeeper.";
const ocsfVersion = "1.6.0";
/** Parts are cut to these sizes, one after the other, until the event fits; the last always does. */
const partBytesSteps = [Number.POSITIVE_INFINITY, 16_384, 4_096, 1_024, 512] as const;

/** `id` is unique for each event (`evt_…`). Never longer than `limits.auditEntryBytesMax`. */
export function encodeEvent(event: AuditEvent, id: string, source: EventSource): Buffer {
  let wholeBytes = 0;
  for (const partBytesMax of partBytesSteps) {
    const cutter = createCutter(partBytesMax);
    const bytes = Buffer.from(JSON.stringify(envelope(event, id, source, cutter, wholeBytes)));
    if (bytes.length <= limits.auditEntryBytesMax) return bytes;
    if (wholeBytes === 0) wholeBytes = bytes.length;
  }
  throw new Error(`assertion failed: an event of ${wholeBytes} bytes cannot be cut to size`);
}

function envelope(event: AuditEvent, id: string, source: EventSource, cutter: Cutter, wholeBytes: number): JsonObject {
  const resource = event.operation?.resource;
  const subject = resource ? `${resource.type}/${resource.name}` : event.actor?.session;
  return {
    specversion: "1.0",
    id,
    source: `/lockkeeper/${encodeURIComponent(source.gateway)}`,
    type: `${typePrefix}${event.code}`,
    time: new Date(event.at).toISOString(),
    datacontenttype: "application/json",
    ...(subject ? { subject: cutter.text(subject) } : {}),
    data: body(event, id, source, cutter, wholeBytes),
  };
}

function body(event: AuditEvent, id: string, source: EventSource, cutter: Cutter, wholeBytes: number): JsonObject {
  const kind = classify(event.code, event.operation?.verb, event.error);
  const decided = event.decision;
  const app = { name: "Lockkeeper", vendor_name: "Lockkeeper", version: source.version };
  const unmapped = unmappedOf(event, cutter);
  return {
    category_uid: kind.categoryUid,
    category_name: kind.categoryName,
    class_uid: kind.classUid,
    class_name: kind.className,
    activity_id: kind.activityId,
    type_uid: kind.classUid * 100 + kind.activityId,
    severity_id: kind.severityId,
    time: event.at,
    message: kind.title,
    status_id: kind.statusId,
    ...(event.error === undefined ? {} : { status_code: cutter.text(event.error) }),
    ...(decided?.message ? { status_detail: cutter.text(decided.message) } : {}),
    metadata: {
      version: ocsfVersion,
      product: app,
      uid: id,
      event_code: event.code,
      ...(event.request === undefined ? {} : { correlation_uid: cutter.text(event.request) }),
      ...(decided ? { profiles: ["security_control"] } : {}),
      ...(wholeBytes > 0 ? { is_truncated: true, untruncated_size: wholeBytes } : {}),
    },
    ...classBody(event, kind, id, app, cutter),
    ...(decided ? decisionBody(decided, cutter) : {}),
    ...(Object.keys(unmapped).length > 0 ? { unmapped } : {}),
  };
}

/** What each OCSF class asks for: who, from where, through what, on what. */
function classBody(event: AuditEvent, kind: Classified, id: string, app: JsonObject, cutter: Cutter): JsonObject {
  const actor = event.actor ? actorBody(event.actor, cutter) : null;
  const src = endpoint(event.actor?.client ?? null, cutter);
  switch (kind.class) {
    case "authentication":
      return {
        user: actor?.user ?? {},
        ...(actor ? { session: actor.session } : {}),
        ...(event.actor ? { actor: programBody(event.actor, cutter) } : {}),
        ...(event.actor?.mechanism ? { auth_protocol_id: 99, auth_protocol: cutter.text(event.actor.mechanism) } : {}),
        is_remote: true,
        src_endpoint: src,
        service: { name: event.actor?.cluster ? cutter.text(event.actor.cluster) : "kafka" },
      };
    case "api":
      return {
        ...(actor ? { actor } : { actor: {} }),
        api: {
          operation: cutter.text(event.api ?? event.operation?.name ?? event.code),
          ...(event.apiVersion === undefined ? {} : { version: String(event.apiVersion) }),
          ...(event.request === undefined ? {} : { request: { uid: cutter.text(event.request) } }),
          ...(event.error === undefined ? {} : { response: { error: cutter.text(event.error) } }),
          service: { name: event.actor?.cluster ? cutter.text(event.actor.cluster) : "kafka" },
        },
        src_endpoint: src,
        resources: resources(event, cutter),
      };
    case "lifecycle":
      return { app, ...(actor ? { actor } : {}) };
    case "finding":
      return {
        ...(actor ? { actor } : {}),
        finding_info: { uid: id, title: kind.title },
        src_endpoint: src,
        resources: resources(event, cutter),
      };
    default:
      return assertNever(kind.class);
  }
}

function actorBody(actor: AuditActor, cutter: Cutter): JsonObject & { user: JsonObject; session: JsonObject } {
  const groups = cutter.json(actor.groups.map((name) => ({ name })));
  return {
    user: {
      ...(actor.principal === null ? {} : { name: cutter.text(actor.principal), uid: cutter.text(actor.principal) }),
      groups,
    },
    session: {
      ...(actor.session === null ? {} : { uid: cutter.text(actor.session) }),
      ...(actor.issuer === null ? {} : { issuer: cutter.text(actor.issuer) }),
      is_remote: true,
    },
    ...programBody(actor, cutter),
  };
}

/** What the client says of its program; a claim, never a proof. */
function programBody(actor: AuditActor, cutter: Cutter): JsonObject {
  return {
    ...(actor.software === null ? {} : { app_name: cutter.text(actor.software) }),
    ...(actor.clientId === null ? {} : { app_uid: cutter.text(actor.clientId) }),
  };
}

/** `host:port`, also `[::1]:9092`. */
function endpoint(client: string | null, cutter: Cutter): JsonObject {
  const match = /^\[?([^\]]*?)\]?:(\d+)$/.exec(client ?? "");
  if (!match) return client === null ? {} : { name: cutter.text(client) };
  return { ip: cutter.text(match[1] ?? ""), port: Number(match[2]) };
}

function resources(event: AuditEvent, cutter: Cutter): JsonObject[] {
  const operation = event.operation;
  if (operation) {
    const { type, name, id } = operation.resource;
    return [{ type, name: cutter.text(name), ...(id === undefined ? {} : { uid: cutter.text(id) }) }];
  }
  const data = event.ranges ?? event.sent;
  return [...new Set(data?.map((part) => part.topic))].slice(0, 8).map((name) => ({
    type: "topic",
    name: cutter.text(name),
  }));
}

function decisionBody(decided: NonNullable<AuditEvent["decision"]>, cutter: Cutter): JsonObject {
  const ids = {
    allow: { action: 1, disposition: 1 },
    deny: { action: 2, disposition: 2 },
    hold: { action: 99, disposition: 14 },
  };
  const { action, disposition } = ids[decided.outcome];
  return {
    action_id: action,
    ...(decided.outcome === "hold" ? { action: "Held" } : {}),
    disposition_id: disposition,
    policy: { uid: cutter.text(decided.revision), is_applied: true },
  };
}

/** Our own facts, as they are; nothing here is also above under another name, but what look-ups need in one place. */
function unmappedOf(event: AuditEvent, cutter: Cutter): JsonObject {
  const { actor, operation, decision, approval, ranges, sent, details } = event;
  const facts = operation && {
    name: cutter.text(operation.name),
    verb: operation.verb,
    risk: operation.risk,
    dry_run: operation.dryRun,
    attributes: cutter.json(operation.attributes),
  };
  return {
    ...(actor?.cluster ? { cluster: cutter.text(actor.cluster) } : {}),
    ...(actor?.mechanism ? { mechanism: cutter.text(actor.mechanism) } : {}),
    ...(actor && Object.keys(actor.claims).length > 0 ? { claims: cutter.json(actor.claims) } : {}),
    ...(facts ? { operation: facts } : {}),
    ...(decision ? { decision: { outcome: decision.outcome, rules: cutter.json(decision.rules) } } : {}),
    ...(approval ? { approval: cutter.json(approval) } : {}),
    ...(ranges ? { ranges: cutter.json(ranges) } : {}),
    ...(sent ? { sent: cutter.json(sent) } : {}),
    ...(details ? { details: cutter.json(details) } : {}),
  };
}
