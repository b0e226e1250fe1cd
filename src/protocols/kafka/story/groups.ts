// Sentences about groups: joining, committing, looking, resetting.
import { alterShareGroupOffsets } from "../messages/alter-share-group-offsets.ts";
import { consumerGroupDescribe } from "../messages/consumer-group-describe.ts";
import { consumerGroupHeartbeat } from "../messages/consumer-group-heartbeat.ts";
import { deleteGroups } from "../messages/delete-groups.ts";
import { deleteShareGroupOffsets } from "../messages/delete-share-group-offsets.ts";
import { describeGroups } from "../messages/describe-groups.ts";
import { describeShareGroupOffsets } from "../messages/describe-share-group-offsets.ts";
import { findCoordinator } from "../messages/find-coordinator.ts";
import { heartbeat } from "../messages/heartbeat.ts";
import { joinGroup } from "../messages/join-group.ts";
import { leaveGroup } from "../messages/leave-group.ts";
import { listGroups } from "../messages/list-groups.ts";
import { offsetCommit } from "../messages/offset-commit.ts";
import { offsetDelete } from "../messages/offset-delete.ts";
import { offsetFetch } from "../messages/offset-fetch.ts";
import { shareGroupDescribe } from "../messages/share-group-describe.ts";
import { shareGroupHeartbeat } from "../messages/share-group-heartbeat.ts";
import { streamsGroupDescribe } from "../messages/streams-group-describe.ts";
import { streamsGroupHeartbeat } from "../messages/streams-group-heartbeat.ts";
import { streamsGroupTopologyDescriptionUpdate } from "../messages/streams-group-topology-description-update.ts";
import { syncGroup } from "../messages/sync-group.ts";
import { sentence } from "./sentence.ts";
import { count, type Names, named, partitions, some, topicOf } from "./words.ts";

/** A heartbeat that joins, leaves, is given partitions, or only beats. */
function beat(kind: string, groupId: string, epoch: number, subscribed: readonly string[] | null): string {
  if (epoch === 0) return `join ${kind} ${groupId}${subscribed ? ` for ${named("topic", subscribed)}` : ""}`;
  if (epoch < 0) return `leave ${kind} ${groupId}`;
  if (subscribed) return `subscribe to ${named("topic", subscribed)} in ${kind} ${groupId}`;
  return `stay in ${kind} ${groupId}`;
}

interface Assigned {
  readonly assignment: {
    readonly topicPartitions: readonly { topicId: string; partitions: readonly number[] }[];
  } | null;
}

function assigned({ assignment }: Assigned, names: Names): string {
  if (!assignment) return "";
  const given = assignment.topicPartitions.map((it) => partitions(topicOf(it, names), it.partitions));
  return given.length > 0 ? `and is given ${some(given)}` : "and is given no partition";
}

interface Committed {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly { readonly partitionIndex: number; readonly committedOffset: bigint }[];
}

export function committed(topics: readonly Committed[], names: Names): string {
  return some(
    topics.flatMap((topic) =>
      topic.partitions.map((it) => `${topicOf(topic, names)}[${it.partitionIndex}] ${it.committedOffset}`),
    ),
  );
}

const keyTypes = ["group", "transaction", "share partition"];

export const groupSentences = [
  sentence(findCoordinator, ({ request, version }) => {
    const keys = version < 4 ? [request.key] : request.coordinatorKeys;
    return `ask who coordinates ${named(keyTypes[request.keyType] ?? "key", keys)}`;
  }),
  sentence(joinGroup, ({ request }) => `join group ${request.groupId}`, {
    came: ({ response }) =>
      response.errorCode === 0 && response.members.length > 0
        ? `and leads ${count(response.members.length, "member")}`
        : "",
  }),
  sentence(syncGroup, ({ request }) =>
    request.assignments.length > 0
      ? `assign the partitions of group ${request.groupId} to ${count(request.assignments.length, "member")}`
      : `ask for its partitions in group ${request.groupId}`,
  ),
  sentence(heartbeat, ({ request }) => `stay in group ${request.groupId}`, { quiet: () => true }),
  sentence(leaveGroup, ({ request }) =>
    request.members.length > 1
      ? `remove ${count(request.members.length, "member")} from group ${request.groupId}`
      : `leave group ${request.groupId}`,
  ),
  sentence(
    consumerGroupHeartbeat,
    ({ request: it }) => {
      const pattern = it.subscribedTopicRegex ? [`/${it.subscribedTopicRegex}/`] : null;
      return beat("group", it.groupId, it.memberEpoch, pattern ?? it.subscribedTopicNames);
    },
    {
      quiet: ({ request, response }) =>
        request.memberEpoch > 0 && !request.subscribedTopicNames && !response?.assignment,
      came: ({ response, names }) => assigned(response, names),
    },
  ),
  sentence(
    shareGroupHeartbeat,
    ({ request: it }) => beat("share group", it.groupId, it.memberEpoch, it.subscribedTopicNames),
    {
      quiet: ({ request, response }) =>
        request.memberEpoch > 0 && !request.subscribedTopicNames && !response?.assignment,
      came: ({ response, names }) => assigned(response, names),
    },
  ),
  sentence(
    streamsGroupHeartbeat,
    ({ request: it }) =>
      it.shutdownApplication
        ? `ask the whole of streams group ${it.groupId} to shut down`
        : beat("streams group", it.groupId, it.memberEpoch, null),
    {
      quiet: ({ request }) => request.memberEpoch > 0 && !request.shutdownApplication,
    },
  ),
  sentence(
    streamsGroupTopologyDescriptionUpdate,
    ({ request }) => `describe the topology of streams group ${request.groupId}`,
  ),
  sentence(
    offsetCommit,
    ({ request, names }) =>
      `${request.generationIdOrMemberEpoch < 0 ? "set" : "commit"} offsets ${committed(request.topics, names)} of group ${request.groupId}`,
  ),
  sentence(
    offsetFetch,
    ({ request, version }) =>
      `ask for the offsets of ${named("group", version < 8 ? [request.groupId] : request.groups.map(({ groupId }) => groupId))}`,
  ),
  sentence(
    offsetDelete,
    ({ request }) =>
      `forget the offsets ${some(
        request.topics.map(({ name, partitions: its }) =>
          partitions(
            name,
            its.map(({ partitionIndex }) => partitionIndex),
          ),
        ),
      )} of group ${request.groupId}`,
  ),
  sentence(deleteGroups, ({ request }) => `delete ${named("group", request.groupsNames)}`),
  sentence(listGroups, () => "list groups", {
    came: ({ response }) => `and sees ${count(response.groups.length, "group")}`,
  }),
  sentence(describeGroups, ({ request }) => `look at ${named("group", request.groups)}`),
  sentence(consumerGroupDescribe, ({ request }) => `look at ${named("group", request.groupIds)}`),
  sentence(shareGroupDescribe, ({ request }) => `look at ${named("share group", request.groupIds)}`),
  sentence(streamsGroupDescribe, ({ request }) => `look at ${named("streams group", request.groupIds)}`),
  sentence(
    describeShareGroupOffsets,
    ({ request }) =>
      `ask for the offsets of ${named(
        "share group",
        request.groups.map(({ groupId }) => groupId),
      )}`,
  ),
  sentence(
    alterShareGroupOffsets,
    ({ request }) =>
      `set offsets ${some(
        request.topics.flatMap(({ topicName, partitions: its }) =>
          its.map(({ partitionIndex, startOffset }) => `${topicName}[${partitionIndex}] ${startOffset}`),
        ),
      )} of share group ${request.groupId}`,
  ),
  sentence(
    deleteShareGroupOffsets,
    ({ request }) =>
      `forget the offsets of share group ${request.groupId} in ${named(
        "topic",
        request.topics.map(({ topicName }) => topicName),
      )}`,
  ),
] as const;
