// Which groups have read a topic, and how far they are behind: of those that this broker coordinates, as far as it leads the partitions.
import type { Json } from "../../../base/json.ts";
import { listGroups } from "../messages/list-groups.ts";
import { offsetFetch } from "../messages/offset-fetch.ts";
import type { RuleContext } from "../rule.ts";
import { readable } from "./common.ts";
import { knownOffsetsAt, latest } from "./offsets.ts";

const listVersion = 4;
const fetchVersion = 8;
/** Beyond it the offsets of all would be a burden on the coordinator; their names are told without. */
const groupsMax = 200;

/** `billing (Stable): 120 behind`, in the order of names. */
export async function consumersOf(name: string, partitions: readonly number[], context: RuleContext): Promise<Json> {
  const { groups } = await context.ask(listGroups, listVersion, listGroups.request.create({}));
  if (groups.length === 0) return "none that this broker knows";
  if (groups.length > groupsMax) return `not looked up: this broker has ${groups.length} groups`;
  const request = offsetFetch.request.create({
    groups: groups.map(({ groupId }) => ({ groupId, topics: [{ name, partitionIndexes: [...partitions] }] })),
  });
  const answer = await context.ask(offsetFetch, fetchVersion, request);
  const ends = await knownOffsetsAt(latest, name, partitions, context);
  const states = new Map(groups.map(({ groupId, groupState }) => [groupId, groupState]));
  const found = answer.groups.flatMap(({ groupId, topics }) => {
    const committed = topics
      .flatMap((topic) => topic.partitions)
      .filter(({ committedOffset }) => committedOffset >= 0n);
    if (committed.length === 0) return [];
    const behind = committed.map(({ partitionIndex, committedOffset }) => {
      const end = ends.get(partitionIndex);
      return end === undefined ? null : end - committedOffset;
    });
    const known = behind.filter((lag) => lag !== null);
    const lag = known.reduce((sum, one) => sum + one, 0n);
    const text = known.length === behind.length ? `${lag} behind` : `at least ${lag} behind`;
    return [`${groupId} (${states.get(groupId) || "unknown state"}): ${text}`];
  });
  return found.length === 0 ? "none that this broker knows" : readable(found.toSorted());
}
