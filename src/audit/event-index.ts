// An index over the log for look-ups: a SQLite file beside it (`index/events.db`), brought up to date before each use and made anew
// where it is missing, damaged or another log's. It is a convenience and proves nothing: what it says is found by index in the log.
// Who looks up writes it; the gateway never waits for it. Values come out as SQLite has them, integers as bigint.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { LockkeeperError } from "../base/errors.ts";
import { type Disk, isErrno, realDisk } from "./disk.ts";
import { type Cell, insertEvents, schemaVersion, tableIndexes, tables } from "./index-tables.ts";
import { type Entry, readCheckpoint, readEntries, readEntry } from "./snapshot.ts";

export interface EventIndex {
  /** Entries of the log that it covers. */
  readonly size: number;
  /** Null where there is no one file: in memory, or over several. */
  readonly file: string | null;
  /** Columns of `events` that put them in the order in which they happened. */
  readonly order: string;
  /** Rows of a query of our own. */
  all(sql: string, ...values: readonly Cell[]): Row[];
  /** The same, one by one, for what may be many. The query can only read: the file is opened so. */
  each(sql: string, ...values: readonly Cell[]): IterableIterator<Row>;
  close(): void;
}

export type Row = Readonly<Record<string, Cell>>;

/** Entries that go into one transaction. */
const batchEntries = 5_000;
/** Two bundles. */
const envelopesKept = 512;
/** Another look-up may be bringing the index up to date. */
const busyMs = 60_000;

/**
 * Up to date as of now. `where` is a file of its own instead of the one beside the log; a folder that cannot be written gets an index in
 * memory. Rejects with `audit-corrupt` where the log itself cannot be read.
 */
export async function openEventIndex(
  folder: string,
  options: { readonly where?: string; readonly disk?: Disk } = {},
): Promise<EventIndex> {
  const { disk = realDisk } = options;
  await readCheckpoint(disk, folder);
  const file = options.where ?? (await placeFor(disk, folder));
  const writer = (await openFor(folder, file, disk)) ?? (await remake(folder, file, disk));
  await catchUp(writer, folder, disk);
  const reader = file === inMemory ? writer : new DatabaseSync(file, { readOnly: true, timeout: busyMs });
  if (reader !== writer) writer.close();
  const size = readMeta(reader)?.size ?? 0;
  addEnvelope(reader, envelopesOf(folder));
  return {
    size,
    file: file === inMemory ? null : file,
    order: "idx",
    ...asking(reader),
    close: () => reader.close(),
  };
}

/** Queries of a database, with integers as bigint. */
export function asking(reader: DatabaseSync): Pick<EventIndex, "all" | "each"> {
  const prepare = (sql: string): StatementSync => {
    const statement = reader.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  return {
    all: (sql, ...values) => prepare(sql).all(...values) as Row[],
    each: (sql, ...values) => prepare(sql).iterate(...values) as IterableIterator<Row>,
  };
}

/** The envelope is not kept twice: SQL that wants more than the columns asks for it by `envelope(idx)`. */
export function addEnvelope(reader: DatabaseSync, of: (idx: SQLOutputValue) => string | null): void {
  reader.function("envelope", { deterministic: true }, of);
}

/** Envelopes from the log in `folder` by their index, null where there is none: read in bundles, and kept for the next that is asked for. */
export function envelopesOf(folder: string): (index: SQLOutputValue) => string | null {
  const envelopes = new Map<number, string>();
  return (index) => {
    const place = Number(index);
    if (!envelopes.has(place)) {
      if (envelopes.size > envelopesKept) envelopes.clear();
      for (const entry of readEntry(folder, place)) envelopes.set(entry.index, entry.bytes.toString("utf8"));
    }
    return envelopes.get(place) ?? null;
  };
}

const inMemory = ":memory:";

async function placeFor(disk: Disk, folder: string): Promise<string> {
  try {
    await disk.mkdir(join(folder, "index"), { recursive: true, mode: 0o700 });
    return join(folder, "index", "events.db");
  } catch (error) {
    if (isErrno(error, "EACCES") || isErrno(error, "EROFS") || isErrno(error, "EPERM")) return inMemory;
    throw error;
  }
}

/** Null when what is there is damaged, another log's, or of another version. */
async function openFor(folder: string, file: string, disk: Disk): Promise<DatabaseSync | null> {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: busyMs });
    // The log is what must not be lost: losing a moment of the index to a crash costs a moment of indexing.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536");
    database.exec(tables);
    const meta = readMeta(database);
    if (meta === null || (meta.version === schemaVersion && (await isOf(meta, folder, disk)))) return database;
  } catch (error) {
    if (error instanceof LockkeeperError) throw error;
  }
  database?.close();
  return null;
}

async function remake(folder: string, file: string, disk: Disk): Promise<DatabaseSync> {
  for (const suffix of ["", "-wal", "-shm"]) await disk.rm(`${file}${suffix}`, { force: true });
  const database = await openFor(folder, file, disk);
  if (database) return database;
  throw new LockkeeperError("audit-unavailable", `the index ${file} of the audit log cannot be made: remove it`);
}

interface Meta {
  readonly version: number;
  /** Entries that are indexed and under a checkpoint: those behind it are read again, since only the journal has them. */
  readonly integrated: number;
  readonly size: number;
  /** SHA-256 of the last of them: it must still be the log's. */
  readonly last: string;
}

function readMeta(database: DatabaseSync): Meta | null {
  const row = database.prepare("SELECT value FROM meta WHERE key = 'meta'").get();
  return row ? (JSON.parse(String(row["value"])) as Meta) : null;
}

async function isOf(meta: Meta, folder: string, disk: Disk): Promise<boolean> {
  const { size } = await readCheckpoint(disk, folder);
  if (meta.integrated > size) return false;
  if (meta.integrated === 0) return true;
  const last = readEntry(folder, meta.integrated - 1).find((entry) => entry.index === meta.integrated - 1);
  return last === undefined ? false : hashOf(last) === meta.last;
}

function hashOf(entry: Entry): string {
  return createHash("sha256").update(entry.bytes).digest("hex");
}

async function catchUp(database: DatabaseSync, folder: string, disk: Disk): Promise<void> {
  let batch: Entry[] = [];
  let meta = readMeta(database) ?? { version: schemaVersion, integrated: 0, size: 0, last: "" };
  if (meta.size > meta.integrated) {
    database.exec(
      `DELETE FROM events WHERE idx >= ${meta.integrated}; DELETE FROM ranges WHERE idx >= ${meta.integrated}`,
    );
  }
  const write = () => {
    database.exec("BEGIN IMMEDIATE");
    try {
      // Another look-up may have been faster: what is there is not written twice.
      insertEvents(database, batch);
      const last = batch.findLast((entry) => entry.integrated);
      meta = {
        version: schemaVersion,
        integrated: last ? last.index + 1 : meta.integrated,
        size: (batch.at(-1)?.index ?? -1) + 1,
        last: last ? hashOf(last) : meta.last,
      };
      database.prepare("INSERT OR REPLACE INTO meta VALUES ('meta', ?)").run(JSON.stringify(meta));
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
    batch = [];
  };
  for await (const entry of readEntries(disk, folder, meta.integrated)) {
    batch.push(entry);
    if (batch.length === batchEntries) write();
  }
  if (batch.length > 0) write();
  database.exec(tableIndexes);
}
