// Looks into the audit log while the gateway writes it, for the proofs of the story.
import { setTimeout as wait } from "node:timers/promises";
import { type EventFilter, type LoggedEvent, readEvents } from "../../audit/query.ts";
import type { Json } from "../../base/json.ts";

const pauseMs = 100;
const patienceMs = 6_000;

export interface AuditView {
  /** How many events there are: what comes later has this index or a higher one. */
  size(): Promise<number>;
  /** Events from an index on. */
  since(index: number, filter: EventFilter): Promise<LoggedEvent[]>;
  /** As soon as there are `count` of them (1 if not given), or what there is after some seconds. */
  await(index: number, filter: EventFilter, options?: { count?: number; patienceMs?: number }): Promise<LoggedEvent[]>;
}

export function auditView(folder: string): AuditView {
  const since = async (index: number, filter: EventFilter) => {
    const events: LoggedEvent[] = [];
    for await (const event of readEvents(folder, filter, { from: index })) events.push(event);
    return events;
  };
  return {
    since,
    async size() {
      const last = (await since(0, {})).at(-1);
      return last === undefined ? 0 : last.index + 1;
    },
    async await(index, filter, options = {}) {
      const end = performance.now() + (options.patienceMs ?? patienceMs);
      for (;;) {
        const events = await since(index, filter);
        if (events.length >= (options.count ?? 1) || performance.now() > end) return events;
        await wait(pauseMs);
      }
    },
  };
}

/** `#42  operation.denied  bob  topic.read orders  "No rule allows …"`, on as few columns as it needs. */
export function logLine(event: LoggedEvent): string {
  const details = event.envelope["data"];
  const ranges = event.ranges.map(
    ({ topic, partition, firstOffset, lastOffset }) =>
      `${word(topic)}[${word(partition)}] ${word(firstOffset)}–${word(lastOffset)}`,
  );
  const resource = ranges.length > 0 ? null : event.resource?.name;
  const what = [event.operation, resource].filter((part) => part !== null && part !== undefined).join(" ");
  const said = event.message ?? detailsMessage(details);
  const parts = [
    `#${event.index}`,
    event.code,
    event.principal ?? "",
    what,
    ...ranges,
    event.error ?? "",
    event.approval === null ? "" : `(${event.approval})`,
    said === null ? "" : `“${said}”`,
  ];
  return parts.filter((part) => part !== "").join("  ");
}

function word(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "?";
}

/** A refusal that came after a hold says why in its details. */
export function detailsMessage(data: unknown): string | null {
  const message = dig(dig(dig(data, "unmapped"), "details"), "message");
  return typeof message === "string" ? message : null;
}

export function dig(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}
