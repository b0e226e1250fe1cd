// Masks the fields of records. One pass over a value whatever the number of rules; what no rule names stays byte for byte.
// Knows JSON values only: whatever else a value is, it counts as unreadable, and the rules' `otherwise` decides. Knows no protocol.
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { MaskRule } from "../model/decision.ts";
import type { RewriteRecord } from "../model/record.ts";
import type { Found } from "./formats/json.ts";
import { type RuleSet, readyRules } from "./rule-set.ts";

export { maskProblem } from "./rule-set.ts";

/** By rule, counted up as values are masked: how many values, and how many record values could not be read. */
export interface MaskTally {
  readonly masked: Record<string, number>;
  readonly failed: Record<string, number>;
}

/**
 * A rewriter that masks what `rules` name. Null and empty values pass: there is nothing in them. Where two rules name the same value
 * the first masks it; one that names a whole object leaves nothing in it to another.
 *
 * Throws LockkeeperError `policy-invalid` for an unknown method or path. The rewriter throws `mask-refused` where an unreadable value
 * meets a rule with `otherwise: refuse`, and `records-too-large` where a value would grow beyond limits.batchBytesMax; the counts then
 * hold what was done before, of which nothing leaves.
 */
export function createMasker(rules: readonly MaskRule[], counts: MaskTally): RewriteRecord {
  const ready = readyRules(rules);
  return ({ value }) => {
    if (value === null || value.length === 0 || ready.rules.length === 0) return undefined;
    const found = ready.json.find(value);
    const masked = found === null ? unreadable(value, ready, counts) : replaced(value, found, ready, counts);
    return masked === null ? undefined : { value: masked };
  };
}

/** The value with each found range replaced, or null when none was found. */
function replaced(value: Uint8Array, found: readonly Found[], { rules }: RuleSet, counts: MaskTally): Buffer | null {
  if (found.length === 0) return null;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  let copied = 0;
  for (const { start, end, path } of found) {
    const rule = rules[path]!;
    const replacement = rule.apply.json(value.subarray(start, end));
    pieces.push(value.subarray(copied, start), replacement);
    bytes += start - copied + replacement.length;
    copied = end;
    count(counts.masked, rule.rule);
  }
  pieces.push(value.subarray(copied));
  bytes += value.length - copied;
  if (bytes > limits.batchBytesMax) {
    throw new LockkeeperError("records-too-large", `a masked value would grow beyond ${limits.batchBytesMax} bytes`);
  }
  return Buffer.concat(pieces, bytes);
}

/** The strictest `otherwise` of all rules decides, since each of them might have found something. */
function unreadable(value: Uint8Array, { rules }: RuleSet, counts: MaskTally): Uint8Array | null {
  for (const { rule } of rules) count(counts.failed, rule);
  const refusing = rules.find(({ otherwise }) => otherwise === "refuse");
  if (refusing !== undefined) {
    throw new LockkeeperError(
      "mask-refused",
      `a value could not be read, and the mask ${refusing.rule} refuses such records`,
    );
  }
  return rules.find(({ otherwise }) => otherwise === "redact")?.apply.whole(value) ?? null;
}

function count(counts: Record<string, number>, rule: string): void {
  counts[rule] = (counts[rule] ?? 0) + 1;
}
