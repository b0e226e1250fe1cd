// DescribeGroups (15), ListGroups (16), DeleteGroups (42), ConsumerGroupDescribe (69). Listed groups that the caller may not describe
// are left out.
import { after } from "../../../base/maybe.ts";
import { errorCode, errorName } from "../errors.ts";
import { groupDeletionFacts } from "../facts/group-changes.ts";
import { itemRule } from "../item-rule.ts";
import {
  type ConsumerGroupDescribeRequest,
  type ConsumerGroupDescribeResponse,
  consumerGroupDescribe,
  type DescribedGroup as DescribedConsumerGroup,
  describedGroupStruct as describedConsumerGroupStruct,
} from "../messages/consumer-group-describe.ts";
import {
  type DeletableGroupResult,
  type DeleteGroupsRequest,
  type DeleteGroupsResponse,
  deletableGroupResultStruct,
  deleteGroups,
} from "../messages/delete-groups.ts";
import {
  type DescribedGroup,
  type DescribeGroupsRequest,
  type DescribeGroupsResponse,
  describedGroupStruct,
  describeGroups,
} from "../messages/describe-groups.ts";
import { type ListGroupsRequest, type ListGroupsResponse, listGroups } from "../messages/list-groups.ts";
import type { Rule } from "../rule.ts";
import { groupDescribe, operation } from "./describe.ts";
import { withBits, withoutHidden } from "./described-groups.ts";
import { visibleOfAll } from "./visible.ts";

const denied = () => errorCode("GROUP_AUTHORIZATION_FAILED");
const keys = { item: (groupId: string) => groupId, result: ({ groupId }: { groupId: string }) => [groupId] };

export const describeGroupsRule = itemRule<DescribeGroupsRequest, DescribeGroupsResponse, string, DescribedGroup>({
  api: describeGroups,
  versions: { min: 0, max: 6 },
  items: (request) => request.groups,
  withItems: (request, groups) => ({ ...request, groups }),
  operation: (groupId) => groupDescribe(groupId),
  denied,
  results: (response) => response.groups,
  withResults: (response, groups) => ({ ...response, groups }),
  refused: (groupId, { code, message }, _request, { version }) =>
    describedGroupStruct.create({ errorCode: code, errorMessage: version >= 6 ? message : null, groupId }),
  empty: () => describeGroups.response.create(),
  keys,
  error: (group) => group.errorCode,
  respond: (response, { includeAuthorizedOperations }, context) => ({
    ...response,
    groups: withBits(response.groups, includeAuthorizedOperations, context),
  }),
});

const consumerGroup = (groupId: string, code: number, message: string) =>
  describedConsumerGroupStruct.create({ errorCode: code, errorMessage: message, groupId });

/** Topics that members subscribe to by name or have been given. */
const topicsOfMembers = ({ members }: DescribedConsumerGroup) =>
  members.flatMap(({ subscribedTopicNames, assignment, targetAssignment }) => [
    ...subscribedTopicNames,
    ...[assignment, targetAssignment].flatMap((it) => it.topicPartitions.map(({ topicName }) => topicName)),
  ]);

export const consumerGroupDescribeRule = itemRule<
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
  string,
  DescribedConsumerGroup
>({
  api: consumerGroupDescribe,
  versions: { min: 0, max: 1 },
  items: (request) => request.groupIds,
  withItems: (request, groupIds) => ({ ...request, groupIds }),
  operation: (groupId) => groupDescribe(groupId),
  denied,
  results: (response) => response.groups,
  withResults: (response, groups) => ({ ...response, groups }),
  refused: (groupId, { code, message }) => consumerGroup(groupId, code, message),
  empty: () => consumerGroupDescribe.response.create(),
  keys,
  error: (group) => group.errorCode,
  respond(response, { includeAuthorizedOperations }, context) {
    const groups = withoutHidden(response.groups, topicsOfMembers, consumerGroup, context);
    return { ...response, groups: withBits(groups, includeAuthorizedOperations, context) };
  },
});

export const deleteGroupsRule = itemRule<DeleteGroupsRequest, DeleteGroupsResponse, string, DeletableGroupResult>({
  api: deleteGroups,
  versions: { min: 0, max: 3 },
  items: (request) => request.groupsNames,
  withItems: (request, groupsNames) => ({ ...request, groupsNames }),
  operation: (groupId) => operation("group.delete", "delete", { type: "group", name: groupId }, { risk: "high" }),
  facts: (groupId, _request, context) => groupDeletionFacts(groupId, context),
  denied,
  results: (response) => response.results,
  withResults: (response, results) => ({ ...response, results }),
  refused: (groupId, { code, message }) =>
    deletableGroupResultStruct.create({ groupId, errorCode: code, errorMessage: message }),
  empty: () => deleteGroups.response.create(),
  keys,
  error: (group) => group.errorCode,
});

/** Nothing to judge beforehand: what is listed is judged in the answer, group by group. */
export const listGroupsRule: Rule<ListGroupsRequest, ListGroupsResponse> = {
  api: listGroups,
  versions: { min: 0, max: 5 },
  neverHeld: true,
  describe: () => [],
  restrict: (request) => request,
  refuse: () => null,
  respond(response, _request, context) {
    const shown = visibleOfAll(response.groups, ({ groupId }) => groupDescribe(groupId), context);
    return after(shown, (groups) => (groups === response.groups ? response : { ...response, groups: [...groups] }));
  },
  outcomes: (response) => [{ operation: 0, error: errorName(response.errorCode) }],
};
