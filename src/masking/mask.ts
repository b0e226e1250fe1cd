// Masks the fields of records: value, key and headers. One pass over a part whatever the number of rules; what no rule means stays byte for
// byte. What a part's format cannot read is unreadable, and the rules' `otherwise` decides. Knows no protocol.
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { FilterRule, MaskRule } from "../model/decision.ts";
import type { RecordAnswer, RecordEdit, RecordHeader, RecordView, RewriteRecord } from "../model/record.ts";
import { Filter, refusalOf } from "./filter.ts";
import { type EditedPart, unreadable } from "./formats/format.ts";
import { type MaskingParts, readyRule } from "./rule.ts";
import { RuleSets, readerOf, type Walk } from "./rule-set.ts";
import { redactedText } from "./scalar.ts";

/** By rule, counted up as parts are masked: how many values, and how many parts could not be read. Of no use after NotReady was thrown. */
export interface MaskTally {
  readonly masked: Record<string, number>;
  readonly failed: Record<string, number>;
}

/** By rule: how many records were hidden. */
export interface FilterTally {
  readonly filtered: Record<string, number>;
}

export interface Masking {
  /**
   * A rewriter that masks what `rules` name. Null and empty parts pass: there is nothing in them.
   *
   * Throws LockkeeperError `policy-invalid` for a rule that cannot be applied. The rewriter throws `mask-refused` where an unreadable part
   * meets a rule with `otherwise: refuse`, `records-too-large` where a part would grow beyond limits.batchBytesMax, and NotReady; the
   * counts then hold what was done before, of which nothing leaves.
   */
  masker(rules: readonly MaskRule[], counts: MaskTally): RewriteRecord;
  /**
   * The same behind filters: a record that one of them hides is hidden, or refused where it is written, and masked no more. Throws as `masker`
   * and its rewriter do.
   */
  rewriter(masks: readonly MaskRule[], filters: readonly FilterRule[], counts: MaskTally & FilterTally): RewriteRecord;
  /** Why a filter cannot be applied, as the end of a sentence; null when it can. */
  filterProblem(rule: FilterRule): string | null;
  /** Why a mask cannot be applied, as the end of a sentence; null when it can. */
  problem(rule: MaskRule): string | null;
}

export function createMasking(parts: MaskingParts): Masking {
  const sets = new RuleSets(parts);
  const filterSets = new WeakMap<readonly FilterRule[], readonly Filter[]>();
  const masker: Masking["masker"] = (rules, counts) => {
    const { walks } = sets.ready(rules);
    return (record) => masked(record, walks, counts);
  };
  return {
    masker,
    rewriter(masks, filters, counts) {
      const mask = masker(masks, counts);
      if (filters.length === 0) return mask;
      const ready = filterSets.get(filters) ?? filters.map((rule) => new Filter(rule, parts.formats)).toSorted(byName);
      filterSets.set(filters, ready);
      return (record) => filtered(record, ready, counts) ?? mask(record);
    },
    problem: (rule) => problemOf(() => readyRule(rule, parts)),
    filterProblem: (rule) => problemOf(() => new Filter(rule, parts.formats)),
  };
}

function problemOf(make: () => unknown): string | null {
  try {
    make();
    return null;
  } catch (error) {
    if (error instanceof LockkeeperError) return error.message;
    throw error;
  }
}

const byName = (a: Filter, b: Filter): number => (a.rule.rule < b.rule.rule ? -1 : 1);

/** The first filter that hides the record decides, by name: which one it is must not depend on the order of a set. */
function filtered(record: RecordView, filters: readonly Filter[], counts: FilterTally): RecordAnswer {
  const hiding = filters.find((filter) => filter.hides(record));
  if (hiding === undefined) return undefined;
  const { rule } = hiding;
  if (rule.on === "write") return { refuse: refusalOf(rule) };
  add(counts.filtered, rule.rule, 1);
  return "hide";
}

interface Edits {
  value?: Uint8Array;
  key?: Uint8Array;
  headers?: RecordHeader[];
}

function masked(record: RecordView, walks: readonly Walk[], counts: MaskTally): RecordEdit | undefined {
  let edits: Edits | undefined;
  for (const walk of walks) {
    if (walk.in === "value" || walk.in === "key") {
      const source = edits?.[walk.in] ?? record[walk.in];
      const edited = source === null ? null : maskPart(source, walk.in, walk, record, counts);
      if (edited !== null) (edits ??= {})[walk.in] = edited;
    } else {
      const headers = maskHeaders(edits?.headers ?? record.headers, walk, record, counts);
      if (headers !== null) (edits ??= {}).headers = headers;
    }
  }
  return edits;
}

function maskHeaders(
  headers: readonly RecordHeader[],
  walk: Walk,
  record: RecordView,
  counts: MaskTally,
): RecordHeader[] | null {
  let result: RecordHeader[] | null = null;
  for (const [index, { key, value }] of headers.entries()) {
    if (value === null || (walk.header !== null && !walk.header.equals(key))) continue;
    const edited = maskPart(value, "header", walk, record, counts);
    // copied: one editor edits all headers, and its next edit may overwrite this one
    if (edited !== null) (result ??= [...headers])[index] = { key, value: Buffer.from(edited) };
  }
  return result;
}

function maskPart(
  source: Uint8Array,
  part: EditedPart,
  walk: Walk,
  record: RecordView,
  counts: MaskTally,
): Uint8Array | null {
  if (source.length === 0) return null;
  const { hits, rules } = walk;
  const reader = readerOf(walk, source, part, record);
  hits.fill(0);
  const edited = reader?.editor.edit(source, part, record) ?? null;
  if (reader === undefined || edited === unreadable) return withoutReading(walk, counts);
  if (edited === null) return null;
  if (edited.length > limits.batchBytesMax) {
    throw new LockkeeperError("records-too-large", `a masked value would grow beyond ${limits.batchBytesMax} bytes`);
  }
  for (let index = 0; index < hits.length; index++) {
    const count = hits[index]!;
    if (count > 0) add(counts.masked, rules[index]!.rule.rule, count);
  }
  return edited;
}

const redactedJson = Buffer.from(JSON.stringify(redactedText));
const redactedPlain = Buffer.from(redactedText);

/** The strictest `otherwise` of all rules decides, since each of them might have found something. Null: it passes. */
function withoutReading({ rules, readers }: Walk, counts: MaskTally): Uint8Array | null {
  for (const { rule } of rules) add(counts.failed, rule.rule, 1);
  const refusing = rules.find(({ rule }) => rule.otherwise === "refuse");
  if (refusing !== undefined) {
    throw new LockkeeperError(
      "mask-refused",
      `a value could not be read, and the mask ${refusing.rule.rule} refuses such records`,
    );
  }
  if (rules.every(({ rule }) => rule.otherwise === "pass")) return null;
  return readers.some(({ format }) => format.name === "json") ? redactedJson : redactedPlain;
}

function add(counts: Record<string, number>, rule: string, count: number): void {
  counts[rule] = (counts[rule] ?? 0) + count;
}
