// The policy engine: a running Rego policy behind the contract of engine.ts. It never throws and fails closed; a new policy replaces the
// running one in a single assignment, after it has shown that it runs. Watches nothing and compiles nothing: that is reload.ts.
import type { Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Decision } from "../model/decision.ts";
import { type AnswerChecks, noChecks, unavailable } from "./answer.ts";
import type { CompiledPolicy } from "./compiled.ts";
import { createDecisionCache, type DecisionCache, mayCache } from "./decision-cache.ts";
import type { PolicyEngine, PolicyProblem } from "./engine.ts";
import { createEvaluator, type Evaluator } from "./evaluate.ts";
import { trialProblems } from "./trial.ts";
import { createProgram } from "./wasm.ts";

export interface EngineLimits {
  readonly policyBatchOperationsMax: number;
  readonly policyFuelMax: number;
  readonly policyMemoryPagesMax: number;
  readonly decisionCacheEntriesMax: number;
}

export interface RegoEngineOptions {
  /** What masking and the configuration know: unknown methods, paths and approvers become denials. */
  readonly checks?: AnswerChecks;
  /** Told of every evaluation that failed, for the operational log; called on the data path, so it must be quick. */
  readonly onFault?: (reason: string, revision: string) => void;
  readonly limits?: Partial<EngineLimits>;
  /** What decisions cost is measured by it; nothing is without. */
  readonly clock?: Pick<Clock, "monotonic">;
}

export interface RegoEngine extends PolicyEngine {
  /** Makes this the running policy if it instantiates and answers trial questions; else returns why not, and nothing has changed. */
  load(policy: CompiledPolicy): readonly PolicyProblem[];
  /** Whether this revision's decisions on cacheable operations are kept. */
  readonly caching: boolean;
}

interface Running {
  readonly revision: string;
  readonly evaluator: Evaluator;
  readonly cache: DecisionCache | null;
}

export function createRegoEngine(options: RegoEngineOptions = {}): RegoEngine {
  const caps: EngineLimits = { ...limits, ...options.limits };
  const checks = remembered(options.checks ?? noChecks);
  const { onFault, clock } = options;
  let running: Running | null = null;
  let spentMs = 0;
  const listeners: (() => void)[] = [];

  function evaluated(
    { evaluator, revision }: Running,
    ...[context, operations]: Parameters<Evaluator["evaluate"]>
  ): Decision[] {
    const startedAt = clock?.monotonic() ?? 0;
    const decisions = evaluator.evaluate(context, operations);
    spentMs += (clock?.monotonic() ?? 0) - startedAt;
    if (onFault !== undefined) {
      for (const decision of decisions) {
        if (isFault(decision)) onFault(decision.rules.at(-1) ?? "", revision);
      }
    }
    return decisions;
  }

  return {
    get revision() {
      return running?.revision ?? "none";
    },
    get spentMs() {
      return spentMs;
    },
    get caching() {
      return running?.cache !== null && running !== null;
    },
    load(policy) {
      const { revision } = policy;
      try {
        const program = createProgram(policy.wasm, policy.data, caps);
        const evaluator = createEvaluator({ ...caps, program, revision, checks });
        const problems = trialProblems(evaluator);
        if (problems.length > 0) return problems;
        const cache = mayCache(policy.inputs) ? createDecisionCache(caps.decisionCacheEntriesMax) : null;
        running = { revision, evaluator, cache };
        for (const listener of listeners) listener();
        return [];
      } catch (error) {
        return [{ file: "", row: 0, column: 0, message: describeError(error) }];
      }
    },
    onChange: (listener) => void listeners.push(listener),
    decide(context, operations) {
      const now = running;
      if (now === null) return operations.map(() => unavailable("none", "no policy is loaded"));
      const { cache } = now;
      if (cache === null) return evaluated(now, context, operations);
      const { session } = context;
      const known: Decision[] = [];
      const decisions: (Decision | undefined)[] = [];
      for (const operation of operations) {
        const decision = operation.cacheable ? cache.get(session, operation) : undefined;
        decisions.push(decision);
        if (decision !== undefined) known.push(decision);
      }
      if (known.length === operations.length) return known;
      const open = operations.filter((_, index) => decisions[index] === undefined);
      const fresh = evaluated(now, context, open);
      for (const [index, decision] of fresh.entries()) {
        const operation = open[index];
        if (operation?.cacheable === true && !isFault(decision)) cache.set(session, operation, decision);
      }
      return merged(decisions, fresh, now.revision);
    },
  };
}

function merged(known: readonly (Decision | undefined)[], fresh: readonly Decision[], revision: string): Decision[] {
  let next = 0;
  return known.map((decision) => decision ?? fresh[next++] ?? unavailable(revision, "the policy gave no decision"));
}

function isFault(decision: Decision): boolean {
  return decision.outcome === "deny" && decision.cause === "policy-unavailable";
}

/** The same few masks and filters come back in every answer: each is judged once. Bounded, since a policy can compute field paths. */
function remembered(checks: AnswerChecks): AnswerChecks {
  return {
    requirement: (requirement) => checks.requirement(requirement),
    record: (level) => checks.record(level),
    mask: rememberedCheck((mask) => checks.mask(mask)),
    filter: rememberedCheck((filter) => checks.filter(filter)),
  };
}

function rememberedCheck<Rule>(check: (rule: Rule) => string | null): (rule: Rule) => string | null {
  const known = new Map<string, string | null>();
  return (rule) => {
    const key = JSON.stringify(rule);
    let wrong = known.get(key);
    if (wrong === undefined) {
      wrong = check(rule);
      if (known.size >= limits.policyAnswerItemsMax) known.clear();
      known.set(key, wrong);
    }
    return wrong;
  };
}
