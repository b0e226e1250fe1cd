// What a coordinator knows of a group: whether it is there and empty, and how far it has read. Asked over the connection on which the request
// came, which goes to the group's coordinator, since every client sends it there.

import { LockkeeperError } from "../../../base/errors.ts";
import type { Json, JsonObject } from "../../../base/json.ts";
import { errorName } from "../errors.ts";
import { describeShareGroupOffsets } from "../messages/describe-share-group-offsets.ts";
import { listGroups } from "../messages/list-groups.ts";
import { offsetFetch } from "../messages/offset-fetch.ts";
import type { RuleContext } from "../rule.ts";

/** The first with states (KIP-518), and the first with several groups; both know names, not ids. */
const listVersion = 4;
const fetchVersion = 8;

/** `Empty`, `Stable` …; null where the coordinator has no such group. Groups of every protocol are listed. */
export async function stateOf(groupId: string, context: RuleContext): Promise<string | null> {
  const { groups } = await context.ask(listGroups, listVersion, listGroups.request.create({}));
  return groups.find((group) => group.groupId === groupId)?.groupState ?? null;
}

export interface Committed {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** By topic and partition; all of the group's where none are named. A partition without an offset is left out. */
export async function committedOf(
  groupId: string,
  asked: readonly { readonly topic: string; readonly partition: number }[] | null,
  context: RuleContext,
): Promise<Committed[]> {
  const topics = asked && [...Map.groupBy(asked, ({ topic }) => topic)];
  const request = offsetFetch.request.create({
    groups: [
      {
        groupId,
        topics: topics?.map(([name, of]) => ({ name, partitionIndexes: of.map(({ partition }) => partition) })) ?? null,
      },
    ],
  });
  const { groups } = await context.ask(offsetFetch, fetchVersion, request);
  refuseElsewhere(groups[0]?.errorCode ?? 0);
  return inOrder(
    (groups[0]?.topics ?? []).flatMap(({ name, partitions }) =>
      partitions
        .filter(({ errorCode, committedOffset }) => errorCode === 0 && committedOffset >= 0n)
        .map(({ partitionIndex, committedOffset }) => ({
          topic: name,
          partition: partitionIndex,
          offset: committedOffset,
        })),
    ),
  );
}

/** The same of a share group: where each partition's records begin that are not done with. */
export async function shareStartsOf(
  groupId: string,
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null,
  context: RuleContext,
): Promise<Committed[]> {
  const request = describeShareGroupOffsets.request.create({
    groups: [
      {
        groupId,
        topics: topics && topics.map(({ topic, partitions }) => ({ topicName: topic, partitions: [...partitions] })),
      },
    ],
  });
  const { groups } = await context.ask(describeShareGroupOffsets, 0, request);
  refuseElsewhere(groups[0]?.errorCode ?? 0);
  return inOrder(
    (groups[0]?.topics ?? []).flatMap(({ topicName, partitions }) =>
      partitions
        .filter(({ errorCode, startOffset }) => errorCode === 0 && startOffset >= 0n)
        .map(({ partitionIndex, startOffset }) => ({
          topic: topicName,
          partition: partitionIndex,
          offset: startOffset,
        })),
    ),
  );
}

/** Another coordinator's group would look as if it had committed nothing. */
function refuseElsewhere(code: number): void {
  if (code !== 0)
    throw new LockkeeperError("broker-protocol", `its offsets could not be looked up (${errorName(code)})`);
}

function inOrder(offsets: readonly Committed[]): Committed[] {
  return offsets.toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}

export function offsetsJson(offsets: readonly Committed[]): JsonObject[] {
  return offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset.toString() }));
}

/** `orders-3: 120 → 0`, for people. `null` stands for no offset. */
export function moveText(topic: string, partition: number, from: bigint | undefined, to: string | null): Json {
  return `${topic}-${partition}: ${from ?? "none"} → ${to ?? "none"}`;
}
