// OffsetCommit (8) and OffsetFetch (9). A commit without a generation is not a group member's: it resets the group, which is
// an operation of its own (`group.reset-offsets`) with the offsets that are set. From version 10 on topics have ids.
import { finder } from "../../../base/by-key.ts";
import type { JsonObject } from "../../../base/json.ts";
import type { Verdict } from "../../../model/decision.ts";
import type { Operation } from "../../../model/operation.ts";
import { errorCode, errorName } from "../errors.ts";
import { resetFacts } from "../facts/group-changes.ts";
import { itemRule } from "../item-rule.ts";
import { type OffsetCommitRequest, offsetCommit, offsetCommitResponseTopicStruct } from "../messages/offset-commit.ts";
import {
  type OffsetFetchRequest,
  type OffsetFetchRequestGroup,
  type OffsetFetchResponse,
  type OffsetFetchResponseGroup,
  offsetFetch,
  offsetFetchRequestGroupStruct,
  offsetFetchResponseGroupStruct,
  offsetFetchResponseTopicsStruct,
} from "../messages/offset-fetch.ts";
import { isRefused, type RespondContext, type Rule, type RuleContext, refusalOf } from "../rule.ts";
import { lookUpTopics } from "../topic-lookup.ts";
import {
  deniedTopicCode,
  groupDescribe,
  groupRead,
  operation,
  topicDescribe,
  topicKey,
  topicName,
  topicRead,
} from "./describe.ts";
import { visible } from "./visible.ts";

const groupDenied = errorCode("GROUP_AUTHORIZATION_FAILED");
const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");

export const offsetCommitRule = itemRule({
  api: offsetCommit,
  versions: { min: 2, max: 10 },
  prepare: ({ topics }: OffsetCommitRequest, context) =>
    lookUpTopics(
      topics.map(({ topicId }) => topicId),
      context,
    ),
  wholes: (request, context) => [
    isReset(request)
      ? {
          operation: resetOffsets(request.groupId, offsetsOf(request, context)),
          denied: groupDenied,
          facts: () =>
            resetFacts(
              request.groupId,
              offsetsOf(request, context).map(({ offset, ...of }) => ({ ...of, to: offset })),
              context,
            ),
        }
      : { operation: groupRead(request.groupId), denied: groupDenied },
  ],
  items: (request) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: (topic, _request, context) => topicRead(topicName(topic, context)),
  denied: (topic, context) => deniedTopicCode(topic, context),
  results: (response) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name, topicId, partitions }, { code }) =>
    offsetCommitResponseTopicStruct.create({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    }),
  empty: () => offsetCommit.response.create(),
  keys: { item: (topic) => topicKey(topic), result: (topic) => [topicKey(topic)] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});

/** Without a generation an empty group takes the commit, whatever the member calls itself: the broker does not look at the name. */
function isReset(request: OffsetCommitRequest): boolean {
  return request.generationIdOrMemberEpoch < 0;
}

function offsetsOf({ topics }: OffsetCommitRequest, context: RuleContext) {
  return topics.flatMap((topic) =>
    topic.partitions.map(({ partitionIndex, committedOffset }) => ({
      topic: topicName(topic, context),
      partition: partitionIndex,
      offset: committedOffset.toString(),
    })),
  );
}

/** Share groups are reset by the same operation. */
export function resetOffsets(groupId: string, offsets: JsonObject[]): Operation {
  return operation(
    "group.reset-offsets",
    "alter",
    { type: "group", name: groupId },
    { risk: "high", attributes: { offsets } },
  );
}

type Group = OffsetFetchRequestGroup;
type GroupResult = OffsetFetchResponseGroup;

/** Version 8 asks for several groups; before, one group at the top level. */
const groupsVersion = 8;
/** From here on a group's error is told once, and no topic with it. */
const topErrorVersion = 2;

/** One operation for each group, then one for each topic that a group names. Topics that are not named are filtered in the answer. */
export const offsetFetchRule: Rule<OffsetFetchRequest, OffsetFetchResponse> = {
  api: offsetFetch,
  versions: { min: 1, max: 10 },
  neverHeld: true,
  prepare: (request, context) =>
    lookUpTopics(
      groupsOf(request, context.version).flatMap(({ topics }) => (topics ?? []).map(({ topicId }) => topicId)),
      context,
    ),
  describe: (request, context) =>
    groupsOf(request, context.version).flatMap(({ groupId, topics }) => [
      groupDescribe(groupId),
      ...(topics ?? []).map((topic) => topicDescribe(topicName(topic, context))),
    ]),
  restrict(request, verdicts, { version }) {
    if (!verdicts.some(isRefused)) return request;
    const groups = judged(request, verdicts, version)
      .filter(({ refusal }) => !refusal)
      .map(({ group, topics }) => ({
        ...group,
        topics: group.topics && topics.filter(({ refusal }) => !refusal).map(({ topic }) => topic),
      }))
      .filter(({ topics }) => topics === null || topics.length > 0);
    return groups.length > 0 ? withGroups(request, groups, version) : null;
  },
  refuse: (request, verdicts, { version }) => answerOf(offsetFetch.response.create(), [], request, verdicts, version),
  respond(response, request, context) {
    const results = resultsOf(response, request, context.version);
    const answer = () => {
      const unjudged = groupsWithAll(groupsOf(request, context.version));
      const groups = results.map((group) => (unjudged.has(group.groupId) ? filtered(group, context) : group));
      return answerOf(response, groups, request, context.verdicts, context.version);
    };
    // an answer to a group without topics may name ids that were never seen
    const ids = results.flatMap(({ topics }) => topics.map(({ topicId }) => topicId));
    const names = lookUpTopics(ids, context);
    return names ? names.then(answer) : answer();
  },
  outcomes(response, request, { version }) {
    const results = resultsOf(response, request, version);
    const find = finder(results, groupIdOf);
    let next = 0;
    return groupsOf(request, version).flatMap(({ groupId, topics }) => {
      const result = find(groupId);
      const topicOf = finder(result?.topics ?? [], topicKey);
      const group = { operation: next++, error: errorName(result?.errorCode ?? 0) };
      return [
        group,
        ...(topics ?? []).map((topic) => ({ operation: next++, error: topicError(result, topicOf(topicKey(topic))) })),
      ];
    });
  },
};

function groupIdOf({ groupId }: GroupResult): string {
  return groupId;
}

/** A topic went as the first of its partitions that failed, or as its group. */
function topicError(group: GroupResult | undefined, topic: GroupResult["topics"][number] | undefined): string {
  const partitions = topic?.partitions ?? [];
  return errorName(partitions.find((it) => it.errorCode !== 0)?.errorCode ?? group?.errorCode ?? 0);
}

function groupsOf(request: OffsetFetchRequest, version: number): readonly Group[] {
  if (version >= groupsVersion) return request.groups;
  return [offsetFetchRequestGroupStruct.create({ groupId: request.groupId, topics: request.topics })];
}

function withGroups(request: OffsetFetchRequest, groups: Group[], version: number): OffsetFetchRequest {
  if (version >= groupsVersion) return { ...request, groups };
  return { ...request, topics: groups[0]?.topics ?? null };
}

function resultsOf(
  response: OffsetFetchResponse,
  request: OffsetFetchRequest,
  version: number,
): readonly GroupResult[] {
  if (version >= groupsVersion) return response.groups;
  const { topics, errorCode: code } = response;
  return [offsetFetchResponseGroupStruct.create({ groupId: request.groupId, topics, errorCode: code })];
}

/** Each group and topic of the request beside its verdict. */
function judged(request: OffsetFetchRequest, verdicts: readonly Verdict[], version: number) {
  let next = 0;
  return groupsOf(request, version).map((group) => {
    const verdict = verdicts[next++];
    const topics = (group.topics ?? []).map((topic) => {
      const own = verdicts[next++];
      return { topic, refusal: isRefused(own) ? refusalOf(own, topicDenied) : null };
    });
    return { group, topics, refusal: isRefused(verdict) ? refusalOf(verdict, groupDenied) : null };
  });
}

/** Asked for without topics. A group may be asked for twice, with topics and without: one such is enough for the answer to name what nobody judged. */
export function groupsWithAll(
  groups: readonly { readonly groupId: string; readonly topics: readonly unknown[] | null }[],
): ReadonlySet<string> {
  return new Set(groups.flatMap(({ groupId, topics }) => (topics === null ? groupId : [])));
}

/** A group asked for without topics answers with all: those that the caller may not describe are left out. */
function filtered(result: GroupResult, context: RespondContext): GroupResult {
  const shown = visible(result.topics, (topic) => topicDescribe(topicName(topic, context)), context);
  return shown === result.topics ? result : { ...result, topics: [...shown] };
}

function answerOf(
  response: OffsetFetchResponse,
  results: readonly GroupResult[],
  request: OffsetFetchRequest,
  verdicts: readonly Verdict[],
  version: number,
): OffsetFetchResponse {
  const find = finder(results, groupIdOf);
  const groups = judged(request, verdicts, version).map(({ group, topics, refusal }): GroupResult => {
    const { groupId } = group;
    if (refusal) {
      return offsetFetchResponseGroupStruct.create({
        groupId,
        // version 1 has no error at the top: its partitions carry it
        topics: version < topErrorVersion ? refusedTopics(group, refusal.code) : [],
        errorCode: refusal.code,
      });
    }
    const result = find(groupId);
    const denied = topics.flatMap(({ topic, refusal: own }) =>
      own ? refusedTopics({ ...group, topics: [topic] }, own.code) : [],
    );
    return {
      ...(result ?? offsetFetchResponseGroupStruct.create({ groupId })),
      topics: [...(result?.topics ?? []), ...denied],
    };
  });
  if (version >= groupsVersion) return { ...response, groups };
  const [only] = groups;
  const code = version < topErrorVersion ? 0 : (only?.errorCode ?? 0);
  return { ...response, topics: only?.topics ?? [], errorCode: code };
}

function refusedTopics({ topics }: Pick<Group, "topics">, code: number): GroupResult["topics"] {
  return (topics ?? []).map(({ name, topicId, partitionIndexes }) =>
    offsetFetchResponseTopicsStruct.create({
      name,
      topicId,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1n,
        metadata: "",
        errorCode: code,
      })),
    }),
  );
}
