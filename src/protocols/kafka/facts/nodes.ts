// Questions that only some brokers can answer, put to all of them at once: leaders know logs, coordinators know groups. Whoever gave no answer
// is named with the reason, since a sum that lacks a part must not look whole.
import { type ErrorCode, LockkeeperError } from "../../../base/errors.ts";
import type { Ask, FactsContext } from "../rule.ts";

export interface Told<T> {
  readonly answers: ReadonlyMap<number, T>;
  /** By node, why it gave none: `gave no answer`. */
  readonly silent: ReadonlyMap<number, string>;
}

/** Never rejects. Null where nobody is to be asked. */
export async function askEach<T>(
  nodes: Iterable<number>,
  { askNode }: FactsContext,
  question: (ask: Ask, node: number) => Promise<T>,
): Promise<Told<T> | null> {
  if (askNode === null) return null;
  const answers = new Map<number, T>();
  const silent = new Map<number, string>();
  const asking = [...nodes].map(async (node) => {
    try {
      answers.set(node, await question(askNode(node), node));
    } catch (error) {
      silent.set(node, reasonOf(error));
    }
  });
  await Promise.all(asking);
  return { answers, silent };
}

/** Without addresses: clients never see a broker's own, and who asked reads this as well. */
const reasons: ReadonlyMap<ErrorCode, string> = new Map([
  ["broker-unavailable", "gave no answer"],
  ["broker-login-failed", "does not take the gateway's login"],
  ["version-unsupported", "is too old to tell"],
  ["overloaded", "was not asked, since too many others were"],
]);

function reasonOf(error: unknown): string {
  const known = error instanceof LockkeeperError ? reasons.get(error.code) : undefined;
  return known ?? "gave no answer that could be read";
}

/** `partition 2`, `partitions 0, 1 and 12 more`. */
export function partitionsText(partitions: readonly number[]): string {
  const shown = partitions.slice(0, partitionsShownMax).join(", ");
  const more = partitions.length - partitionsShownMax;
  return `partition${partitions.length === 1 ? "" : "s"} ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}

const partitionsShownMax = 10;
