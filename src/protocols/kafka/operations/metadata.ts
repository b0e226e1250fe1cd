// Metadata (3): where topics live, and at which addresses. A named topic is judged and refused by name; when all are asked for, those
// that the caller may not describe are left out. Brokers are always told, at the gateway's addresses: without them no client works.
import type { Operation } from "../../../model/operation.ts";
import { readdressed } from "../addresses.ts";
import { errorCode } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import {
  type MetadataRequest,
  type MetadataRequestTopic,
  type MetadataResponse,
  type MetadataResponseTopic,
  metadata,
  metadataResponseTopicStruct,
} from "../messages/metadata.ts";
import { isRefused, type RespondContext, type Rule } from "../rule.ts";
import { learnTopics, lookUpTopics } from "../topic-lookup.ts";
import type { TopicMap } from "../topics.ts";
import { topicDescribe, topicKey, topicName } from "./describe.ts";

/** Kafka's word for "authorized operations were not asked for". They would describe the gateway's account, not the caller. */
export const operationsOmitted = -2147483648;

const items = itemRule<MetadataRequest, MetadataResponse, MetadataRequestTopic, MetadataResponseTopic>({
  api: metadata,
  // before 4 a request creates the topics that it names, and cannot say that it must not
  versions: { min: 4, max: 13 },
  neverHeld: true,
  prepare: (request, context) => lookUpTopics(request.topics?.map(({ topicId }) => topicId) ?? [], context),
  items: (request: MetadataRequest) => request.topics ?? [],
  withItems: (request, topics) => ({ ...request, topics }),
  operation: (topic, _request, context) => topicDescribe(topicName(topic, context)),
  denied: () => errorCode("TOPIC_AUTHORIZATION_FAILED"),
  results: (response: MetadataResponse) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name, topicId }, { code }) => metadataResponseTopicStruct.create({ errorCode: code, name, topicId }),
  empty: () => metadata.response.create(),
  keys: { item: topicKey, result: (topic) => [topic.name ?? "", topic.topicId] },
  error: (topic) => topic.errorCode,
  respond,
});

export const metadataRule: Rule<MetadataRequest, MetadataResponse> = {
  ...items,
  /** Never null: the brokers are asked for even when every topic was refused. Auto-creation is not a reader's right. */
  restrict(request, verdicts) {
    const kept = (request.topics ?? []).filter((_, index) => !isRefused(verdicts[index]));
    const creates = request.allowAutoTopicCreation && kept.length > 0;
    if (kept.length === (request.topics?.length ?? 0) && !creates) return request;
    return { ...request, topics: request.topics && kept, allowAutoTopicCreation: false };
  },
};

function respond(response: MetadataResponse, request: MetadataRequest, context: RespondContext) {
  learnTopics(response, context.topics as TopicMap);
  const topics = (request.topics === null ? visible(response.topics, context) : response.topics).map((topic) => ({
    ...topic,
    topicAuthorizedOperations: operationsOmitted,
  }));
  return readdressed(
    context.book,
    response.brokers,
    (broker) => broker.nodeId,
    (brokers) => ({ ...response, brokers, topics, clusterAuthorizedOperations: operationsOmitted }),
  );
}

function visible(topics: MetadataResponse["topics"], context: RespondContext): MetadataResponse["topics"] {
  const operations: Operation[] = topics.map((topic) => topicDescribe(topic.name ?? ""));
  const decisions = context.services.judge(operations);
  return topics.filter((_, index) => decisions[index]?.outcome === "allow");
}
