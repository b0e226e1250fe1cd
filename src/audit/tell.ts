// A recording as a story that a person reads: one line for a request and its answer. Times are UTC. Pure.
import type { Json, JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import type { RecordedFrame } from "../model/recording.ts";
import { codes, isAuditCode } from "./codes.ts";

export interface TellOptions {
  /** Who the session belongs to; an event that says `principal` corrects it. */
  readonly principal?: string | null;
  /** True also tells what changes nothing: empty fetches, heartbeats. */
  readonly everything?: boolean;
}

const verbs: Readonly<Record<string, string>> = {
  read: "reads",
  write: "writes",
  create: "creates",
  delete: "deletes",
  alter: "alters",
  describe: "describes",
};
const quietApis: ReadonlySet<string> = new Set(["Fetch", "Heartbeat", "ConsumerGroupHeartbeat", "ShareGroupHeartbeat"]);
const namedMax = 3;

export interface Teller {
  /** Null where the frame says nothing by itself: a request whose answer follows. */
  tell(frame: RecordedFrame): string | null;
}

/** Joins answers to their requests, so feed it a session's frames in order. */
export function createTeller(options: TellOptions = {}): Teller {
  const requests = new Map<number, RecordedFrame>();
  let principal = options.principal ?? null;
  return {
    tell(frame) {
      if (frame.direction === "request") {
        requests.set(frame.correlation, frame);
        const oldest = requests.keys().next();
        if (requests.size > limits.inFlightRequestsMax && !oldest.done) requests.delete(oldest.value);
        return null;
      }
      if (frame.direction === "event") principal = text(frame.body["principal"]) ?? principal;
      const request = requests.get(frame.correlation) ?? null;
      requests.delete(frame.correlation);
      return tellFrame(frame, request, { ...options, principal });
    },
  };
}

/**
 * One answer (with its request, where known) or event as a line: `09:14:02.113 alice reads orders[3] 4711–4802, 92 records`.
 * Reads `operations` and `decisions` of a request's body; `ranges`, `errors`, `maskFailures` of an answer's; `reason`, `message` of an event's.
 */
export function tellFrame(
  frame: RecordedFrame,
  request: RecordedFrame | null = null,
  options: TellOptions = {},
): string | null {
  const time = new Date(frame.at).toISOString().slice(11, 23);
  const who = options.principal ?? "somebody";
  if (frame.direction === "request") return `${time} ${who} sends ${frame.api}`;
  if (frame.direction === "event") return `${time} ${who}: ${eventStory(frame)}`;
  const ranges = list(frame.body["ranges"]).map(rangeStory);
  const problems = errorStories(frame, request);
  const failed = Object.entries(object(frame.body["maskFailures"])).map(
    ([rule, count]) => `${number(count)} values could not be masked by ${rule}`,
  );
  if (ranges.length + problems.length + failed.length > 0) {
    return `${time} ${who} ${[...ranges, ...problems, ...failed].join("; ")}`;
  }
  if (quietApis.has(frame.api)) return options.everything ? `${time} ${who} ${frame.api}: nothing new` : null;
  const operations = list(request?.body["operations"]).map(operationStory);
  if (operations.length === 0) return `${time} ${who} asks ${frame.api}`;
  return `${time} ${who} ${some(operations)}`;
}

function rangeStory(range: JsonObject): string {
  const verb = range["direction"] === "write" ? "writes" : "reads";
  const records = number(range["records"]);
  const masks = Object.entries(object(range["masked"])).map(
    ([rule, count]) => `, ${plural(number(count), "field")} masked by ${rule}`,
  );
  const hidden = Object.entries(object(range["filtered"])).map(
    ([rule, count]) => `, ${plural(number(count), "record")} hidden by ${rule}`,
  );
  const offsets = `${word(range["firstOffset"])}–${word(range["lastOffset"])}`;
  return `${verb} ${word(range["topic"])}[${word(range["partition"])}] ${offsets}, ${plural(records, "record")}${[...masks, ...hidden].join("")}`;
}

/** An error names its operation by index; the request's body says which that is. */
function errorStories(frame: RecordedFrame, request: RecordedFrame | null): string[] {
  const operations = list(request?.body["operations"]);
  const errors = list(frame.body["errors"]).map((error) => {
    const operation = operations[number(error["operation"])];
    const what = operation ? operationName(operation) : frame.api;
    const message = text(error["message"]);
    const code = word(error["error"]);
    return message === null ? `gets ${code} for ${what}` : `is refused ${what}: ${code} (${message})`;
  });
  const whole = text(frame.body["error"]);
  if (whole !== null && whole !== "NONE") errors.push(`is refused ${frame.api}: ${whole}`);
  return errors.length > namedMax
    ? [...errors.slice(0, namedMax), `and ${errors.length - namedMax} more are refused`]
    : errors;
}

function operationName(operation: JsonObject): string {
  return `${word(operation["name"])} ${resourceName(operation)}`.trim();
}

function operationStory(operation: JsonObject): string {
  const [type = "", act = ""] = word(operation["name"]).split(".", 2);
  const verb = verbs[act];
  const name = resourceName(operation);
  return verb ? `${verb} ${type} ${name}`.trim() : `does ${operationName(operation)}`;
}

function resourceName(operation: JsonObject): string {
  const resource = operation["resource"];
  return text(resource) ?? text(object(resource)["name"]) ?? "";
}

function eventStory(frame: RecordedFrame): string {
  const title = isAuditCode(frame.api) ? codes[frame.api].title.toLowerCase() : frame.api;
  const why = text(frame.body["reason"]) ?? text(frame.body["message"]);
  return why === null ? title : `${title} (${why})`;
}

function some(stories: readonly string[]): string {
  const named = stories.slice(0, namedMax).join(", ");
  return stories.length > namedMax ? `${named} and ${stories.length - namedMax} more` : named;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function word(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "?";
}

function number(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}
