// DescribeShareGroupOffsets (90): like OffsetFetch, a group and the topics that it is asked for. AlterShareGroupOffsets (91) resets a share group,
// and DeleteShareGroupOffsets (92) makes it forget: the same operations as for other groups. A refused group is the error at the top.

import { finder } from "../../../base/by-key.ts";
import type { Verdict } from "../../../model/decision.ts";
import { errorCode, errorName } from "../errors.ts";
import { shareFacts } from "../facts/group-changes.ts";
import { itemRule } from "../item-rule.ts";
import {
  type AlterShareGroupOffsetsRequest,
  type AlterShareGroupOffsetsResponse,
  alterShareGroupOffsets,
  alterShareGroupOffsetsResponseTopicStruct,
} from "../messages/alter-share-group-offsets.ts";
import {
  type DeleteShareGroupOffsetsRequest,
  type DeleteShareGroupOffsetsResponse,
  deleteShareGroupOffsets,
  deleteShareGroupOffsetsResponseTopicStruct,
} from "../messages/delete-share-group-offsets.ts";
import {
  type DescribeShareGroupOffsetsRequest,
  type DescribeShareGroupOffsetsRequestTopic,
  type DescribeShareGroupOffsetsResponse,
  type DescribeShareGroupOffsetsResponseGroup,
  type DescribeShareGroupOffsetsResponseTopic,
  describeShareGroupOffsets,
  describeShareGroupOffsetsResponseGroupStruct,
  describeShareGroupOffsetsResponseTopicStruct,
} from "../messages/describe-share-group-offsets.ts";
import { isRefused, type Refusal, type RespondContext, type Rule, refusalOf } from "../rule.ts";
import { groupDescribe, topicDescribe, topicRead } from "./describe.ts";
import { withErrorAtTheTop } from "./error-at-the-top.ts";
import { groupsWithAll, resetOffsets } from "./group-offsets.ts";
import { deleteOffsets } from "./offset-delete.ts";
import { visible } from "./visible.ts";

const groupDenied = errorCode("GROUP_AUTHORIZATION_FAILED");
const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");

// --- DescribeShareGroupOffsets --------------------------------------------------------------------------------------------

type Described = DescribeShareGroupOffsetsResponseGroup;

/** Each group and topic of the request beside its verdict. */
function judged({ groups }: DescribeShareGroupOffsetsRequest, verdicts: readonly Verdict[]) {
  let next = 0;
  const refusal = (denied: number) => {
    const verdict = verdicts[next++];
    return isRefused(verdict) ? refusalOf(verdict, denied) : null;
  };
  return groups.map((group) => ({
    group,
    refusal: refusal(groupDenied),
    topics: (group.topics ?? []).map((topic) => ({ topic, refusal: refusal(topicDenied) })),
  }));
}

export const describeShareGroupOffsetsRule: Rule<DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse> =
  {
    api: describeShareGroupOffsets,
    versions: { min: 0, max: 1 },
    neverHeld: true,
    describe: ({ groups }) =>
      groups.flatMap(({ groupId, topics }) => [
        groupDescribe(groupId),
        ...(topics ?? []).map(({ topicName }) => topicDescribe(topicName)),
      ]),
    restrict(request, verdicts) {
      if (!verdicts.some(isRefused)) return request;
      const groups = judged(request, verdicts)
        .filter(({ refusal }) => !refusal)
        .map(({ group, topics }) => ({
          ...group,
          topics: group.topics && topics.filter(({ refusal }) => !refusal).map(({ topic }) => topic),
        }))
        // without topics a group would answer with all of them
        .filter(({ topics }) => topics === null || topics.length > 0);
      return groups.length > 0 ? { ...request, groups } : null;
    },
    refuse: (request, verdicts) => answerOf(describeShareGroupOffsets.response.create(), [], request, verdicts),
    respond(response, request, context) {
      const unjudged = groupsWithAll(request.groups);
      const groups = response.groups.map((group) => (unjudged.has(group.groupId) ? filtered(group, context) : group));
      return answerOf(response, groups, request, context.verdicts);
    },
    outcomes(response, { groups }) {
      const find = finder(response.groups, groupIdOf);
      let next = 0;
      return groups.flatMap(({ groupId, topics }) => {
        const result = find(groupId);
        const topicOf = finder(result?.topics ?? [], ({ topicName }) => topicName);
        const whole = { operation: next++, error: errorName(result?.errorCode ?? 0) };
        return [
          whole,
          ...(topics ?? []).map(({ topicName }) => ({
            operation: next++,
            error: topicError(result, topicOf(topicName)),
          })),
        ];
      });
    },
  };

function groupIdOf({ groupId }: Described): string {
  return groupId;
}

function topicError(group: Described | undefined, topic: Described["topics"][number] | undefined): string {
  const partitions = topic?.partitions ?? [];
  return errorName(partitions.find((it) => it.errorCode !== 0)?.errorCode ?? group?.errorCode ?? 0);
}

/** A group asked for without topics answers with all: those that the caller may not describe are left out. */
function filtered(result: Described, context: RespondContext): Described {
  const shown = visible(result.topics, ({ topicName }) => topicDescribe(topicName), context);
  return shown === result.topics ? result : { ...result, topics: [...shown] };
}

function answerOf(
  response: DescribeShareGroupOffsetsResponse,
  results: readonly Described[],
  request: DescribeShareGroupOffsetsRequest,
  verdicts: readonly Verdict[],
): DescribeShareGroupOffsetsResponse {
  const find = finder(results, groupIdOf);
  const groups = judged(request, verdicts).map(({ group: { groupId }, refusal, topics }) => {
    if (refusal) {
      const { code, message } = refusal;
      return describeShareGroupOffsetsResponseGroupStruct.create({ groupId, errorCode: code, errorMessage: message });
    }
    const result = find(groupId);
    const denied = topics.flatMap(({ topic, refusal: own }) => (own ? [refusedTopic(topic, own)] : []));
    const found = result ?? describeShareGroupOffsetsResponseGroupStruct.create({ groupId });
    return denied.length > 0 || !result ? { ...found, topics: [...found.topics, ...denied] } : result;
  });
  const same =
    groups.length === response.groups.length && groups.every((group, index) => group === response.groups[index]);
  return same ? response : { ...response, groups };
}

function refusedTopic(
  { topicName, partitions }: DescribeShareGroupOffsetsRequestTopic,
  { code, message }: Refusal,
): DescribeShareGroupOffsetsResponseTopic {
  return describeShareGroupOffsetsResponseTopicStruct.create({
    topicName,
    partitions: partitions.map((partitionIndex) => ({
      partitionIndex,
      startOffset: -1n,
      leaderEpoch: -1,
      errorCode: code,
      errorMessage: message,
    })),
  });
}

// --- AlterShareGroupOffsets and DeleteShareGroupOffsets -------------------------------------------------------------------

const altering = itemRule({
  api: alterShareGroupOffsets,
  versions: { min: 0, max: 0 },
  wholes: (request: AlterShareGroupOffsetsRequest) => [
    {
      operation: resetOffsets(request.groupId, startsOf(request)),
      denied: groupDenied,
      facts: (context) =>
        shareFacts(
          request.groupId,
          startsOf(request).map(({ offset, ...of }) => ({ ...of, to: offset })),
          [],
          context,
        ),
    },
  ],
  items: (request) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ topicName }) => topicRead(topicName),
  denied: () => topicDenied,
  results: (response: AlterShareGroupOffsetsResponse) => response.responses,
  withResults: (response, responses) => ({ ...response, responses }),
  refused: ({ topicName, partitions }, { code, message }) =>
    alterShareGroupOffsetsResponseTopicStruct.create({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code, errorMessage: message })),
    }),
  empty: () => alterShareGroupOffsets.response.create(),
  keys: { item: ({ topicName }) => topicName, result: ({ topicName }) => [topicName] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});

function startsOf({ topics }: AlterShareGroupOffsetsRequest) {
  return topics.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partitionIndex, startOffset }) => ({
      topic: topicName,
      partition: partitionIndex,
      offset: startOffset.toString(),
    })),
  );
}

const deleting = itemRule({
  api: deleteShareGroupOffsets,
  versions: { min: 0, max: 0 },
  wholes: ({ groupId, topics }: DeleteShareGroupOffsetsRequest) => [
    {
      operation: deleteOffsets(
        groupId,
        topics.map(({ topicName }) => ({ topic: topicName, partition: -1 })),
      ),
      denied: groupDenied,
      facts: (context) =>
        shareFacts(
          groupId,
          [],
          topics.map(({ topicName }) => topicName),
          context,
        ),
    },
  ],
  items: (request) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ topicName }) => topicRead(topicName),
  denied: () => topicDenied,
  results: (response: DeleteShareGroupOffsetsResponse) => response.responses,
  withResults: (response, responses) => ({ ...response, responses }),
  refused: ({ topicName }, { code, message }) =>
    deleteShareGroupOffsetsResponseTopicStruct.create({ topicName, errorCode: code, errorMessage: message }),
  empty: () => deleteShareGroupOffsets.response.create(),
  keys: { item: ({ topicName }) => topicName, result: ({ topicName }) => [topicName] },
  error: (topic) => topic.errorCode,
});

/** What refuses the group refuses all, at the top. */
function groupAtTheTop<Req, Res extends { errorCode: number; errorMessage: string | null }>(
  rule: Rule<Req, Res>,
): Rule<Req, Res> {
  return withErrorAtTheTop({
    ...rule,
    refuse(request, verdicts, context) {
      const [group] = verdicts;
      if (!isRefused(group)) return rule.refuse(request, verdicts, context);
      const { code, message } = refusalOf(group, groupDenied);
      return { ...rule.api.response.create(), errorCode: code, errorMessage: message };
    },
  });
}

export const alterShareGroupOffsetsRule = groupAtTheTop(altering);
export const deleteShareGroupOffsetsRule = groupAtTheTop(deleting);
