// What all facts share: no answer, a broker's no, questions whose answer would be good to have, and lists that a person can read.
import type { Json } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { type ErrorName, errorName } from "../errors.ts";

export const nothing: ExchangeFacts = { pinned: {}, shown: {}, wouldFail: null };

/** The broker says no, or would: nobody is asked. */
export function failing(error: number | ErrorName): ExchangeFacts {
  return { ...nothing, wouldFail: typeof error === "number" ? errorName(error) : error };
}

/** For what helps an approver and decides nothing: a broker that cannot say it does not keep people from being asked. */
export async function ifKnown<T>(question: Promise<T>): Promise<T | null> {
  try {
    return await question;
  } catch {
    return null;
  }
}

/** How long a broker may take to try something: a client's own patience of nothing would look like a failure. */
export const trialMs = 5_000;

const shownMax = 50;

/** So many that a person reads them; says how many more there are. What is pinned is never cut. */
export function readable(list: readonly Json[]): Json[] {
  if (list.length <= shownMax) return [...list];
  return [...list.slice(0, shownMax), `… and ${list.length - shownMax} more`];
}

export function byPartition(a: { readonly partition: number }, b: { readonly partition: number }): number {
  return a.partition - b.partition;
}
