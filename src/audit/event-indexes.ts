// Look-ups over several logs at once: each has its index (event-index.ts), and views put them together under the same names. There an event's
// `idx` is `worker-2/42`, and two more columns say the same apart: `log` and `entry`.
import { DatabaseSync } from "node:sqlite";
import { LockkeeperError } from "../base/errors.ts";
import { type EventIndex, openEventIndex, type Row } from "./event-index.ts";
import { type LogPlace, placeText } from "./logs.ts";
import { readEntry } from "./snapshot.ts";

/** SQLite's own limit on databases beside the first. */
const attachedMax = 10;

/** Rejects as `openEventIndex` does, and with `config-invalid` for more logs than can be looked through at once. */
export async function openEventIndexes(places: readonly LogPlace[]): Promise<EventIndex> {
  const [only, second] = places;
  if (only && !second) return openEventIndex(only.folder);
  if (places.length > attachedMax) {
    throw new LockkeeperError(
      "config-invalid",
      `${places.length} logs cannot be looked through at once: name one, or ask one after the other (--log DIR)`,
    );
  }
  const reader = new DatabaseSync(":memory:");
  try {
    let size = 0;
    for (const [at, { folder }] of places.entries()) {
      const index = await openEventIndex(folder);
      size += index.size;
      index.close();
      if (index.file === null) {
        throw new LockkeeperError(
          "audit-unavailable",
          `the index of ${folder} cannot be kept beside it: ask each log by itself (--log ${folder})`,
        );
      }
      reader.prepare(`ATTACH ? AS log${at}`).run(index.file);
    }
    for (const table of ["events", "ranges", "spans"]) reader.exec(viewOf(reader, table, places));
    // what people ask is their own SQL: the logs' indexes are for reading
    reader.exec("PRAGMA query_only = ON");
    addEnvelope(reader, places);
    return { size, file: null, order: "at, log, entry", ...asking(reader), close: () => reader.close() };
  } catch (error) {
    reader.close();
    throw error;
  }
}

function viewOf(reader: DatabaseSync, table: string, places: readonly LogPlace[]): string {
  const columns = reader.prepare("SELECT name FROM pragma_table_xinfo(?, 'log0')").all(table);
  const names = columns.map(({ name }) => String(name)).filter((name) => name !== "idx");
  const placed = names.length < columns.length;
  const parts = places.map(({ name }, at) => {
    const prefix = placeText({ log: name, index: 0 }).slice(0, -1);
    const own = [`'${prefix}' || idx AS idx`, `'${name || "own"}' AS log`, "idx AS entry"];
    return `SELECT ${[...(placed ? own : []), ...names].join(", ")} FROM log${at}.${table}`;
  });
  return `CREATE TEMP VIEW ${table} AS ${parts.join(" UNION ALL ")}`;
}

function addEnvelope(reader: DatabaseSync, places: readonly LogPlace[]): void {
  reader.function("envelope", { deterministic: true }, (idx) => {
    const text = String(idx);
    const cut = text.lastIndexOf("/");
    const place = places.find(({ name }) => name === text.slice(0, Math.max(0, cut)));
    const index = Number(text.slice(cut + 1));
    const entry = place && readEntry(place.folder, index).find((each) => each.index === index);
    return entry?.bytes.toString("utf8") ?? null;
  });
}

function asking(reader: DatabaseSync): Pick<EventIndex, "all" | "each"> {
  const prepare = (sql: string) => {
    const statement = reader.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  return {
    all: (sql, ...values) => prepare(sql).all(...values) as Row[],
    each: (sql, ...values) => prepare(sql).iterate(...values) as IterableIterator<Row>,
  };
}
