// Which groups have read a topic, and how far they are behind. A group is known by its coordinator, which is whoever leads its partition of
// __consumer_offsets; where that topic cannot be seen, every broker is asked.
import { LockkeeperError } from "../../../base/errors.ts";
import type { Json } from "../../../base/json.ts";
import { errorCode, errorName } from "../errors.ts";
import { listGroups } from "../messages/list-groups.ts";
import { metadata } from "../messages/metadata.ts";
import { offsetFetch } from "../messages/offset-fetch.ts";
import type { Ask, FactsContext } from "../rule.ts";
import { readable } from "./common.ts";
import type { Logs } from "./logs.ts";
import { askEach } from "./nodes.ts";

const metadataVersion = 12;
const listVersion = 4;
const fetchVersion = 8;
const offsetsTopic = "__consumer_offsets";
/** Beyond it the offsets of all would be a burden on the coordinator. */
const groupsMax = 200;

export interface Consumers {
  /** `billing (Stable): 120 behind`, in the order of names. Groups that the login may not describe are in no broker's list. */
  readonly shown: Json;
  /** Why something is missing, one sentence each. */
  readonly missing: readonly string[];
}

/** Null where nobody is to be asked. */
export async function consumersOf(
  name: string,
  partitions: readonly number[],
  ends: Logs["ends"],
  context: FactsContext,
): Promise<Consumers | null> {
  if (context.askNode === null) return null;
  const { nodes, missing } = await coordinators(context);
  const told = await askEach(nodes, context, (ask) => readersAt(name, partitions, ask));
  if (told === null) return null;
  const readers = [...told.answers.values()].flatMap((answer) => answer.readers);
  const untold = [...told.silent].map(([node, reason]) => `groups of broker ${node}: it ${reason}`);
  const unseen = [...told.answers].flatMap(([node, { tooMany, failed }]) => [
    ...(tooMany === 0 ? [] : [`groups of broker ${node}: it has ${tooMany}, too many to look at`]),
    ...failed.map(({ group, error }) => `group ${group}: broker ${node} answered ${error}`),
  ]);
  const none = told.answers.size === 0 ? "not known" : "none seen";
  return {
    shown: readers.length === 0 ? none : readable(readers.map((reader) => readerText(reader, ends)).toSorted()),
    missing: [...missing, ...untold, ...unseen],
  };
}

async function coordinators(context: FactsContext) {
  const request = metadata.request.create({ topics: [{ name: offsetsTopic }], allowAutoTopicCreation: false });
  const { brokers, topics } = await context.ask(metadata, metadataVersion, request);
  const topic = topics.find((one) => one.name === offsetsTopic);
  if (topic?.errorCode !== 0) return { nodes: brokers.map(({ nodeId }) => nodeId), missing: [] };
  const leaders = topic.partitions.map(({ leaderId }) => leaderId);
  const orphans = leaders.filter((node) => node < 0).length;
  return {
    nodes: new Set(leaders.filter((node) => node >= 0)),
    missing: orphans === 0 ? [] : [`groups of ${orphans} of ${leaders.length} coordinators: no leader just now`],
  };
}

interface Reader {
  readonly group: string;
  readonly state: string;
  readonly committed: readonly { readonly partition: number; readonly offset: bigint }[];
}

interface ReadersOfOne {
  readonly readers: readonly Reader[];
  /** How many groups there are, where nobody looked at each. */
  readonly tooMany: number;
  readonly failed: readonly { readonly group: string; readonly error: string }[];
}

/** What a share group is answered: it commits no offsets of this kind. */
const noOffsets = errorCode("GROUP_ID_NOT_FOUND");

/** Groups of one coordinator that have committed offsets of the topic. */
async function readersAt(name: string, partitions: readonly number[], ask: Ask): Promise<ReadersOfOne> {
  const { groups, errorCode: code } = await ask(listGroups, listVersion, listGroups.request.create({}));
  if (code !== 0) throw new LockkeeperError("broker-protocol", `ListGroups: ${errorName(code)}`);
  if (groups.length === 0) return { readers: [], tooMany: 0, failed: [] };
  if (groups.length > groupsMax) return { readers: [], tooMany: groups.length, failed: [] };
  const topics = [{ name, partitionIndexes: [...partitions] }];
  const request = offsetFetch.request.create({ groups: groups.map(({ groupId }) => ({ groupId, topics })) });
  const answer = await ask(offsetFetch, fetchVersion, request);
  const states = new Map(groups.map(({ groupId, groupState }) => [groupId, groupState]));
  const readers = answer.groups.map((group) => ({
    group: group.groupId,
    state: states.get(group.groupId) || "unknown state",
    committed: group.topics
      .flatMap((topic) => topic.partitions)
      .filter(({ committedOffset }) => committedOffset >= 0n)
      .map(({ partitionIndex, committedOffset }) => ({ partition: partitionIndex, offset: committedOffset })),
  }));
  const failed = answer.groups
    .filter((group) => group.errorCode !== 0 && group.errorCode !== noOffsets)
    .map((group) => ({ group: group.groupId, error: errorName(group.errorCode) }));
  return { readers: readers.filter(({ committed }) => committed.length > 0), tooMany: 0, failed };
}

function readerText({ group, state, committed }: Reader, ends: Logs["ends"]): string {
  const behind = committed.map(({ partition, offset }) => {
    const end = ends.get(partition);
    return end === undefined ? null : end - offset;
  });
  const known = behind.filter((lag) => lag !== null);
  const lag = known.reduce((sum, one) => sum + one, 0n);
  return `${group} (${state}): ${known.length === behind.length ? "" : "at least "}${lag} behind`;
}
