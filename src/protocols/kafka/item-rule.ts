// The common shape of APIs that act on a list: one operation for each item, refused items left out of the request and put back
// into the answer at their place. Operations on a whole (a group, a transaction) may stand before the items: one refused refuses all.
import type { JsonObject } from "../../base/json.ts";
import type { Allowed, Verdict } from "../../model/decision.ts";
import type { Operation } from "../../model/operation.ts";
import type { ExchangeFacts, OperationOutcome } from "../protocol.ts";
import { errorName } from "./errors.ts";
import { nothing } from "./facts/common.ts";
import {
  type FactsContext,
  isRefused,
  type Refusal,
  type RespondContext,
  type Rule,
  type RuleContext,
  refusalOf,
  type VersionRange,
  waitMsOf,
} from "./rule.ts";
import type { ApiMessages } from "./schema.ts";

export interface Whole {
  readonly operation: Operation;
  readonly denied: number;
  facts?(context: FactsContext): Promise<ExchangeFacts>;
}

export interface ItemRule<Req, Res, Item, Result> {
  readonly api: ApiMessages<Req, Res>;
  readonly versions: VersionRange;
  readonly neverHeld?: boolean;
  prepare?(request: Req, context: RuleContext): Promise<void> | undefined;
  abuse?(request: Req, context: RuleContext): string | null;
  /** Operations that all items depend on (a group, a transaction), each with its own authorization error. */
  wholes?(request: Req, context: RuleContext): readonly Whole[];
  items(request: Req, context: RuleContext): readonly Item[];
  withItems(request: Req, items: Item[], context: RuleContext): Req;
  operation(item: Item, request: Req, context: RuleContext): Operation;
  facts?(item: Item, request: Req, context: FactsContext): Promise<ExchangeFacts>;
  /** The item with what it leaves open put in, as people were shown it; `bound` is what `facts` gave then. The results' keys must still fit. */
  bind?(item: Item, bound: JsonObject, context: RuleContext): Item;
  /** See Rule; the answer then needs a `throttleTimeMs`. */
  readonly nativeWaitFrom?: number;
  /** The API's authorization error for an item. */
  denied(item: Item, context: RuleContext): number;
  results(response: Res): readonly Result[];
  withResults(response: Res, results: Result[]): Res;
  /** The result of an item that was refused. */
  refused(item: Item, refusal: Refusal, request: Req, context: RuleContext): Result;
  /** An answer with nothing in it yet. */
  empty(request: Req, context: RuleContext): Res;
  /** What joins an item and its results; a result may answer to several keys (name and id). Positional APIs (ACLs) give none. */
  readonly keys?: { item(item: Item): string; result(result: Result): readonly string[] };
  /** The error code of a result: of the first that failed where it holds several. */
  error(result: Result): number;
  readonly withoutSecrets?: NonNullable<Rule<Req, Res>["withoutSecrets"]>;
  /** What else must change in the broker's answer, before refusals are merged. */
  respond?(response: Res, request: Req, context: RespondContext): Res | Promise<Res>;
}

export function itemRule<Req, Res, Item, Result>(spec: ItemRule<Req, Res, Item, Result>): Rule<Req, Res> {
  const wholesOf = (request: Req, context: RuleContext) => spec.wholes?.(request, context) ?? [];

  /** What refuses each item, if anything does: the first whole that was refused, else its own verdict. */
  const refusals = (request: Req, verdicts: readonly Verdict[], context: RuleContext): (Refusal | null)[] => {
    const wholes = wholesOf(request, context);
    for (const [index, { denied }] of wholes.entries()) {
      const verdict = verdicts[index];
      if (isRefused(verdict)) return spec.items(request, context).map(() => refusalOf(verdict, denied));
    }
    return spec.items(request, context).map((item, index) => {
      const verdict = verdicts[wholes.length + index];
      return isRefused(verdict) ? refusalOf(verdict, spec.denied(item, context)) : null;
    });
  };

  const merge = (response: Res, request: Req, verdicts: readonly Verdict[], context: RuleContext): Res => {
    if (!verdicts.some(isRefused)) return response;
    const take = resultTaker(spec, spec.results(response));
    const refusedBy = refusals(request, verdicts, context);
    const results: Result[] = [];
    for (const [index, item] of spec.items(request, context).entries()) {
      const refusal = refusedBy[index];
      if (refusal) results.push(spec.refused(item, refusal, request, context));
      else results.push(...take(item));
    }
    return later(spec.withResults(response, results), waitMsOf(verdicts));
  };

  return {
    api: spec.api,
    versions: spec.versions,
    neverHeld: spec.neverHeld ?? false,
    ...(spec.nativeWaitFrom !== undefined && { nativeWaitFrom: spec.nativeWaitFrom }),
    ...(spec.prepare && { prepare: spec.prepare }),
    ...(spec.withoutSecrets && { withoutSecrets: spec.withoutSecrets }),
    ...(spec.abuse && { abuse: spec.abuse }),
    describe: (request, context) => [
      ...wholesOf(request, context).map(({ operation }) => operation),
      ...spec.items(request, context).map((item) => spec.operation(item, request, context)),
    ],
    facts(request, operation, context) {
      const wholes = wholesOf(request, context);
      const item = spec.items(request, context)[operation - wholes.length];
      const facts = item === undefined ? wholes[operation]?.facts?.(context) : spec.facts?.(item, request, context);
      return facts ?? Promise.resolve(nothing);
    },
    restrict(request, verdicts, context) {
      const binds = spec.bind !== undefined && verdicts.some(hasBound);
      if (!verdicts.some(isRefused) && !binds) return request;
      const refusedBy = refusals(request, verdicts, context);
      const wholes = wholesOf(request, context).length;
      const kept = spec.items(request, context).flatMap((item, index) => {
        if (refusedBy[index]) return [];
        const verdict = verdicts[wholes + index];
        return [hasBound(verdict) && spec.bind ? spec.bind(item, verdict.bound, context) : item];
      });
      return kept.length > 0 ? spec.withItems(request, kept, context) : null;
    },
    refuse: (request, verdicts, context) => merge(spec.empty(request, context), request, verdicts, context),
    respond(response, request, context) {
      const changed = spec.respond?.(response, request, context) ?? response;
      if (changed instanceof Promise) return changed.then((it) => merge(it, request, context.verdicts, context));
      return merge(changed, request, context.verdicts, context);
    },
    outcomes: (response, request, context) =>
      outcomesOf(spec, wholesOf(request, context).length, response, request, context),
  };
}

function hasBound(verdict: Verdict | undefined): verdict is Allowed & { readonly bound: JsonObject } {
  return verdict?.kind === "allow" && verdict.bound !== undefined && Object.keys(verdict.bound).length > 0;
}

/** Tells the client when to come again; APIs without such a field never ask for it. */
function later<Res>(response: Res, waitMs: number): Res {
  return waitMs > 0 ? { ...response, throttleTimeMs: waitMs } : response;
}

function outcomesOf<Req, Res, Item, Result>(
  spec: ItemRule<Req, Res, Item, Result>,
  wholes: number,
  response: Res,
  request: Req,
  context: RuleContext,
): OperationOutcome[] {
  const take = resultTaker(spec, spec.results(response));
  const outcomes: OperationOutcome[] = [];
  for (const [index, item] of spec.items(request, context).entries()) {
    const codes = take(item).map((result) => spec.error(result));
    if (codes.length === 0) continue;
    outcomes.push({ operation: wholes + index, error: errorName(codes.find((code) => code !== 0) ?? 0) });
  }
  // a whole has no result of its own: it went as the first of its items did
  const error = outcomes[0]?.error ?? "NONE";
  return [...Array.from({ length: wholes }, (_, operation) => ({ operation, error })), ...outcomes];
}

/**
 * Hands out an item's results: by position, or by key all that the broker gave for it, once. Brokers group what a request lists
 * twice, so a second item of the same key gets nothing. A result that no item asked for is never handed out.
 */
function resultTaker<Req, Res, Item, Result>(
  spec: ItemRule<Req, Res, Item, Result>,
  results: readonly Result[],
): (item: Item) => readonly Result[] {
  const { keys } = spec;
  if (!keys) {
    let next = 0;
    return () => results.slice(next, ++next);
  }
  const byKey = new Map<string, Result[]>();
  for (const result of results) {
    for (const key of keys.result(result)) {
      const same = byKey.get(key);
      if (same) same.push(result);
      else byKey.set(key, [result]);
    }
  }
  return (item) => {
    const key = keys.item(item);
    const found = byKey.get(key) ?? [];
    byKey.delete(key);
    return found;
  };
}
