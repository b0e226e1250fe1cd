// ShareGroupHeartbeat (76): GROUP:READ, and TOPIC:DESCRIBE for each topic that it subscribes to; one refused refuses all. ShareGroupDescribe (77):
// GROUP:DESCRIBE for each group, and for its topics in the answer.
import { errorCode } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import {
  type DescribedGroup,
  describedGroupStruct,
  type ShareGroupDescribeRequest,
  type ShareGroupDescribeResponse,
  shareGroupDescribe,
} from "../messages/share-group-describe.ts";
import { shareGroupHeartbeat } from "../messages/share-group-heartbeat.ts";
import { wholeRule } from "../whole-rule.ts";
import { groupDescribe, groupRead, topicDescribe } from "./describe.ts";
import { withBits, withoutHidden } from "./described-groups.ts";

const groupDenied = errorCode("GROUP_AUTHORIZATION_FAILED");
const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");

export const shareGroupHeartbeatRule = wholeRule({
  api: shareGroupHeartbeat,
  versions: { min: 1, max: 1 },
  neverHeld: true,
  operations: ({ groupId, subscribedTopicNames }) => [
    groupRead(groupId),
    ...(subscribedTopicNames ?? []).map((name) => topicDescribe(name)),
  ],
  denied: (operation) => (operation === 0 ? groupDenied : topicDenied),
  refuse: ({ code, message }) => shareGroupHeartbeat.response.create({ errorCode: code, errorMessage: message }),
  error: (response) => response.errorCode,
});

const refusedGroup = (groupId: string, code: number, message: string) =>
  describedGroupStruct.create({ groupId, errorCode: code, errorMessage: message });

const topicsOf = ({ members }: DescribedGroup) =>
  members.flatMap(({ subscribedTopicNames, assignment }) => [
    ...subscribedTopicNames,
    ...assignment.topicPartitions.map(({ topicName }) => topicName),
  ]);

export const shareGroupDescribeRule = itemRule<
  ShareGroupDescribeRequest,
  ShareGroupDescribeResponse,
  string,
  DescribedGroup
>({
  api: shareGroupDescribe,
  versions: { min: 1, max: 1 },
  items: (request) => request.groupIds,
  withItems: (request, groupIds) => ({ ...request, groupIds }),
  operation: (groupId) => groupDescribe(groupId),
  denied: () => groupDenied,
  results: (response) => response.groups,
  withResults: (response, groups) => ({ ...response, groups }),
  refused: (groupId, { code, message }) => refusedGroup(groupId, code, message),
  empty: () => shareGroupDescribe.response.create(),
  keys: { item: (groupId) => groupId, result: ({ groupId }) => [groupId] },
  error: (group) => group.errorCode,
  respond(response, { includeAuthorizedOperations }, context) {
    const groups = withoutHidden(response.groups, topicsOf, refusedGroup, context);
    return { ...response, groups: withBits(groups, includeAuthorizedOperations, context) };
  },
});
