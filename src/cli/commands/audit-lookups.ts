// lockkeeper audit who | what | query: look-ups over an index of the log, which is made beside it and brought up to date first.
import { type Command, InvalidArgumentError } from "commander";
import type { EventIndex } from "../../audit/event-index.ts";
import { openEventIndexes } from "../../audit/event-indexes.ts";
import { eventQuery, type OffsetQuestion, whatDid, whoSentUnacknowledged, whoTouched } from "../../audit/lookups.ts";
import type { EventFilter } from "../../audit/query.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { type Format, formatOption, printRows } from "../output.ts";
import { plain, print } from "../shared.ts";
import { type LogOption, logged, pastTime, placesOf, withEventFilters } from "./audit-options.ts";

interface Shown extends LogOption {
  readonly format: Format;
}

type WhoOptions = Shown & OffsetQuestion;

interface WhatOptions extends Shown {
  readonly principal: string;
  readonly since: number;
  readonly until?: number;
}

type QueryOptions = Shown & Omit<EventFilter, "codes"> & { readonly code?: readonly string[] };

export function addLookups(command: Command): void {
  logged(command.command("who"))
    .description("who read or wrote one offset, when, and masked or not")
    .requiredOption("--topic <name>")
    .requiredOption("--partition <number>", "", wholeNumber)
    .requiredOption("--offset <number>", "", (text: string) => BigInt(wholeNumber(text)))
    .option("--direction <direction>", "read or write; both, if not given")
    .option("--cluster <name>")
    .option("--since <time>", "an ISO time, or an age such as 15m, 4h, 7d", pastTime)
    .option("--until <time>", "the same", pastTime)
    .addOption(formatOption())
    .action(who);
  logged(command.command("what"))
    .description("what somebody did: sessions, operations, and data read and written, added up")
    .requiredOption("--principal <name>")
    .option("--since <time>", "an ISO time, or an age such as 15m, 4h, 7d", pastTime, 0)
    .option("--until <time>", "the same", pastTime)
    .addOption(formatOption())
    .action(what);
  withEventFilters(logged(command.command("query [sql]")))
    .description("events that fit all that is given, or SQL over the tables events and ranges")
    .addOption(formatOption())
    .addHelpText("after", help)
    .action(query);
}

const help = `
Tables (SQLite):
  events  idx, time, at, code, title, principal, session, cluster, client, client_id, software, api, operation,
          resource_type, resource, outcome, rules, revision, message, error, approval, request
  ranges  idx, part, time, at, direction, principal, session, cluster, client, client_id, software, topic, partition, first, last,
          records, bytes, masked, masked_fields, filtered      (first and last are null for acks=0: nobody learnt the offsets)
  envelope(idx) is the whole event as JSON, such as envelope(idx) ->> '$.data.unmapped.claims.email'
  Where several workers serve, idx is such as worker-2/42, and both tables have log and entry besides.

Example:
  lockkeeper audit query "SELECT principal, sum(records) FROM ranges WHERE topic = 'orders' GROUP BY 1" --format csv`;

async function withIndex(options: LogOption, run: (index: EventIndex) => Promise<void>): Promise<void> {
  const index = await openEventIndexes(await placesOf(options));
  try {
    await run(index);
  } finally {
    index.close();
  }
}

function who(options: WhoOptions): Promise<void> {
  return withIndex(options, async (index) => {
    const rows = whoTouched(index, options);
    const unknown = whoSentUnacknowledged(index, options);
    const first = ["time", "direction", "principal", "client_id", "client", "session"];
    const columns = [...first, "first", "last", "masked", "filtered", "idx"];
    await printRows(rows, options.format, options.format === "table" ? columns : undefined);
    if (options.format !== "table") return;
    const place = plain(`${options.topic}[${options.partition}]@${options.offset}`);
    if (rows.length === 0) print(`nobody read or wrote ${place} through this gateway, as far as its log goes`);
    if (unknown.length === 0) return;
    print(`\nwrote to this partition without asking for an answer (acks=0), so nobody knows which offsets:`);
    await printRows(unknown, "table");
  });
}

function what(options: WhatOptions): Promise<void> {
  const { principal, since, until = Number.MAX_SAFE_INTEGER, format } = options;
  return withIndex(options, async (index) => {
    const { span, operations, data } = whatDid(index, { principal, since, until });
    if (format !== "table") {
      const kind = (name: string) => (row: object) => ({ kind: name, ...row });
      const columns = [
        "kind",
        "operation",
        "resource",
        "outcome",
        "error",
        "times",
        "direction",
        "topic",
        "partitions",
      ];
      const more = ["records", "bytes", "masked_fields", "filtered", "first", "last"];
      const rows = [...operations.map(kind("operation")), ...data.map(kind("data"))];
      await printRows(rows, format, format === "csv" ? [...columns, ...more] : undefined);
    } else if (!span?.["events"]) print(`${plain(principal)} did nothing in that time, as far as the log goes`);
    else {
      print(
        plain(
          `${principal}: ${span["events"]} events in ${span["sessions"]} sessions, ${span["first"]} to ${span["last"]}`,
        ),
      );
      for (const rows of [operations, data]) {
        if (rows.length === 0) continue;
        print("");
        await printRows(rows, "table");
      }
    }
  });
}

const queryColumns = "idx, time, code, principal, operation, resource, outcome, error, message, session";

function query(sql: string | undefined, options: QueryOptions): Promise<void> {
  const { code, ...rest } = options;
  return withIndex(options, async (index) => {
    const ours = eventQuery({ ...rest, ...(code && { codes: code }) }, queryColumns, index.order);
    try {
      const rows = sql === undefined ? index.each(ours.sql, ...ours.values) : index.each(sql);
      const count = await printRows(rows, options.format);
      if (count === 0 && options.format === "table") print("nothing in the log fits");
    } catch (error) {
      if (sql === undefined || !(error instanceof Error)) throw error;
      throw new LockkeeperError("config-invalid", `the query cannot be run: ${error.message}`, { cause: error });
    }
  });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new InvalidArgumentError("a whole number from 0 on");
  return number;
}
