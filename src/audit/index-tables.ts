// The tables of the index, and how an event becomes rows. `lockkeeper audit query` promises these names to whoever writes SQL:
// a column may be added, none renamed.
import type { DatabaseSync } from "node:sqlite";
import type { Json, JsonObject } from "../base/json.ts";
import { decodeEvent, type LoggedEvent } from "./query.ts";
import type { Entry } from "./snapshot.ts";

export const schemaVersion = 1;

/** What SQLite holds. */
export type Cell = string | number | bigint | null;

const iso = (column: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;

/** `idx` is the place in the log; `at` milliseconds since 1970, `time` the same for people. `envelope(idx)` gives the whole event. */
export const tables = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
  idx INTEGER PRIMARY KEY, id TEXT, at INTEGER, code TEXT, title TEXT,
  principal TEXT, session TEXT, cluster TEXT, client TEXT, client_id TEXT, software TEXT,
  api TEXT, operation TEXT, resource_type TEXT, resource TEXT,
  outcome TEXT, rules TEXT, revision TEXT, message TEXT, error TEXT, approval TEXT, request TEXT,
  time TEXT GENERATED ALWAYS AS (${iso("at")}) VIRTUAL
);
CREATE TABLE IF NOT EXISTS ranges (
  idx INTEGER, part INTEGER, at INTEGER, direction TEXT, principal TEXT, session TEXT, cluster TEXT, client TEXT, client_id TEXT,
  software TEXT,
  topic TEXT, partition INTEGER, first INTEGER, last INTEGER, records INTEGER, bytes INTEGER,
  masked TEXT, masked_fields INTEGER, filtered INTEGER,
  time TEXT GENERATED ALWAYS AS (${iso("at")}) VIRTUAL,
  PRIMARY KEY (idx, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spans (topic TEXT, partition INTEGER, offsets INTEGER, PRIMARY KEY (topic, partition)) WITHOUT ROWID;
`;

/** Made once the rows are there: sorting a million at once is far cheaper than a million insertions. */
export const tableIndexes = `
CREATE INDEX IF NOT EXISTS events_at ON events (at);
CREATE INDEX IF NOT EXISTS events_principal ON events (principal, at);
CREATE INDEX IF NOT EXISTS events_session ON events (session);
CREATE INDEX IF NOT EXISTS events_code ON events (code, at);
CREATE INDEX IF NOT EXISTS ranges_offsets ON ranges (topic, partition, first);
CREATE INDEX IF NOT EXISTS ranges_principal ON ranges (principal, at);
`;

/** Within a transaction of the caller's. Repeats are harmless. */
export function insertEvents(database: DatabaseSync, entries: readonly Entry[]): void {
  const event = database.prepare(`INSERT OR REPLACE INTO events VALUES (${marks(22)})`);
  const range = database.prepare(`INSERT OR REPLACE INTO ranges VALUES (${marks(19)})`);
  // The widest range of a partition bounds how far before an offset a range that holds it can begin.
  const span = database.prepare(
    "INSERT INTO spans VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET offsets = max(offsets, excluded.offsets)",
  );
  for (const entry of entries) {
    const logged = decodeEvent(entry);
    event.run(...eventCells(logged));
    let part = 0;
    for (const each of logged.ranges) {
      const [first, last] = [offset(each["firstOffset"]), offset(each["lastOffset"])];
      range.run(...rangeCells(logged, part++, each, { direction: text(each["direction"]), first, last }));
      if (first !== null && last !== null) span.run(text(each["topic"]), Number(each["partition"]), last - first);
    }
    for (const each of logged.sent) {
      range.run(...rangeCells(logged, part++, each, { direction: "write", first: null, last: null }));
    }
  }
}

function marks(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}

// biome-ignore format: the order of the columns above, group by group
function eventCells(event: LoggedEvent): Cell[] {
  const { index, id, at, code, title, principal, session, cluster, client, clientId, software } = event;
  const { api, operation, resource, outcome, rules, revision, message, error, approval, request } = event;
  return [
    index, id, at, code, title,
    principal, session, cluster, client, clientId, software,
    api, operation, resource?.type ?? null, resource?.name ?? null,
    outcome, rules.length > 0 ? rules.join("; ") : null, revision, message, error, approval, request,
  ];
}

interface Place {
  readonly direction: string;
  readonly first: bigint | null;
  readonly last: bigint | null;
}

// biome-ignore format: the order of the columns above, group by group
function rangeCells(event: LoggedEvent, number: number, part: JsonObject, { direction, first, last }: Place): Cell[] {
  const { index, at, principal, session, cluster, client, clientId, software } = event;
  const [masked, filtered] = [counts(part["masked"]), counts(part["filtered"])];
  return [
    index, number, at, direction, principal, session, cluster, client, clientId, software,
    text(part["topic"]), Number(part["partition"]), first, last, Number(part["records"]), Number(part["bytes"]),
    masked.text, masked.sum, filtered.sum,
  ];
}

/** Rules and how often each was used: `pii × 3, cards × 1`. */
function counts(value: Json | undefined): { readonly text: string | null; readonly sum: number } {
  const entries = Object.entries(value ?? {}).map(([rule, count]) => [rule, Number(count)] as const);
  if (entries.length === 0) return { text: null, sum: 0 };
  return {
    text: entries.map(([rule, count]) => `${rule} × ${count}`).join(", "),
    sum: entries.reduce((sum, [, count]) => sum + count, 0),
  };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

function offset(value: Json | undefined): bigint | null {
  return typeof value === "string" || typeof value === "number" ? BigInt(value) : null;
}
