// Listings: what the caller may not see is left out, and counted for the log.
import type { Operation } from "../../../model/operation.ts";
import type { RespondContext } from "../rule.ts";

/** The same array when all of it is visible. `hold` counts as not visible: nobody is asked about a listing. */
export function visible<T>(
  items: readonly T[],
  operationOf: (item: T) => Operation,
  { services, omitted }: Pick<RespondContext, "services" | "omitted">,
): readonly T[] {
  if (items.length === 0) return items;
  const decisions = services.judge(items.map(operationOf));
  const kept = items.filter((_, index) => decisions[index]?.outcome === "allow");
  if (kept.length === items.length) return items;
  omitted.count += items.length - kept.length;
  return kept;
}
