// Filters: whole records that a reader must not see, or that must not be written. A filter looks where masks look, along the same walks, and
// changes nothing. What it cannot read it hides. Knows no protocol.
import type { FilterRule } from "../model/decision.ts";
import type { RecordHeader, RecordView } from "../model/record.ts";
import type { Action } from "./action.ts";
import { type EditedPart, unreadable, type ValueFormat } from "./formats/format.ts";
import { Matcher } from "./matcher.ts";
import { type ReadyPlace, readyPlace } from "./place.ts";
import { type Reader, readerOf } from "./rule-set.ts";
import type { Found } from "./scalar.ts";
import { isNamed, type NamedValues, namedValues, textOf } from "./scalar-text.ts";

/** One filter, ready. Keeps what it found only during a call. */
export class Filter {
  readonly rule: FilterRule;
  private readonly place: ReadyPlace;
  private readonly header: Buffer | null;
  readonly readers: readonly Reader[];
  readonly needs: ValueFormat["finds"];
  private readonly values: NamedValues;
  /** Of the values at the place: how many, and how many are among those that the rule names, or hold a finding. */
  private seen = 0;
  private met = 0;

  /** Throws LockkeeperError `policy-invalid` for a place that cannot be. */
  constructor(rule: FilterRule, formats: readonly ValueFormat[]) {
    this.rule = rule;
    this.place = readyPlace(rule, formats);
    this.header = rule.in.startsWith("header:") ? Buffer.from(rule.in.slice("header:".length)) : null;
    this.needs = { fields: rule.field !== null, tags: rule.tag !== null };
    this.values = namedValues(rule.values);
    const { root } = new Matcher([this.place.target], () => this.action());
    this.readers = this.place.formats.map((format) => ({ format, editor: format.editor(root) }));
  }

  /** True where the record must not be seen. Throws NotReady. */
  hides(record: RecordView): boolean {
    this.seen = 0;
    this.met = 0;
    if (!this.look(record)) return true;
    const { action, missing } = this.rule;
    if (this.place.detectors.length > 0) return this.met > 0;
    if (this.seen === 0) return missing === "hide";
    return action === "keep" ? this.met < this.seen : this.met > 0;
  }

  /** False where a part could not be read. */
  private look(record: RecordView): boolean {
    const { rule } = this;
    if (rule.in === "value" || rule.in === "key") return this.lookAt(record[rule.in], rule.in, record);
    return record.headers.every((header) => this.isOther(header) || this.lookAt(header.value, "header", record));
  }

  private isOther({ key }: RecordHeader): boolean {
    return this.header !== null && !this.header.equals(key);
  }

  private lookAt(source: Uint8Array | null, part: EditedPart, record: RecordView): boolean {
    if (source === null || source.length === 0) return true;
    const reader = readerOf(this, source, part, record);
    return reader !== undefined && reader.editor.edit(source, part, record) !== unreadable;
  }

  private action(): Action {
    const { detectors } = this.place;
    const isFound = (value: Found, name: string): boolean => {
      const text = textOf(value);
      return text !== null && detectors.some((detector) => detector.find(text, name).length > 0);
    };
    const detects = detectors.length > 0;
    return {
      whole: !detects,
      constant: null,
      wantsName: detects,
      apply: (value, name) => {
        if (value.kind === "null") return null;
        this.seen++;
        if (detects ? isFound(value, name) : isNamed(value, this.values)) this.met++;
        return null;
      },
    };
  }
}

/** Why a record may not be written: the rule and what it looks for, never what it found. */
export function refusalOf({ rule, detect, in: part }: FilterRule): string {
  const what = detect.length > 0 ? `${detect.join(", ")} found in the ${part}` : `what it says of the ${part}`;
  return `The filter ${rule} refuses this record: ${what}.`;
}
