// Mask rules made ready: methods looked up, paths parsed and joined into one matcher. The same few rule sets come back with every
// answer to a client, so they are kept.
import { LockkeeperError } from "../base/errors.ts";
import type { MaskRule } from "../model/decision.ts";
import { JsonFinder } from "./formats/json.ts";
import { Matcher } from "./matcher.ts";
import type { MaskMethod } from "./method.ts";
import { methodNamed, methods } from "./methods/index.ts";
import { parsePath } from "./path.ts";

export interface ReadyRule extends MaskRule {
  readonly apply: MaskMethod;
}

export interface RuleSet {
  /** In the order in which they were given; a found path's index is a rule's. */
  readonly rules: readonly ReadyRule[];
  readonly json: JsonFinder;
}

const keptMax = 256;
const byIdentity = new WeakMap<readonly MaskRule[], RuleSet>();
const byContent = new Map<string, RuleSet>();

/** Throws LockkeeperError `policy-invalid` for an unknown method or a path that cannot be read. */
export function readyRules(rules: readonly MaskRule[]): RuleSet {
  const known = byIdentity.get(rules);
  if (known !== undefined) return known;
  const key = JSON.stringify(rules.map(({ rule, field, method, otherwise }) => [rule, field, method, otherwise]));
  const ready = byContent.get(key) ?? makeReady(rules);
  byIdentity.set(rules, ready);
  // The one that was used longest ago goes first.
  byContent.delete(key);
  byContent.set(key, ready);
  if (byContent.size > keptMax) byContent.delete(byContent.keys().next().value ?? key);
  return ready;
}

/** Why a mask cannot be applied, as the end of a sentence; null when it can. */
export function maskProblem(mask: { readonly field: string; readonly method: string }): string | null {
  try {
    methodOf(mask.method);
    parsePath(mask.field);
    return null;
  } catch (error) {
    if (error instanceof LockkeeperError) return error.message;
    throw error;
  }
}

function makeReady(rules: readonly MaskRule[]): RuleSet {
  const matcher = new Matcher(rules.map(({ field }) => parsePath(field)));
  return { rules: rules.map((rule) => ({ ...rule, apply: methodOf(rule.method) })), json: new JsonFinder(matcher) };
}

function methodOf(name: string): MaskMethod {
  const method = methodNamed(name);
  if (method !== null) return method;
  const known = methods.map((each) => each.name).join(", ");
  throw new LockkeeperError("policy-invalid", `there is no masking method ${JSON.stringify(name)}; there is ${known}`);
}
