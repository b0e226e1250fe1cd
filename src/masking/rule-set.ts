// Mask rules made ready and joined: one walk for all rules that read the same part of a record in the same way. The same few rule sets come
// back with every answer to a client, so they are kept.
import type { MaskRule, RecordPart } from "../model/decision.ts";
import type { RecordView } from "../model/record.ts";
import { maskAction } from "./actions.ts";
import type { EditedPart, Editor, ValueFormat } from "./formats/format.ts";
import { Matcher } from "./matcher.ts";
import { type MaskingParts, type ReadyRule, readyRule } from "./rule.ts";

/** All rules that read one part in the same formats. */
export interface Walk {
  readonly in: RecordPart;
  /** The name, where the part is `header:NAME`. */
  readonly header: Buffer | null;
  readonly rules: readonly ReadyRule[];
  readonly readers: readonly Reader[];
  /** What a format must be able to find, or the part counts as unreadable: a rule that looks nowhere must not pass for one that found nothing. */
  readonly needs: ValueFormat["finds"];
  /** How often each rule masked since they were last looked at; by the rule's index. */
  readonly hits: Uint32Array;
}

export interface Reader {
  readonly format: ValueFormat;
  readonly editor: Editor;
}

export interface RuleSet {
  readonly walks: readonly Walk[];
}

const keptMax = 256;

export class RuleSets {
  private readonly parts: MaskingParts;
  private readonly byIdentity = new WeakMap<readonly MaskRule[], RuleSet>();
  private readonly byContent = new Map<string, RuleSet>();

  constructor(parts: MaskingParts) {
    this.parts = parts;
  }

  /** Throws LockkeeperError `policy-invalid` for a rule that cannot be applied. */
  ready(rules: readonly MaskRule[]): RuleSet {
    const known = this.byIdentity.get(rules);
    if (known !== undefined) return known;
    const key = JSON.stringify(rules);
    const ready = this.byContent.get(key) ?? makeReady(rules, this.parts);
    this.byIdentity.set(rules, ready);
    // The one that was used longest ago goes first.
    this.byContent.delete(key);
    this.byContent.set(key, ready);
    if (this.byContent.size > keptMax) this.byContent.delete(this.byContent.keys().next().value ?? key);
    return ready;
  }
}

function makeReady(rules: readonly MaskRule[], parts: MaskingParts): RuleSet {
  const byWalk = Map.groupBy(
    rules.map((rule) => readyRule(rule, parts)),
    ({ place }) => place.walk,
  );
  return { walks: [...byWalk.values()].map(makeWalk) };
}

/** The reader of these bytes; undefined where they are unreadable. */
export function readerOf(
  { readers, needs }: Pick<Walk, "readers" | "needs">,
  source: Uint8Array,
  part: EditedPart,
  record: RecordView,
): Reader | undefined {
  // A format that a rule names was checked with the rule, and reads whatever comes.
  if (readers.length === 1) return readers[0];
  const reader = readers.find(({ format }) => format.claims(source, part, record));
  if (reader === undefined) return undefined;
  const { finds } = reader.format;
  return (finds.fields || !needs.fields) && (finds.tags || !needs.tags) ? reader : undefined;
}

/** Rules come as a set, without an order: where several mean one value, the one that shows least of it wins, then the first by name. */
function makeWalk(unordered: readonly ReadyRule[]): Walk {
  const rules = unordered.toSorted((a, b) => a.shows - b.shows || (a.rule.rule < b.rule.rule ? -1 : 1));
  const { rule, place } = rules[0]!;
  const hits = new Uint32Array(rules.length);
  const count = (hit: ReadyRule) => void hits[rules.indexOf(hit)]!++;
  const { root } = new Matcher(
    rules.map((each) => each.place.target),
    (targets) =>
      maskAction(
        targets.map((target) => rules[target]!),
        count,
      ),
  );
  const readers = place.formats.map((format) => ({ format, editor: format.editor(root) }));
  const header = rule.in.startsWith("header:") ? Buffer.from(rule.in.slice("header:".length)) : null;
  const needs = {
    fields: rules.some((each) => each.rule.field !== null),
    tags: rules.some((each) => each.rule.tag !== null),
  };
  return { in: rule.in, header, rules, readers, needs, hits };
}
