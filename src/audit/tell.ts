// A recording as a story that a person reads: one line for a request and its answer, or for an event. Times are UTC. What a frame means is the
// protocol's to say (Storyteller); here requests find their answers. Pure.
import type { Json, JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import type { RecordedFrame, ShownRecord, Storyteller } from "../model/recording.ts";
import { codes, isAuditCode } from "./codes.ts";

export interface TellOptions {
  readonly story: Storyteller;
  /** Who the session belongs to; an event that says `principal` corrects it. */
  readonly principal?: string | null;
  /** True also tells what changes nothing: empty fetches, heartbeats. */
  readonly everything?: boolean;
}

/** One thing that happened. */
export interface ToldLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly who: string;
  readonly text: string;
  readonly records: readonly ShownRecord[];
}

export interface Teller {
  /** Null where the frame says nothing by itself: a request whose answer follows, a heartbeat. */
  tell(frame: RecordedFrame): ToldLine | null;
}

/** Joins answers to their requests, so feed it a session's frames in order. */
export function createTeller({ story, principal = null, everything = false }: TellOptions): Teller {
  const requests = new Map<number, RecordedFrame>();
  let who = principal;

  function line(frame: RecordedFrame, text: string, records: readonly ShownRecord[] = []): ToldLine {
    return { at: frame.at, who: who ?? "somebody", text, records };
  }

  function asked(frame: RecordedFrame): ToldLine | null {
    const told = story.meet(frame);
    if (told) return line(frame, told.text);
    requests.set(frame.correlation, frame);
    const oldest = requests.keys().next();
    if (requests.size > limits.inFlightRequestsMax && !oldest.done) requests.delete(oldest.value);
    return null;
  }

  function answered(frame: RecordedFrame): ToldLine | null {
    const request = requests.get(frame.correlation) ?? null;
    requests.delete(frame.correlation);
    const { text, quiet } = story.tell(request, frame);
    return quiet && !everything ? null : line(frame, text, story.records(frame));
  }

  return {
    tell(frame) {
      switch (frame.direction) {
        case "request":
          return asked(frame);
        case "response":
          return answered(frame);
        case "event":
          who = textOf(frame.notes["principal"]) ?? who;
          return line(frame, eventStory(frame));
        case "sent": {
          const records = story.records(frame);
          return records.length > 0 ? line(frame, `hands in ${recordCount(records.length)}`, records) : null;
        }
        case "raw": {
          const records = story.records(frame);
          return records.length > 0 ? line(frame, `before masking: ${recordCount(records.length)}`, records) : null;
        }
        default:
          return frame.direction satisfies never;
      }
    },
  };
}

/** `09:14:02.113 alice reads orders[3] 4711–4802, 92 records` */
export function lineText({ at, who, text }: ToldLine): string {
  return `${new Date(at).toISOString().slice(11, 23)} ${who}${text.startsWith(":") ? "" : " "}${text}`;
}

function recordCount(count: number): string {
  return `${count} ${count === 1 ? "record" : "records"}`;
}

function eventStory(frame: RecordedFrame): string {
  const title = isAuditCode(frame.api) ? codes[frame.api].title.toLowerCase() : frame.api;
  const why = textOf(frame.notes["reason"]) ?? textOf(frame.notes["message"]) ?? namesOf(frame.notes);
  return why === null ? `: ${title}` : `: ${title} (${why})`;
}

/** What was held, or given: `topic.delete orders, apr_…` */
function namesOf(notes: JsonObject): string | null {
  const words = ["operation", "resource", "approval"].flatMap((key) => textOf(notes[key]) ?? []);
  return words.length > 0 ? words.join(" ") : null;
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
