// What changes when a group is deleted, reset, or forgets offsets: what it has committed, beside what it will have. The committed offsets must
// still be the same when it runs. A group that is in use would be refused by its coordinator, so nobody is asked.
import type { Json } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import type { ErrorName } from "../errors.ts";
import type { RuleContext } from "../rule.ts";
import { failing, readable } from "./common.ts";
import { type Committed, committedOf, moveText, offsetsJson, shareStartsOf, stateOf } from "./groups.ts";

export interface OffsetChange {
  readonly topic: string;
  readonly partition: number;
  /** Null: the offset goes. */
  readonly to: string | null;
}

const idle: ReadonlySet<string> = new Set(["Empty", "Dead"]);

export async function groupDeletionFacts(groupId: string, context: RuleContext): Promise<ExchangeFacts> {
  const state = await stateOf(groupId, context);
  if (state === null) return failing("GROUP_ID_NOT_FOUND");
  if (!idle.has(state)) return failing("NON_EMPTY_GROUP");
  const committed = await committedOf(groupId, null, context);
  const lines = committed.map(({ topic, partition, offset }) => `${topic}-${partition}: ${offset}`);
  return {
    pinned: { committed: offsetsJson(committed) },
    shown: { state, committed: readable(lines) },
    wouldFail: null,
  };
}

/** A commit from outside a group. A group that nobody has used yet is made by it. */
export async function resetFacts(
  groupId: string,
  changes: readonly OffsetChange[],
  context: RuleContext,
): Promise<ExchangeFacts> {
  const state = await stateOf(groupId, context);
  // the coordinator's word for a commit without a member while there are members
  if (state !== null && !idle.has(state)) return failing("UNKNOWN_MEMBER_ID");
  return changeFacts(state, changes, await committedOf(groupId, changes, context));
}

/** OffsetDelete: a group in use may forget topics that it does not read; the coordinator says for which. */
export async function forgetFacts(
  groupId: string,
  changes: readonly OffsetChange[],
  context: RuleContext,
): Promise<ExchangeFacts> {
  const state = await stateOf(groupId, context);
  if (state === null) return failing("GROUP_ID_NOT_FOUND");
  return changeFacts(state, changes, await committedOf(groupId, changes, context));
}

/** The same for a share group. `whole`: topics of which every partition is meant. */
export async function shareFacts(
  groupId: string,
  changes: readonly OffsetChange[],
  whole: readonly string[],
  context: RuleContext,
): Promise<ExchangeFacts> {
  const state = await stateOf(groupId, context);
  const refusal: ErrorName | null = state === null ? "GROUP_ID_NOT_FOUND" : idle.has(state) ? null : "NON_EMPTY_GROUP";
  if (refusal !== null) return failing(refusal);
  if (whole.length === 0) {
    const topics = [...Map.groupBy(changes, ({ topic }) => topic)];
    const asked = topics.map(([topic, of]) => ({ topic, partitions: of.map(({ partition }) => partition) }));
    return changeFacts(state, changes, await shareStartsOf(groupId, asked, context));
  }
  const starts = (await shareStartsOf(groupId, null, context)).filter(({ topic }) => whole.includes(topic));
  const gone = starts.map(({ topic, partition }) => ({ topic, partition, to: null }));
  return changeFacts(state, gone, starts);
}

function changeFacts(
  state: string | null,
  changes: readonly OffsetChange[],
  committed: readonly Committed[],
): ExchangeFacts {
  const now = new Map(committed.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]));
  const lines: Json[] = changes.map(({ topic, partition, to }) =>
    moveText(topic, partition, now.get(`${topic}-${partition}`), to),
  );
  return {
    pinned: { committed: offsetsJson(committed) },
    shown: { state: state ?? "there is no such group yet", offsets: readable(lines) },
    wouldFail: null,
  };
}
