// What DescribeGroups, ConsumerGroupDescribe, ShareGroupDescribe and StreamsGroupDescribe have in common: the bits of what the caller may do,
// made anew, and, where an answer names topics, a group is shown only to those who may describe all of them, as Kafka's brokers do it.
import { authorizedOperations, operationsOmitted } from "../authorized-operations.ts";
import { errorCode } from "../errors.ts";
import type { RespondContext } from "../rule.ts";
import { topicDescribe } from "./describe.ts";

interface Described {
  readonly groupId: string;
  readonly errorCode: number;
  readonly authorizedOperations: number;
}

const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");
const why = "The group has topics that the caller may not describe.";

/** `asked`: the request's includeAuthorizedOperations. */
export function withBits<Group extends Described>(
  groups: readonly Group[],
  asked: boolean,
  { services }: RespondContext,
): Group[] {
  const shown = groups.filter((group) => asked && group.errorCode === 0);
  const names = shown.map(({ groupId }) => groupId);
  const fields = asked ? authorizedOperations("group", names, services) : [];
  const byGroup = new Map(shown.map((group, index) => [group, fields[index]]));
  return groups.map((group) => ({ ...group, authorizedOperations: byGroup.get(group) ?? operationsOmitted }));
}

/** Replaces groups that name a topic which the caller may not describe; `blank` makes the API's own group without anything in it. */
export function withoutHidden<Group extends Described>(
  groups: readonly Group[],
  topicsOf: (group: Group) => Iterable<string>,
  blank: (groupId: string, code: number, message: string) => Group,
  { services }: RespondContext,
): Group[] {
  const topics = groups.map((group) => new Set(topicsOf(group)));
  const names = [...new Set(topics.flatMap((of) => [...of]))];
  const decisions = services.judge(names.map((name) => topicDescribe(name)));
  const hidden = new Set(names.filter((_, index) => decisions[index]?.outcome !== "allow"));
  return groups.map((group, index) =>
    [...(topics[index] ?? [])].some((name) => hidden.has(name)) ? blank(group.groupId, topicDenied, why) : group,
  );
}
