// Operations in the words that policies use, made the same way everywhere: `<resource type>.<act>`. policies/README.md lists them.
import type { JsonObject } from "../../../base/json.ts";
import type { Operation, Resource, ResourceType, Risk, Verb } from "../../../model/operation.ts";
import { errorCode } from "../errors.ts";
import type { RuleContext } from "../rule.ts";
import { noTopicId } from "../topics.ts";

interface More {
  readonly risk?: Risk;
  readonly attributes?: JsonObject;
  readonly dryRun?: boolean;
  /** See Operation.cacheable. Only for operations whose attributes are always empty. */
  readonly cacheable?: boolean;
}

export function operation(name: string, verb: Verb, resource: Resource, more: More = {}): Operation {
  return {
    name,
    verb,
    resource,
    risk: more.risk ?? "low",
    attributes: more.attributes ?? {},
    dryRun: more.dryRun ?? false,
    cacheable: more.cacheable ?? false,
  };
}

/** Data-plane operations: nothing in them varies but the resource, so a decision serves all of the same. */
function cached(name: string, verb: Verb, type: ResourceType): (resourceName: string) => Operation {
  return (resourceName) => operation(name, verb, { type, name: resourceName }, { cacheable: true });
}

export const topicDescribe = cached("topic.describe", "describe", "topic");
export const topicRead = cached("topic.read", "read", "topic");
export const topicWrite = cached("topic.write", "write", "topic");
export const groupRead = cached("group.read", "read", "group");
export const groupDescribe = cached("group.describe", "describe", "group");
export const transactionWrite = cached("transactional-id.write", "write", "transactional-id");
export const transactionDescribe = cached("transactional-id.describe", "describe", "transactional-id");

/** The cluster has no name of its own in Kafka's ACLs but this one. */
export const cluster: Resource = { type: "cluster", name: "kafka-cluster" };
export const clusterDescribe = operation("cluster.describe", "describe", cluster, { cacheable: true });
export const idempotentWrite = operation("cluster.idempotent-write", "write", cluster, { cacheable: true });

/** A topic as a request names it: by name in old versions, by id in new ones, when only one of the two is set. */
export interface NamedTopic {
  readonly name?: string | null;
  readonly topicId?: string;
}

/**
 * The topic's name, by the id map where there is an id; `""` for an id that nothing has. Where a request gives both, brokers go by the
 * id (Metadata) or refuse (DeleteTopics): the name beside an id is never what is judged.
 */
export function topicName({ name, topicId }: NamedTopic, context: RuleContext): string {
  if (topicId !== undefined && topicId !== noTopicId) return context.topics.nameOf(topicId) ?? "";
  return name ?? "";
}

const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");
const unknownTopicId = errorCode("UNKNOWN_TOPIC_ID");

/**
 * Why a refused topic is refused. An id that nothing has is said to be unknown, as a broker says it: clients then ask for the topic's new id, where a
 * denial would end them. It tells no more than a broker would, and nobody guesses 122 random bits.
 */
export function deniedTopicCode(topic: NamedTopic, context: RuleContext): number {
  return topicName(topic, context) === "" && (topic.topicId ?? noTopicId) !== noTopicId ? unknownTopicId : topicDenied;
}

/** What joins a topic of a request with that of its answer, whichever of the two the version carries. */
export function topicKey(topic: NamedTopic): string {
  return topic.topicId && topic.topicId !== noTopicId ? topic.topicId : (topic.name ?? "");
}
