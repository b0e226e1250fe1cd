// StreamsGroupHeartbeat (88), StreamsGroupDescribe (89), StreamsGroupTopologyDescriptionUpdate (93). A joining member brings its topology: TOPIC:DESCRIBE
// for every topic in it, and `topic.create` for each internal topic that does not exist yet, because the broker will create it under
// the gateway's account. Kafka lets a member without that right wait; here the heartbeat is refused, and says which topic.
// An application's own endpoint (UserEndpoint) is not a broker's and stays as it is.
import type { Operation } from "../../../model/operation.ts";
import { errorCode } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import { metadata } from "../messages/metadata.ts";
import {
  type DescribedGroup,
  describedGroupStruct,
  type StreamsGroupDescribeRequest,
  type StreamsGroupDescribeResponse,
  streamsGroupDescribe,
  type TopologyDescription,
} from "../messages/streams-group-describe.ts";
import {
  type StreamsGroupHeartbeatRequest,
  type StreamsGroupHeartbeatResponse,
  streamsGroupHeartbeat,
  type TopicInfo,
} from "../messages/streams-group-heartbeat.ts";
import { streamsGroupTopologyDescriptionUpdate } from "../messages/streams-group-topology-description-update.ts";
import { isRefused, type Rule, type RuleContext } from "../rule.ts";
import { wholeRule } from "../whole-rule.ts";
import { groupDescribe, groupRead, operation, topicDescribe } from "./describe.ts";
import { withBits, withoutHidden } from "./described-groups.ts";

const groupDenied = errorCode("GROUP_AUTHORIZATION_FAILED");
const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");
const unknownTopic = errorCode("UNKNOWN_TOPIC_OR_PARTITION");
/** What every broker that we speak to answers. */
const metadataVersion = 4;

// --- StreamsGroupHeartbeat ------------------------------------------------------------------------------------------------

const subtopologies = ({ topology }: StreamsGroupHeartbeatRequest) => topology?.subtopologies ?? [];
const hasExpression = (request: StreamsGroupHeartbeatRequest) =>
  subtopologies(request).some(({ sourceTopicRegex }) => sourceTopicRegex.length > 0);

/** Changelogs and repartition topics, by name: the application's own. */
function internalTopics(request: StreamsGroupHeartbeatRequest): ReadonlyMap<string, TopicInfo> {
  const all = subtopologies(request).flatMap((it) => [...it.stateChangelogTopics, ...it.repartitionSourceTopics]);
  return new Map(all.map((topic) => [topic.name, topic]));
}

function topicNames(request: StreamsGroupHeartbeatRequest): string[] {
  const named = subtopologies(request).flatMap((it) => [...it.sourceTopics, ...it.repartitionSinkTopics]);
  return [...new Set([...named, ...internalTopics(request).keys()])];
}

/** Internal topics that the broker would have to create: looked up before the request is described. */
const missing = new WeakMap<StreamsGroupHeartbeatRequest, ReadonlySet<string>>();

async function lookForMissing(request: StreamsGroupHeartbeatRequest, context: RuleContext): Promise<void> {
  const names = [...internalTopics(request).keys()];
  const question = metadata.request.create({ topics: names.map((name) => ({ name })), allowAutoTopicCreation: false });
  const { topics } = await context.ask(metadata, metadataVersion, question);
  const unknown = topics.filter((topic) => topic.errorCode === unknownTopic).map(({ name }) => name ?? "");
  missing.set(request, new Set(unknown));
}

/** In the words of CreateTopics; 0 partitions or replicas are the broker's to decide, as −1 there. */
function creation({ name, partitions, replicationFactor, topicConfigs }: TopicInfo): Operation {
  return operation(
    "topic.create",
    "create",
    { type: "topic", name },
    {
      risk: "medium",
      attributes: {
        partitions: partitions || -1,
        replicationFactor: replicationFactor || -1,
        configs: Object.fromEntries(topicConfigs.map(({ key, value }) => [key, value])),
        automatic: true,
      },
    },
  );
}

function creations(request: StreamsGroupHeartbeatRequest): Operation[] {
  const unknown = missing.get(request);
  if (!unknown) return [];
  return [...internalTopics(request).values()].filter(({ name }) => unknown.has(name)).map(creation);
}

const heartbeat = wholeRule({
  api: streamsGroupHeartbeat,
  versions: { min: 0, max: 1 },
  neverHeld: true,
  prepare: (request: StreamsGroupHeartbeatRequest, context) =>
    internalTopics(request).size > 0 && !hasExpression(request) ? lookForMissing(request, context) : undefined,
  operations: (request) => [
    groupRead(request.groupId),
    ...topicNames(request).map((name) => topicDescribe(name)),
    ...creations(request),
  ],
  denied: (index) => (index === 0 ? groupDenied : topicDenied),
  refuse: ({ code, message }) => refusedHeartbeat(code, message),
  error: (response: StreamsGroupHeartbeatResponse) => response.errorCode,
});

export const streamsGroupHeartbeatRule: Rule<StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse> = {
  ...heartbeat,
  // a broker would match an expression under the gateway's account; brokers of 4.4 take none either
  restrict: (request, verdicts, context) =>
    hasExpression(request) ? null : heartbeat.restrict(request, verdicts, context),
  refuse: (request, verdicts, context) =>
    verdicts.some(isRefused)
      ? heartbeat.refuse(request, verdicts, context)
      : refusedHeartbeat(
          errorCode("STREAMS_INVALID_TOPOLOGY"),
          "Regular expressions for source topics are not supported: name the topics.",
        ),
};

function refusedHeartbeat(code: number, message: string): StreamsGroupHeartbeatResponse {
  return streamsGroupHeartbeat.response.create({ errorCode: code, errorMessage: message, status: null });
}

// --- StreamsGroupDescribe -------------------------------------------------------------------------------------------------

const refusedGroup = (groupId: string, code: number, message: string) =>
  describedGroupStruct.create({ groupId, errorCode: code, errorMessage: message });

function topicsOf({ topology, topologyDescription }: DescribedGroup): string[] {
  const tasks = (topology?.subtopologies ?? []).flatMap((it) => [
    ...it.sourceTopics,
    ...it.repartitionSinkTopics,
    ...[...it.stateChangelogTopics, ...it.repartitionSourceTopics].map(({ name }) => name),
  ]);
  return [...tasks, ...(topologyDescription ? topicsDescribed(topologyDescription) : [])];
}

function topicsDescribed({ subtopologies: parts, globalStores }: TopologyDescription): string[] {
  const nodes = [
    ...parts.flatMap((part) => part.nodes),
    ...globalStores.flatMap(({ source, processor }) => [source, processor]),
  ];
  return nodes.flatMap(({ sourceTopics, sinkTopic }) => [...sourceTopics, ...(sinkTopic === null ? [] : [sinkTopic])]);
}

export const streamsGroupDescribeRule = itemRule<
  StreamsGroupDescribeRequest,
  StreamsGroupDescribeResponse,
  string,
  DescribedGroup
>({
  api: streamsGroupDescribe,
  versions: { min: 0, max: 1 },
  items: (request) => request.groupIds,
  withItems: (request, groupIds) => ({ ...request, groupIds }),
  operation: (groupId) => groupDescribe(groupId),
  denied: () => groupDenied,
  results: (response) => response.groups,
  withResults: (response, groups) => ({ ...response, groups }),
  refused: (groupId, { code, message }) => refusedGroup(groupId, code, message),
  empty: () => streamsGroupDescribe.response.create(),
  keys: { item: (groupId) => groupId, result: ({ groupId }) => [groupId] },
  error: (group) => group.errorCode,
  respond(response, { includeAuthorizedOperations }, context) {
    const groups = withoutHidden(response.groups, topicsOf, refusedGroup, context);
    return { ...response, groups: withBits(groups, includeAuthorizedOperations, context) };
  },
});

// --- StreamsGroupTopologyDescriptionUpdate --------------------------------------------------------------------------------

/** What a member tells of its topology for people to see; nothing is created or read by it. */
export const streamsGroupTopologyDescriptionUpdateRule = wholeRule({
  api: streamsGroupTopologyDescriptionUpdate,
  versions: { min: 0, max: 0 },
  neverHeld: true,
  operations: ({ groupId }) => [groupRead(groupId)],
  denied: () => groupDenied,
  refuse: ({ code, message }) =>
    streamsGroupTopologyDescriptionUpdate.response.create({ errorCode: code, errorMessage: message }),
  error: (response) => response.errorCode,
});
