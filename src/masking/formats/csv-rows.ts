// The fields of a CSV text, row by row, with where they stand. Strict: whatever two readers might read differently is not CSV. Source: RFC 4180; a line
// feed alone ends a line as well, since that is what most programs write.

export interface CsvField {
  /** Where it stands in the text, quotes included. */
  readonly start: number;
  readonly end: number;
  /** What it says. */
  readonly value: string;
  readonly isQuoted: boolean;
}

/** Null when it is no CSV. An empty last line is no row. */
export function csvRows(text: string, delimiter: string): readonly (readonly CsvField[])[] | null {
  // No text holds one, but UTF-16 does.
  if (text.includes("\0")) return null;
  const rows: CsvField[][] = [];
  let row: CsvField[] = [];
  let at = 0;
  for (;;) {
    const field = text[at] === '"' ? quoted(text, at) : plain(text, at, delimiter);
    if (field === null) return null;
    row.push(field);
    at = field.end;
    if (text.startsWith(delimiter, at)) {
      at += delimiter.length;
      continue;
    }
    rows.push(row);
    row = [];
    if (at < text.length) {
      const lineEnd = text.startsWith("\r\n", at) ? 2 : text[at] === "\n" ? 1 : 0;
      if (lineEnd === 0) return null; // something follows a closing quote, or a carriage return stands alone
      at += lineEnd;
    }
    if (at === text.length) return rows;
  }
}

function plain(text: string, start: number, delimiter: string): CsvField | null {
  let end = start;
  for (; end < text.length; end++) {
    const character = text[end]!;
    if (character === '"') return null;
    if (character === "\n" || character === "\r" || character === delimiter) break;
  }
  return { start, end, value: text.slice(start, end), isQuoted: false };
}

function quoted(text: string, start: number): CsvField | null {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return null;
    if (text[quote + 1] !== '"') {
      const value = text.slice(start + 1, quote).replaceAll('""', '"');
      return { start, end: quote + 1, value, isQuoted: true };
    }
    at = quote + 2;
  }
}
