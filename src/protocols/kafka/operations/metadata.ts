// Metadata (3): where topics live, and at which addresses. A named topic is judged and refused by name; when all are asked for, those
// that the caller may not describe are left out. Brokers are always told, at the gateway's addresses: without them no client works.
import type { Verdict } from "../../../model/decision.ts";
import { readdressed } from "../addresses.ts";
import { authorizedOperations, operationsOmitted } from "../authorized-operations.ts";
import { errorCode, errorName } from "../errors.ts";
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
import { noTopicId, type TopicMap } from "../topics.ts";
import { creations, lookForMissing, missingOf, notToBeCreated, stillMissing } from "./auto-creation.ts";
import { cluster, topicDescribe, topicKey, topicName } from "./describe.ts";
import { withTopicBits } from "./described-topics.ts";
import { cutTopics } from "./listed-topics.ts";
import { visible } from "./visible.ts";

const items = itemRule<MetadataRequest, MetadataResponse, MetadataRequestTopic, MetadataResponseTopic>({
  api: metadata,
  // before 4 a request creates the topics that it names, and cannot say that it must not
  versions: { min: 4, max: 13 },
  neverHeld: true,
  // 10 and 11 carry ids that nobody may ask by: newer brokers refuse them, older ones went by the name, which nobody would have judged
  abuse: ({ topics }, { version }) =>
    version < 12 && topics?.some(({ topicId }) => topicId !== noTopicId) ? "a topic id where only names count" : null,
  prepare: (request, context) => lookUpTopics(request.topics?.map(({ topicId }) => topicId) ?? [], context),
  items: (request: MetadataRequest) => request.topics ?? [],
  withItems: (request, topics) => ({ ...request, topics }),
  operation: (topic, _request, context) => topicDescribe(topicName(topic, context)),
  denied: () => errorCode("TOPIC_AUTHORIZATION_FAILED"),
  results: (response: MetadataResponse) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name, topicId }, { code }, _request, { version }) =>
    // 10 and 11 may ask for a null name, and cannot answer with one
    metadataResponseTopicStruct.create({ errorCode: code, name: version >= 12 ? name : (name ?? ""), topicId }),
  empty: () => metadata.response.create(),
  keys: { item: topicKey, result: (topic) => [topic.name ?? "", topic.topicId] },
  error: (topic) => topic.errorCode,
  respond,
});

/** The verdicts of the topics that are named, and those of the topics that would be created. */
function split(request: MetadataRequest, verdicts: readonly Verdict[]) {
  const named = request.topics?.length ?? 0;
  return { described: verdicts.slice(0, named), created: verdicts.slice(named) };
}

export const metadataRule: Rule<MetadataRequest, MetadataResponse> = {
  ...items,
  prepare(request, context) {
    const names = items.prepare?.(request, context);
    return names ? names.then(() => lookForMissing(request, context)) : lookForMissing(request, context);
  },
  cutList: cutTopics,
  describe: (request, context) => [...items.describe(request, context), ...creations(request)],
  /**
   * Never null: the brokers are asked for even when every topic was refused. The flag goes on only for topics that are missing and
   * may be created; a missing one that may not is not asked for, and answered as missing.
   */
  restrict(request, verdicts) {
    const { described, created } = split(request, verdicts);
    const held = notToBeCreated(request, created);
    const asked = request.topics?.filter(
      ({ name }, index) => !isRefused(described[index]) && !(name !== null && held.has(name)),
    );
    const missing = new Set(missingOf(request));
    const creates = asked?.some(({ name }) => name !== null && missing.has(name)) ?? false;
    if (asked?.length === request.topics?.length && creates === request.allowAutoTopicCreation) return request;
    return { ...request, topics: asked ?? null, allowAutoTopicCreation: creates };
  },
  respond(response, request, context) {
    const { described, created } = split(request, context.verdicts);
    const missing = [...notToBeCreated(request, created)].map(stillMissing);
    const whole = missing.length > 0 ? { ...response, topics: [...response.topics, ...missing] } : response;
    return items.respond(whole, request, { ...context, verdicts: described });
  },
  outcomes(response, request, context) {
    const named = items.outcomes(response, request, context);
    const errors = new Map(response.topics.map((topic) => [topic.name, errorName(topic.errorCode)]));
    const first = request.topics?.length ?? 0;
    return [
      ...named,
      ...missingOf(request).map((name, index) => ({ operation: first + index, error: errors.get(name) ?? "NONE" })),
    ];
  },
};

function respond(response: MetadataResponse, request: MetadataRequest, context: RespondContext) {
  learnTopics(response.topics, context.topics as TopicMap);
  const listed =
    request.topics === null
      ? visible(response.topics, ({ name }) => topicDescribe(name ?? ""), context)
      : response.topics;
  const topics = withTopicBits(listed, request.includeTopicAuthorizedOperations, context);
  const asked = request.includeClusterAuthorizedOperations;
  const [field = operationsOmitted] = asked ? authorizedOperations("cluster", [cluster.name], context.services) : [];
  return readdressed(
    context.book,
    response.brokers,
    (broker) => broker.nodeId,
    (brokers) => ({ ...response, brokers, topics, clusterAuthorizedOperations: field }),
  );
}
