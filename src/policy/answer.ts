// The policy's answer → a Decision. The answer is data from outside: its shape is checked by hand (this is the hot path) and whatever is
// not exactly as documented makes the whole answer a denial, `policy-unavailable`. Precedence: deny, then no allow, then approve, then allow.
import { limits } from "../base/limits.ts";
import type { ApprovalRequirement, Decision, Deny, FilterRule, MaskRule } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { PayloadLevel } from "../model/recording.ts";
import { leastRecord, readFilter, readMask, readRecord } from "./answer-rules.ts";
import { array, OddAnswer, object, odd, onlyKeys, text } from "./answer-values.ts";
import { readRequirement } from "./requirement.ts";

/** What only others know: masking says which methods and paths exist, the configuration which approvers. Null means good. */
export interface AnswerChecks {
  /** Why this mask cannot be applied, as the end of a sentence; null when it can. Asked once for each. */
  mask(mask: MaskRule): string | null;
  filter(filter: FilterRule): string | null;
  /** Why so much cannot be recorded, or null. */
  record(level: PayloadLevel): string | null;
  /** Why nobody could approve this, or null. */
  requirement(requirement: ApprovalRequirement): string | null;
}

export const noChecks: AnswerChecks = {
  mask: () => null,
  filter: () => null,
  record: () => null,
  requirement: () => null,
};

const noFilters: readonly FilterRule[] = [];
const noMasks: readonly MaskRule[] = [];
const allowRules: readonly string[] = ["allow"];

/** Never throws. `principal` is for the sentence only. */
export function readAnswer(
  answer: unknown,
  operation: Operation,
  principal: string,
  revision: string,
  checks: AnswerChecks,
): Decision {
  try {
    return decisionOf(answer, operation, principal, revision, checks);
  } catch (error) {
    if (error instanceof OddAnswer) return unavailable(revision, error.message);
    throw error;
  }
}

/** The denial for everything that went wrong. `reason` is for the log; the client learns only that it is not its fault. */
export function unavailable(revision: string, reason: string): Deny {
  return {
    outcome: "deny",
    cause: "policy-unavailable",
    revision,
    rules: ["policy-unavailable", reason],
    message: "The policy could not be evaluated, so the request was refused. Try again later or ask the platform team.",
  };
}

function decisionOf(
  answer: unknown,
  operation: Operation,
  principal: string,
  revision: string,
  checks: AnswerChecks,
): Decision {
  const fields = object(answer, "answer");
  onlyKeys(fields, ["allow", "deny", "mask", "approve", "filter", "record"], "answer");
  const allowed = allowOf(fields.allow);
  const denials = setOf(fields.deny, "deny").map((item) => text(item, "deny"));
  const masks = setOf(fields.mask, "mask").map((item) => readMask(item, checks));
  const requirements = setOf(fields.approve, "approve").map((item) => readRequirement(item, checks.requirement));
  const filters = setOf(fields.filter, "filter").map((item) => readFilter(item, checks));
  const record = leastRecord(
    setOf(fields.record === undefined ? [] : fields.record, "record").map((item) => readRecord(item, checks)),
  );

  if (denials.length > 0) {
    denials.sort(); // a set has no order of its own in OPA's WASM, and people compare sentences
    return { outcome: "deny", cause: "policy", revision, rules: denials, message: sentence(denials), ...record };
  }
  if (!allowed) {
    const { verb, resource } = operation;
    const target = resource.name === "" ? `the ${resource.type}` : `${resource.type} ${resource.name}`;
    const message = `No rule allows ${principal} to ${verb} ${target} (${operation.name}).`;
    return { outcome: "deny", cause: "policy", revision, rules: ["no-allow"], message, ...record };
  }
  // Both say for which direction they are; one on a read does nothing to a write, and neither does anything to other acts.
  const isMeant = ({ on }: MaskRule | FilterRule) => on === operation.verb;
  const kept = {
    masks: masks.length === 0 ? noMasks : masks.filter(isMeant),
    filters: filters.length === 0 ? noFilters : filters.filter(isMeant),
  };
  if (requirements.length > 0) {
    requirements.sort((a, b) => a.stage - b.stage || (a.rule < b.rule ? -1 : 1));
    const rules = requirements.map((requirement) => requirement.rule);
    return { outcome: "hold", revision, rules, requirements, ...kept, ...record };
  }
  return { outcome: "allow", revision, rules: allowRules, ...kept, ...record };
}

/** The rule's values as the prelude hands them over: [] for undefined, [value] otherwise. */
function allowOf(values: unknown): boolean {
  const list = array(values, "allow");
  if (list.length === 0) return false;
  const [value] = list;
  return list.length === 1 && typeof value === "boolean" ? value : odd("allow is not true or false");
}

function setOf(values: unknown, what: string): readonly unknown[] {
  const list = array(values, what);
  if (list.length === 0) return list;
  if (list.length > 1) odd(`${what} has several values`);
  const set = array(list[0], what);
  if (set.length > limits.policyAnswerItemsMax) odd(`${what} has more than ${limits.policyAnswerItemsMax} members`);
  return set;
}

/** What is wrong with a member that a policy writes out, so that it is found when it is loaded and not when it is used. */
export function checkLiteral(rule: string, value: unknown, checks: AnswerChecks): string | null {
  try {
    if (rule === "deny") text(value, "deny");
    if (rule === "mask") readMask(value, checks);
    if (rule === "record") readRecord(value, checks);
    if (rule === "filter") readFilter(value, checks);
    if (rule === "approve") readRequirement(value, checks.requirement);
    return null;
  } catch (error) {
    if (error instanceof OddAnswer) return error.message;
    throw error;
  }
}

function sentence(denials: readonly string[]): string {
  const joined = denials.join("; ");
  const max = limits.policyMessageCharactersMax;
  return joined.length > max ? `${joined.slice(0, max - 1)}…` : joined;
}
