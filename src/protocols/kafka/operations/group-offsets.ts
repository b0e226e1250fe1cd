// OffsetCommit (8) and OffsetFetch (9). A commit by an empty member without a generation is not a consumer's: it resets the group, which
// is an operation of its own (`group.reset-offsets`) with the offsets that are set. Topic ids (version 10) come with issue 4.
import type { JsonObject } from "../../../base/json.ts";
import type { Verdict } from "../../../model/decision.ts";
import { errorCode, errorName } from "../errors.ts";
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
import { isRefused, type RespondContext, type Rule, refusalOf } from "../rule.ts";
import { groupDescribe, groupRead, operation, topicDescribe, topicRead } from "./describe.ts";

const groupDenied = errorCode("GROUP_AUTHORIZATION_FAILED");
const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");

export const offsetCommitRule = itemRule({
  api: offsetCommit,
  versions: { min: 2, max: 9 },
  wholes: (request: OffsetCommitRequest) => [
    { operation: isReset(request) ? resetOffsets(request) : groupRead(request.groupId), denied: groupDenied },
  ],
  items: (request) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ name }) => topicRead(name),
  denied: () => topicDenied,
  results: (response) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name, partitions }, { code }) =>
    offsetCommitResponseTopicStruct.create({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    }),
  empty: () => offsetCommit.response.create(),
  keys: { item: ({ name }) => name, result: ({ name }) => [name] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});

function isReset(request: OffsetCommitRequest): boolean {
  return request.memberId === "" && request.generationIdOrMemberEpoch < 0;
}

function resetOffsets({ groupId, topics }: OffsetCommitRequest) {
  const offsets: JsonObject[] = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset }) => ({
      topic: name,
      partition: partitionIndex,
      offset: committedOffset.toString(),
    })),
  );
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

/** One operation for each group, then one for each topic that a group names. Topics that are not named are filtered in the answer. */
export const offsetFetchRule: Rule<OffsetFetchRequest, OffsetFetchResponse> = {
  api: offsetFetch,
  versions: { min: 1, max: 9 },
  neverHeld: true,
  describe: (request, { version }) =>
    groupsOf(request, version).flatMap(({ groupId, topics }) => [
      groupDescribe(groupId),
      ...(topics ?? []).map(({ name }) => topicDescribe(name)),
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
    const groups = resultsOf(response, request, context.version).map((group) => visible(group, request, context));
    return answerOf(response, groups, request, context.verdicts, context.version);
  },
  outcomes: (response, request, { version }) =>
    groupsOf(request, version).map(({ groupId }, index) => {
      const result = resultsOf(response, request, version).find((group) => group.groupId === groupId);
      return { operation: index, error: errorName(result?.errorCode ?? 0) };
    }),
};

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

/** A group asked for without topics answers with all: those that the caller may not describe are left out. */
function visible(result: GroupResult, request: OffsetFetchRequest, context: RespondContext): GroupResult {
  const asked = groupsOf(request, context.version).find(({ groupId }) => groupId === result.groupId);
  if (!asked || asked.topics !== null) return result;
  const decisions = context.services.judge(result.topics.map(({ name }) => topicDescribe(name)));
  return { ...result, topics: result.topics.filter((_, index) => decisions[index]?.outcome === "allow") };
}

function answerOf(
  response: OffsetFetchResponse,
  results: readonly GroupResult[],
  request: OffsetFetchRequest,
  verdicts: readonly Verdict[],
  version: number,
): OffsetFetchResponse {
  const groups = judged(request, verdicts, version).map(({ group, topics, refusal }): GroupResult => {
    const { groupId } = group;
    if (refusal) {
      return offsetFetchResponseGroupStruct.create({
        groupId,
        topics: refusedTopics(group, refusal.code),
        errorCode: refusal.code,
      });
    }
    const result = results.find((it) => it.groupId === groupId);
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
  // version 1 has no error at the top: its partitions carry it
  return { ...response, topics: only?.topics ?? [], errorCode: version >= 2 ? (only?.errorCode ?? 0) : 0 };
}

function refusedTopics({ topics }: Pick<Group, "topics">, code: number): GroupResult["topics"] {
  return (topics ?? []).map(({ name, partitionIndexes }) =>
    offsetFetchResponseTopicsStruct.create({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1n,
        metadata: "",
        errorCode: code,
      })),
    }),
  );
}
