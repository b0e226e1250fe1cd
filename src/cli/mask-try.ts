// One record through masks and filters, and what is to be said about it: for lockkeeper mask try.
import { LockkeeperError } from "../base/errors.ts";
import type { FilterTally, Masking, MaskTally } from "../masking/mask.ts";
import type { Allow, FilterRule, Hold, MaskRule, RecordPlace } from "../model/decision.ts";
import { NotReady, type RecordAnswer, type RecordView, type RewriteRecord } from "../model/record.ts";
import { plain } from "./shared.ts";

export interface TriedRecord {
  readonly outcome: "passes" | "hidden" | "refused";
  /** The record as it would leave; as it came where it does not. */
  readonly after: RecordView;
  /** Why it is refused. */
  readonly why: string;
  readonly counts: MaskTally & FilterTally;
}

type Decided = Pick<Allow | Hold, "masks" | "filters">;

/** A schema may have to be fetched first; each attempt fetches at least one, and no record needs more. */
const attemptsMax = 20;

export async function tryRecord(record: RecordView, decided: Decided, masking: Masking): Promise<TriedRecord> {
  for (let attempt = 1; ; attempt++) {
    const counts = { masked: {}, failed: {}, filtered: {} };
    try {
      return tried(record, masking.rewriter(decided.masks, decided.filters, counts), counts);
    } catch (error) {
      if (error instanceof LockkeeperError) return { outcome: "refused", after: record, why: error.message, counts };
      if (!(error instanceof NotReady) || attempt === attemptsMax) throw error;
      await error.ready;
    }
  }
}

function tried(record: RecordView, rewrite: RewriteRecord, counts: TriedRecord["counts"]): TriedRecord {
  const answer: RecordAnswer = rewrite(record);
  if (answer === "hide") return { outcome: "hidden", after: record, why: "", counts };
  if (answer !== undefined && "refuse" in answer)
    return { outcome: "refused", after: record, why: answer.refuse, counts };
  const { key, value, headers, offset, timestamp } = record;
  return { outcome: "passes", after: { key, value, headers, offset, timestamp, ...answer }, why: "", counts };
}

/** A line for each rule, and what it did. */
export function describeRules({ masks, filters }: Decided, { counts, outcome, why }: TriedRecord): readonly string[] {
  const lines = masks.map((rule) => `  mask    ${plain(rule.rule)}: ${describeMask(rule, counts)}`);
  lines.push(...filters.map((rule) => `  filter  ${plain(rule.rule)}: ${describeFilter(rule, counts)}`));
  if (lines.length === 0) lines.push("  no masks and no filters: the record passes as it is");
  if (outcome === "hidden") lines.push("", "The record is hidden.");
  if (outcome === "refused") lines.push("", `The record is refused: ${plain(why)}.`);
  return lines;
}

function describeMask(rule: MaskRule, { masked, failed }: MaskTally): string {
  const what = `${rule.method.name} ${describePlace(rule)}`;
  const unreadable = failed[rule.rule] ?? 0;
  if (unreadable > 0)
    return `${what} – could not read ${unreadable === 1 ? "it" : `${unreadable} of them`} (otherwise: ${rule.otherwise})`;
  const count = masked[rule.rule] ?? 0;
  return `${what} – ${count === 0 ? "found nothing" : count === 1 ? "1 value" : `${count} values`}`;
}

function describeFilter(rule: FilterRule, { filtered }: FilterTally): string {
  const { action, values, detect } = rule;
  const meant =
    detect.length > 0 ? "what is found of" : values.length === 0 ? "nothing" : values.map(plain).join(" or ");
  const hides = (filtered[rule.rule] ?? 0) > 0 ? " – hides the record" : "";
  return `${action === "keep" ? "keeps only" : "hides"} ${meant}: ${describePlace(rule)}${hides}`;
}

function describePlace({ in: part, format, field, tag, detect }: RecordPlace): string {
  const meant = [detect.join(" or "), tag === null ? "" : `tag ${tag}`, field ?? ""]
    .filter((word) => word !== "")
    .join(" at ");
  return `${meant === "" ? "all" : meant} in ${part}${format === "auto" ? "" : ` as ${format}`}`;
}

/** Each part of the record that there is, and what it becomes. */
export function showParts(before: RecordView, { after, outcome }: TriedRecord): readonly string[] {
  const lines: string[] = [];
  const show = (name: string, one: Uint8Array | null, other: Uint8Array | null) => {
    if (one === null || one.length === 0) return;
    lines.push("", `${name} before`, `  ${shown(one)}`);
    if (outcome !== "passes") return;
    const isSame = other !== null && Buffer.from(one).equals(other);
    lines.push(isSame ? `${name} after: the same` : `${name} after`, ...(isSame ? [] : [`  ${shown(other)}`]));
  };
  show("key", before.key, after.key);
  for (const [index, { key, value }] of before.headers.entries()) {
    show(`header ${plain(Buffer.from(key).toString())}`, value, after.headers[index]?.value ?? null);
  }
  show("value", before.value, after.value);
  return lines;
}

/** Text where it is text, and never a control character that a terminal would obey. */
function shown(bytes: Uint8Array | null): string {
  if (bytes === null) return "null";
  const text = Buffer.from(bytes).toString();
  if (!Buffer.from(text).equals(bytes)) return `${Buffer.from(bytes).toString("hex")} (hexadecimal)`;
  return text.replace(/[^\P{Cc}\t\n]/gu, plain).replaceAll("\n", "\n  ");
}
