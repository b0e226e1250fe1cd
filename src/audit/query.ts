// Reads events back out of a log: decoded, with their index, filtered. What events say, not whether the log is whole (verify.ts).
import { LockkeeperError } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { type Disk, realDisk } from "./disk.ts";
import { typePrefix } from "./event.ts";
import { type Entry, readEntries } from "./snapshot.ts";

/** An event of the log: what look-ups need by name, and the whole. Null where the event does not say. */
export interface LoggedEvent {
  readonly index: number;
  readonly integrated: boolean;
  readonly id: string;
  /** `/lockkeeper/<gateway>` */
  readonly source: string;
  /** An AuditCode of this or a later version. */
  readonly code: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly title: string;
  readonly principal: string | null;
  readonly session: string | null;
  readonly cluster: string | null;
  /** `host:port` or `host` */
  readonly client: string | null;
  readonly clientId: string | null;
  readonly software: string | null;
  readonly api: string | null;
  /** `topic.delete` */
  readonly operation: string | null;
  readonly resource: { readonly type: string; readonly name: string } | null;
  readonly outcome: string | null;
  readonly rules: readonly string[];
  readonly revision: string | null;
  readonly message: string | null;
  readonly error: string | null;
  readonly approval: string | null;
  readonly request: string | null;
  /** As in DataRange, with offsets as strings. */
  readonly ranges: readonly JsonObject[];
  /** As in DataSent. */
  readonly sent: readonly JsonObject[];
  /** The CloudEvents envelope. */
  readonly envelope: JsonObject;
}

/** Every field that is given must fit. */
export interface EventFilter {
  /** Codes, or families such as `operation.*`. */
  readonly codes?: readonly string[];
  readonly principal?: string;
  readonly session?: string;
  /** An operation's name, or a family such as `topic.*`. */
  readonly operation?: string;
  readonly resource?: string;
  readonly approval?: string;
  /** Milliseconds since 1970, both inclusive. */
  readonly since?: number;
  readonly until?: number;
}

/** Oldest first, as of now. Throws `audit-corrupt` where the log cannot be read. */
export async function* readEvents(
  folder: string,
  filter: EventFilter = {},
  options: { readonly from?: number; readonly disk?: Disk } = {},
): AsyncGenerator<LoggedEvent> {
  for await (const entry of readEntries(options.disk ?? realDisk, folder, options.from ?? 0)) {
    const event = decodeEvent(entry);
    if (fits(event, filter)) yield event;
  }
}

export function decodeEvent(entry: Entry): LoggedEvent {
  let envelope: Json;
  try {
    envelope = JSON.parse(entry.bytes.toString("utf8"));
  } catch (error) {
    throw new LockkeeperError("audit-corrupt", `entry ${entry.index} of the audit log is not JSON`, { cause: error });
  }
  const get = (...path: (string | number)[]) => dig(envelope, path);
  const text = (...path: (string | number)[]) => asText(get(...path));
  const ip = text("data", "src_endpoint", "ip");
  const port = get("data", "src_endpoint", "port");
  const rules = get("data", "unmapped", "decision", "rules");
  const ranges = get("data", "unmapped", "ranges");
  const sent = get("data", "unmapped", "sent");
  const session = (...path: string[]) => text("data", "actor", ...path) ?? text("data", ...path);
  return {
    index: entry.index,
    integrated: entry.integrated,
    id: text("id") ?? "",
    source: text("source") ?? "",
    code: (text("type") ?? "").slice(typePrefix.length),
    at: Number(get("data", "time") ?? 0),
    title: text("data", "message") ?? "",
    principal: session("user", "name"),
    session: session("session", "uid"),
    cluster: text("data", "unmapped", "cluster"),
    client: ip === null ? text("data", "src_endpoint", "name") : typeof port === "number" ? `${ip}:${port}` : ip,
    clientId: text("data", "actor", "app_uid"),
    software: text("data", "actor", "app_name"),
    api: text("data", "api", "operation"),
    operation: text("data", "unmapped", "operation", "name"),
    resource: resourceOf(get("data", "resources", 0)),
    outcome: text("data", "unmapped", "decision", "outcome"),
    rules: isList(rules) ? rules.map(String) : [],
    revision: text("data", "policy", "uid"),
    message: text("data", "status_detail"),
    error: text("data", "status_code"),
    approval: text("data", "unmapped", "approval", "id"),
    request: text("data", "metadata", "correlation_uid"),
    ranges: isList(ranges) ? ranges.filter(isObject) : [],
    sent: isList(sent) ? sent.filter(isObject) : [],
    envelope: isObject(envelope) ? envelope : {},
  };
}

export function fits(event: LoggedEvent, filter: EventFilter): boolean {
  const { codes, principal, session, operation, resource, approval, since, until } = filter;
  return (
    (codes === undefined || codes.some((code) => inFamily(event.code, code))) &&
    (principal === undefined || event.principal === principal) &&
    (session === undefined || event.session === session) &&
    (operation === undefined || (event.operation !== null && inFamily(event.operation, operation))) &&
    (resource === undefined || touches(event, resource)) &&
    (approval === undefined || event.approval === approval) &&
    (since === undefined || event.at >= since) &&
    (until === undefined || event.at <= until)
  );
}

function touches(event: LoggedEvent, resource: string): boolean {
  return event.resource?.name === resource || event.ranges.some((range) => range["topic"] === resource);
}

function inFamily(name: string, pattern: string): boolean {
  return pattern.endsWith(".*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

function dig(value: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  let here = value;
  for (const step of path) {
    if (typeof step === "number") here = isList(here) ? here[step] : undefined;
    else here = isObject(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }
  return here;
}

function asText(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function resourceOf(value: Json | undefined): LoggedEvent["resource"] {
  const type = asText(dig(value, ["type"]));
  const name = asText(dig(value, ["name"]));
  return type === null || name === null ? null : { type, name };
}
