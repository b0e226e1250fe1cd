// Look-ups over several logs at once: each has its index (event-index.ts), and views put them together under the same names. There an event's
// `idx` is `worker-2/42`, and two more columns say the same apart: `log` and `entry`.
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { LockkeeperError } from "../base/errors.ts";
import { addEnvelope, asking, type EventIndex, envelopesOf, openEventIndex } from "./event-index.ts";
import { type LogPlace, placeText } from "./logs.ts";

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
    addEnvelope(reader, envelopesOfAll(places));
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

function envelopesOfAll(places: readonly LogPlace[]): (idx: SQLOutputValue) => string | null {
  const byLog = new Map(places.map(({ name, folder }) => [name, envelopesOf(folder)]));
  return (idx) => {
    const text = String(idx);
    const cut = text.lastIndexOf("/");
    return byLog.get(text.slice(0, Math.max(0, cut)))?.(text.slice(cut + 1)) ?? null;
  };
}
