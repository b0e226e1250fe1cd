// The common shape of APIs that are allowed or refused as a whole: one operation (or a few that must all be allowed), one
// error code for everything.
import type { Verdict } from "../../model/decision.ts";
import type { Operation } from "../../model/operation.ts";
import type { ExchangeFacts } from "../protocol.ts";
import { errorName } from "./errors.ts";
import { nothing } from "./facts/common.ts";
import type { FactsContext, VersionRange } from "./rule.ts";
import { isRefused, type Refusal, type RespondContext, type Rule, type RuleContext, refusalOf } from "./rule.ts";
import type { ApiMessages } from "./schema.ts";

export interface WholeRule<Req, Res> {
  readonly api: ApiMessages<Req, Res>;
  readonly versions: VersionRange;
  readonly neverHeld?: boolean;
  prepare?(request: Req, context: RuleContext): Promise<void> | undefined;
  abuse?(request: Req, context: RuleContext): string | null;
  /** All of them must be allowed. */
  operations(request: Req, context: RuleContext): readonly Operation[];
  /** Of an API that is one operation. */
  facts?(request: Req, context: FactsContext): Promise<ExchangeFacts>;
  /** The API's authorization error for the operation that was refused. */
  denied(operation: number): number;
  refuse(refusal: Refusal, request: Req, context: RuleContext): Res;
  /** The error code of the whole answer. */
  error(response: Res): number;
  respond?(response: Res, request: Req, context: RespondContext): Res | Promise<Res>;
}

export function wholeRule<Req, Res>(spec: WholeRule<Req, Res>): Rule<Req, Res> {
  const { api, versions } = spec;
  return {
    api,
    versions,
    neverHeld: spec.neverHeld ?? false,
    ...(spec.prepare && { prepare: spec.prepare }),
    ...(spec.abuse && { abuse: spec.abuse }),
    describe: spec.operations,
    facts: (request, _operation, context) => spec.facts?.(request, context) ?? Promise.resolve(nothing),
    restrict: (request, verdicts) => (verdicts.some(isRefused) ? null : request),
    refuse: (request, verdicts, context) => spec.refuse(firstRefusal(verdicts, spec.denied), request, context),
    respond: (response, request, context) => spec.respond?.(response, request, context) ?? response,
    outcomes(response, request, context) {
      const error = errorName(spec.error(response));
      return spec.operations(request, context).map((_, operation) => ({ operation, error }));
    },
  };
}

/** The refusal of the first operation that was refused. */
export function firstRefusal(verdicts: readonly Verdict[], denied: (operation: number) => number): Refusal {
  for (const [operation, verdict] of verdicts.entries()) {
    if (isRefused(verdict)) return refusalOf(verdict, denied(operation));
  }
  throw new Error("nothing was refused");
}
