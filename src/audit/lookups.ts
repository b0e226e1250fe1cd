// The questions that auditors ask, as SQL over the index: who read or wrote an offset, and what somebody did.
import type { EventIndex, Row } from "./event-index.ts";
import type { Cell } from "./index-tables.ts";
import type { EventFilter } from "./query.ts";

export interface OffsetQuestion {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly direction?: "read" | "write";
  readonly cluster?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
}

/**
 * Every event whose ranges hold the offset, oldest first. A topic that was deleted and made again counts its offsets anew: the times tell.
 * Rows: idx, time, direction, principal, session, cluster, client, client_id, software, first, last,
 * records, masked, filtered.
 */
export function whoTouched(index: EventIndex, question: OffsetQuestion): Row[] {
  const { topic, partition, offset } = question;
  const [width] = index.all(
    "SELECT max(offsets) AS offsets FROM spans WHERE topic = ? AND partition = ?",
    topic,
    partition,
  );
  if (width?.["offsets"] === undefined || width["offsets"] === null) return [];
  const { sql, values } = narrowed(question);
  return index.all(
    `SELECT idx, time, direction, principal, session, cluster, client, client_id, software, first, last, records, masked, filtered
     FROM ranges WHERE topic = ? AND partition = ? AND first BETWEEN ? AND ? AND last >= ?${sql} ORDER BY at, idx`,
    topic,
    partition,
    offset - BigInt(width["offsets"]),
    offset,
    offset,
    ...values,
  );
}

/** Who wrote to the partition without asking for an answer: any of these may have written the offset too. */
export function whoSentUnacknowledged(index: EventIndex, question: Omit<OffsetQuestion, "offset">): Row[] {
  if (question.direction === "read") return [];
  const { sql, values } = narrowed(question);
  return index.all(
    `SELECT principal, session, client, min(time) AS since, max(time) AS until, sum(records) AS records
     FROM ranges WHERE topic = ? AND partition = ? AND first IS NULL${sql} GROUP BY session ORDER BY min(at)`,
    question.topic,
    question.partition,
    ...values,
  );
}

function narrowed({ direction, cluster, since, until }: Omit<OffsetQuestion, "offset">) {
  const conditions: [string, Cell | undefined][] = [
    ["direction = ?", direction],
    ["cluster = ?", cluster],
    ["at >= ?", since],
    ["at <= ?", until],
  ];
  const given = conditions.filter((each): each is [string, Cell] => each[1] !== undefined);
  return { sql: given.map(([condition]) => ` AND ${condition}`).join(""), values: given.map(([, value]) => value) };
}

export interface Doings {
  /** first, last, sessions, events */
  readonly span: Row | undefined;
  /** operation, resource, outcome (allow, deny, hold, or the code's word), times, first, last */
  readonly operations: readonly Row[];
  /** direction, topic, partitions, records, bytes, masked_fields, filtered, first, last */
  readonly data: readonly Row[];
}

/** What a principal did in a time, added up. */
export function whatDid(
  index: EventIndex,
  { principal, since, until }: { readonly principal: string; readonly since: number; readonly until: number },
): Doings {
  const time = "principal = ? AND at BETWEEN ? AND ?";
  const values = [principal, since, until];
  const spans = index.all(
    `SELECT min(time) AS first, max(time) AS last, count(DISTINCT session) AS sessions, count(*) AS events FROM events WHERE ${time}`,
    ...values,
  );
  return {
    span: spans[0],
    operations: index.all(
      `SELECT coalesce(operation, api, code) AS operation, resource, substr(code, instr(code, '.') + 1) AS outcome,
         error, count(*) AS times, min(time) AS first, max(time) AS last
       FROM events WHERE ${time} AND code NOT LIKE 'data.%' AND code NOT LIKE 'session.%'
       GROUP BY 1, 2, 3, 4 ORDER BY min(at)`,
      ...values,
    ),
    data: index.all(
      `SELECT direction, topic, count(DISTINCT partition) AS partitions, sum(records) AS records, sum(bytes) AS bytes,
         sum(masked_fields) AS masked_fields, sum(filtered) AS filtered, min(time) AS first, max(time) AS last
       FROM ranges WHERE ${time} GROUP BY 1, 2 ORDER BY min(at)`,
      ...values,
    ),
  };
}

/** SQL for events that fit all that is given, by columns; families end in `.*`. */
export function eventQuery(
  question: EventFilter,
  columns: string,
  order = "idx",
): { readonly sql: string; readonly values: Cell[] } {
  const { codes, principal, session, operation, resource, approval, since, until } = question;
  const parts: [string, readonly Cell[]][] = [];
  if (codes?.length) parts.push([`(${codes.map(() => "code GLOB ?").join(" OR ")})`, codes.map(family)]);
  if (principal !== undefined) parts.push(["principal = ?", [principal]]);
  if (session !== undefined) parts.push(["session = ?", [session]]);
  if (operation !== undefined) parts.push(["operation GLOB ?", [family(operation)]]);
  if (resource !== undefined)
    parts.push(["(resource = ? OR idx IN (SELECT idx FROM ranges WHERE topic = ?))", [resource, resource]]);
  if (approval !== undefined) parts.push(["approval = ?", [approval]]);
  if (since !== undefined) parts.push(["at >= ?", [since]]);
  if (until !== undefined) parts.push(["at <= ?", [until]]);
  const where = parts.length > 0 ? ` WHERE ${parts.map(([sql]) => sql).join(" AND ")}` : "";
  return {
    sql: `SELECT ${columns} FROM events${where} ORDER BY ${order}`,
    values: parts.flatMap(([, values]) => values),
  };
}

/** `topic.*` stays a pattern; whatever else GLOB would read as one is taken as it stands. */
function family(text: string): string {
  const escaped = text.replace(/[*?[]/g, "[$&]");
  return text.endsWith(".*") ? `${escaped.slice(0, -3)}*` : escaped;
}
