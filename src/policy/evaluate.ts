// Operations in, decisions out, over one running program: in chunks, within a budget of steps for the whole call. Never throws.
import { describeError } from "../base/errors.ts";
import type { Decision } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { Session } from "../model/session.ts";
import { type AnswerChecks, readAnswer, unavailable } from "./answer.ts";
import type { PolicyContext } from "./engine.ts";
import { factsText, manyText, oneText, sessionFacts } from "./input.ts";
import type { PolicyProgram } from "./wasm.ts";

export interface Evaluator {
  /** One decision for each operation, in order. */
  evaluate(context: PolicyContext, operations: readonly Operation[]): Decision[];
}

export interface EvaluatorOptions {
  readonly program: PolicyProgram;
  readonly revision: string;
  readonly checks: AnswerChecks;
  readonly policyBatchOperationsMax: number;
  readonly policyFuelMax: number;
}

/** All evaluations of one call may take this many times the steps of one: a request with many operations cannot multiply the limit. */
const fuelPerCallFactor = 4;

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { program, revision, checks, policyFuelMax } = options;
  const textOf = createTextCache();
  // Halves when a chunk runs out of steps together, since each of its operations may be fine alone. Never grows again: a new
  // policy brings a new evaluator.
  let batch = options.policyBatchOperationsMax;

  function answer(context: PolicyContext, chunk: readonly Operation[], fuel: number): Decision[] {
    const principal = context.session.identity?.principal ?? "";
    const text = textOf(context.session);
    const [only] = chunk;
    if (chunk.length === 1 && only !== undefined) {
      return [
        readAnswer(program.evaluate("one", oneText(text, context.now, only), fuel), only, principal, revision, checks),
      ];
    }
    const answers = program.evaluate("many", manyText(text, context.now, chunk), fuel);
    const list: readonly unknown[] = Array.isArray(answers) ? answers : [];
    if (list.length !== chunk.length)
      throw new Error(`the policy gave ${list.length} answers to ${chunk.length} operations`);
    return chunk.map((operation, index) => readAnswer(list[index], operation, principal, revision, checks));
  }

  return {
    evaluate(context, operations) {
      const decisions: Decision[] = [];
      let fuelLeft = policyFuelMax * fuelPerCallFactor;
      while (decisions.length < operations.length) {
        const chunk = operations.slice(decisions.length, decisions.length + batch);
        try {
          decisions.push(...answer(context, chunk, fuelLeft));
          fuelLeft -= program.steps;
        } catch (error) {
          fuelLeft -= program.steps;
          if (program.exhausted && chunk.length > 1 && fuelLeft > 0) {
            batch = chunk.length >> 1;
            continue;
          }
          const refused = unavailable(revision, describeError(error));
          for (const _ of chunk) decisions.push(refused);
        }
      }
      return decisions;
    },
  };
}

/** Claims can be long, and turning them into text again for every request would be the most of its cost. */
function createTextCache(): (session: Session) => string {
  const kept = new WeakMap<
    Session,
    { identity: unknown; software: unknown; clientId: unknown; grants: unknown; text: string }
  >();
  return (session) => {
    const { identity, software, clientId, grants } = session;
    const found = kept.get(session);
    if (
      found?.identity === identity &&
      found.software === software &&
      found.clientId === clientId &&
      found.grants === grants
    )
      return found.text;
    const text = factsText(sessionFacts(session));
    kept.set(session, { identity, software, clientId, grants, text });
    return text;
  };
}
