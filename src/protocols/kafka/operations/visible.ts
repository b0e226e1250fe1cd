// Listings: what the caller may not see is left out, and counted for the log.
import { limits } from "../../../base/limits.ts";
import { after, type Maybe } from "../../../base/maybe.ts";
import { inTurns } from "../../../base/turns.ts";
import type { Decision } from "../../../model/decision.ts";
import type { Operation } from "../../../model/operation.ts";
import type { RespondContext } from "../rule.ts";

type Listing = Pick<RespondContext, "services" | "omitted">;

/** The same array when all of it is visible. `hold` counts as not visible: nobody is asked about a listing. */
export function visible<T>(
  items: readonly T[],
  operationOf: (item: T) => Operation,
  { services, omitted }: Listing,
): readonly T[] {
  if (items.length === 0) return items;
  return allowed(items, services.judge(items.map(operationOf)), omitted);
}

/** The same for a list of all that a cluster has: a slice at a time, and everybody else's turn between them. */
export function visibleOfAll<T>(
  items: readonly T[],
  operationOf: (item: T) => Operation,
  context: Listing,
): Maybe<readonly T[]> {
  const most = limits.listSliceMax;
  if (items.length <= most) return visible(items, operationOf, context);
  const decisions: Decision[] = [];
  const judged = inTurns(() => {
    const slice = items.slice(decisions.length, decisions.length + most);
    decisions.push(...context.services.judge(slice.map(operationOf)));
    return decisions.length < items.length;
  });
  return after(judged, () => allowed(items, decisions, context.omitted));
}

function allowed<T>(items: readonly T[], decisions: readonly Decision[], omitted: Listing["omitted"]): readonly T[] {
  const kept = items.filter((_, index) => decisions[index]?.outcome === "allow");
  if (kept.length === items.length) return items;
  omitted.count += items.length - kept.length;
  return kept;
}
