// Detectors that are a pattern of bounded length and a check of what it matched. After a candidate that fails, the search goes on one character
// later, so that a number in front cannot hide the one behind it; what a match can cost is bounded, so the whole stays linear.
import type { Words } from "./context.ts";
import type { Detector, Finding } from "./detector.ts";

export interface Pattern {
  readonly name: string;
  /** A shorter text is passed over. */
  readonly charsMin: number;
  /** A cheap first look at the text, without the flags g and y. */
  readonly hint: RegExp;
  /** Where nothing is one without a word nearby: what is matched then stands near one. */
  readonly beside?: Words;
  /** With the flag g. No quantifier without an upper bound, none inside another that has a choice. */
  readonly pattern: RegExp;
  /** Whether a match is one; `at` says where it stands, for those that ask what is around it. */
  accepts(match: string, at: Place): boolean;
}

export interface Place {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly field: string;
}

const nothing: readonly Finding[] = [];

export function patternDetector({ name, charsMin, hint, beside, pattern, accepts }: Pattern): Detector {
  return {
    name,
    find(text, field) {
      if (text.length < charsMin || !hint.test(text)) return nothing;
      if (beside !== undefined && !beside.anywhere(text, field)) return nothing;
      const found: Finding[] = [];
      for (pattern.lastIndex = 0; ; ) {
        const match = pattern.exec(text);
        if (match === null) return found;
        const start = match.index;
        const end = start + match[0].length;
        const isNear = beside === undefined || beside.near(text, start, end, field);
        if (isNear && accepts(match[0], { text, start, end, field })) found.push({ start, end });
        else pattern.lastIndex = start + 1;
      }
    },
  };
}
