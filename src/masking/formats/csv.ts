// CSV to the letter of RFC 4180: one row or many. A record says nothing of its columns, so rules name them by index, `$[2]`, or the rule's format lists
// them: {"name": "csv", "columns": ["id", "email"]}; `"columns": "header"` takes them from the first row. Rows of another number of columns than
// are listed are unreadable: a delimiter that nobody quoted would move every column behind it.
import { isUtf8 } from "node:buffer";
import { z } from "zod";
import type { MatchState } from "../matcher.ts";
import { optionsOf } from "../options.ts";
import { type CsvField, csvRows } from "./csv-rows.ts";
import { type Editor, unreadable, type ValueFormat } from "./format.ts";
import { Splices } from "./splices.ts";
import { writtenText } from "./written-text.ts";

const options = z.strictObject({
  columns: z.union([z.literal("header"), z.array(z.string().min(1)).min(1)]).optional(),
  delimiter: z
    .string()
    .regex(/^[^\p{Cc}\p{L}\p{N}"]$|^\t$/u, "one character that is no letter, digit or quote is expected")
    .default(","),
});

type Options = z.output<typeof options>;

export const csv: ValueFormat = csvWith(options.parse({}));

function csvWith(given: Options): ValueFormat {
  return {
    name: "csv",
    finds: { fields: true, tags: false },
    claims: () => false, // any line of text might be CSV
    configured: (wanted) => csvWith(optionsOf("csv", options, wanted)),
    editor: (root) => ({ edit: (source) => edit(source, root, given) }),
  };
}

function edit(source: Uint8Array, root: MatchState, { columns, delimiter }: Options): ReturnType<Editor["edit"]> {
  if (!isUtf8(source)) return unreadable;
  const text = Buffer.from(source).toString();
  const rows = csvRows(text, delimiter);
  if (rows === null) return unreadable;
  const [first] = rows;
  const names = columns === "header" ? (first ?? []).map(({ value }) => value) : (columns ?? null);
  if (names !== null && rows.some((row) => row.length !== names.length)) return unreadable;
  const splices = new Splices<string>();
  for (const row of columns === "header" ? rows.slice(1) : rows) {
    for (const [index, field] of row.entries()) editField(field, index, names?.[index], root, delimiter, splices);
  }
  const edited = splices.textOf(text);
  return edited === null ? null : Buffer.from(edited);
}

function editField(
  { start, end, value, isQuoted }: CsvField,
  index: number,
  name: string | undefined,
  root: MatchState,
  delimiter: string,
  splices: Splices<string>,
): void {
  const { action } = name === undefined ? root.element(index) : root.column(index, name);
  const replacement = action?.apply({ kind: "text", text: value }, name ?? "") ?? null;
  if (replacement === null) return;
  // A column cannot go: what is removed, or null, is empty.
  const text = writtenText(replacement, "");
  const quotes = isQuoted || /["\r\n]/.test(text) || text.includes(delimiter);
  splices.replace(start, end, quotes ? `"${text.replaceAll('"', '""')}"` : text);
}
