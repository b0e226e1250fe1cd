// What rules do at one place: the first that takes it as a whole, or else all whose detectors look through it, together.
import type { Action } from "./action.ts";
import type { Finding } from "./detectors/detector.ts";
import type { ReadyRule } from "./rule.ts";
import { type Replacement, redactedText } from "./scalar.ts";
import { textOf } from "./scalar-text.ts";

/** Called for each place that a rule masks. */
export interface CountHit {
  (rule: ReadyRule): void;
}

/** `met`: the rules that meet at the place, the one that shows least first. */
export function maskAction(met: readonly ReadyRule[], count: CountHit): Action | null {
  const whole = met.find(({ place }) => !place.target.below);
  if (whole !== undefined) return takeWhole(whole, count);
  return met.length === 0 ? null : lookThrough(met, count);
}

function takeWhole(rule: ReadyRule, count: CountHit): Action {
  const { method } = rule;
  return {
    whole: true,
    constant: method.constant,
    wantsName: false,
    apply(value) {
      count(rule);
      return method.constant ?? method.apply(value);
    },
  };
}

function lookThrough(rules: readonly ReadyRule[], count: CountHit): Action {
  return {
    whole: false,
    constant: null,
    wantsName: true,
    apply(value, name) {
      const text = textOf(value);
      if (text === null) return null;
      const spans = findings(text, name, rules);
      if (spans.length === 0) return null;
      for (const { rule } of spans) count(rule);
      // A part of a number or of bytes cannot be masked by itself.
      return value.kind === "text" ? replaced(text, spans) : spans[0]!.rule.method.apply(value);
    },
  };
}

interface Span extends Finding {
  readonly rule: ReadyRule;
}

/** What all detectors find, in order; what overlaps becomes one, masked by the rule that shows least. */
function findings(text: string, name: string, rules: readonly ReadyRule[]): Span[] {
  const all = rules.flatMap((rule) =>
    rule.place.detectors.flatMap((detector) =>
      detector.find(text, name).map(({ start, end }) => ({ start, end, rule })),
    ),
  );
  if (all.length < 2) return all;
  const rank = new Map(rules.map((rule, index) => [rule, index]));
  const merged: Span[] = [];
  for (const span of all.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) {
      merged.push(span);
      continue;
    }
    const rule = rank.get(span.rule)! < rank.get(last.rule)! ? span.rule : last.rule;
    merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end), rule };
  }
  return merged;
}

/** The text with each span masked. A method that makes something else than text of a span makes it of the whole. */
function replaced(text: string, spans: readonly Span[]): Replacement {
  let result = "";
  let copied = 0;
  for (const { start, end, rule } of spans) {
    const replacement = rule.method.constant ?? rule.method.apply({ kind: "text", text: text.slice(start, end) });
    if (replacement.kind !== "text" && replacement.kind !== "redacted") return replacement;
    result += text.slice(copied, start) + (replacement.kind === "text" ? replacement.text : redactedText);
    copied = end;
  }
  return { kind: "text", text: result + text.slice(copied) };
}
