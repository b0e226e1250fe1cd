// Rows as people or programs want them: a table, JSON (one document a line) or CSV (RFC 4180).
import { once } from "node:events";
import { Option } from "commander";
import { assertNever } from "../base/assert.ts";
import { plain, table } from "./shared.ts";

export const formats = ["table", "json", "csv"] as const;
export type Format = (typeof formats)[number];

export function formatOption(): Option {
  return new Option("--format <format>", "how to print").choices(formats).default("table");
}

export type Row = Readonly<Record<string, unknown>>;

/** A table is measured before it is printed, so it holds this many rows at a time; JSON and CSV stream in pieces of as many. */
const rowsAtOnce = 1_000;

/** Resolves with how many there were. Without columns those of the first row count. Never fills the memory: it waits for its reader. */
export async function printRows(rows: Iterable<Row>, format: Format, columns?: readonly string[]): Promise<number> {
  let count = 0;
  let gathered: Row[] = [];
  const flush = async () => {
    const names = columns ?? Object.keys(gathered[0] ?? {});
    if (gathered.length > 0) await printText(textOf(gathered, format, names, count === gathered.length));
    gathered = [];
  };
  for (const row of rows) {
    count++;
    if (gathered.push(row) === rowsAtOnce) await flush();
  }
  await flush();
  return count;
}

async function printText(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, "drain");
}

function textOf(rows: readonly Row[], format: Format, columns: readonly string[], first: boolean): string {
  switch (format) {
    case "json":
      return rows.map((row) => JSON.stringify(row, (_, value: unknown) => jsonCell(value))).join("\n");
    case "csv": {
      const lines = rows.map((row) => columns.map((column) => csvCell(row[column])).join(","));
      return [...(first ? [columns.map(csvCell).join(",")] : []), ...lines].join("\n");
    }
    case "table":
      return table(
        columns.map((column) => column.toUpperCase()),
        rows.map((row) => columns.map((column) => plain(textCell(row[column])))),
      );
    default:
      return assertNever(format);
  }
}

function textCell(value: unknown): string {
  return value === null || value === undefined ? "-" : asText(value);
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "bigint" ? value.toString() : JSON.stringify(value);
}

/** Offsets beyond what JSON's readers can hold exactly are strings. */
function jsonCell(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
}

/** A text that a spreadsheet would run as a formula is quoted apart from it. */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = asText(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
