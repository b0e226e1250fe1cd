// CreateTopics (19) and CreatePartitions (37). A creation is judged with its partitions, replication and configs; more partitions
// change which key goes where, for ever, and are a high risk.
import type { JsonObject } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { errorCode } from "../errors.ts";
import { failing, trialMs } from "../facts/common.ts";
import { topicFacts } from "../facts/topic.ts";
import { itemRule } from "../item-rule.ts";
import {
  type CreatePartitionsRequest,
  type CreatePartitionsTopic,
  createPartitions,
  createPartitionsTopicResultStruct,
} from "../messages/create-partitions.ts";
import { type CreateTopicsRequest, creatableTopicResultStruct, createTopics } from "../messages/create-topics.ts";
import type { FactsContext, RuleContext } from "../rule.ts";
import { operation } from "./describe.ts";
import { withShownConfigs } from "./sensitive-configs.ts";

const denied = () => errorCode("TOPIC_AUTHORIZATION_FAILED");

export const createTopicsRule = itemRule({
  api: createTopics,
  versions: { min: 2, max: 7 },
  nativeWaitFrom: 6,
  items: (request: CreateTopicsRequest) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: (topic, { validateOnly }) =>
    operation(
      "topic.create",
      "create",
      { type: "topic", name: topic.name },
      {
        risk: "medium",
        dryRun: validateOnly,
        attributes: {
          partitions: topic.assignments.length > 0 ? topic.assignments.length : topic.numPartitions,
          replicationFactor: topic.assignments[0]?.brokerIds.length ?? topic.replicationFactor,
          configs: Object.fromEntries(topic.configs.map(({ name, value }) => [name, value])),
          ...placed(topic.assignments.map(({ brokerIds }) => brokerIds)),
        },
      },
    ),
  facts: creationFacts,
  denied,
  results: (response) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name }, { code, message }) =>
    creatableTopicResultStruct.create({ name, errorCode: code, errorMessage: message }),
  empty: () => createTopics.response.create(),
  keys: { item: ({ name }) => name, result: ({ name }) => [name] },
  error: (result) => result.errorCode,
  withoutSecrets: { request: (request) => ({ ...request, topics: request.topics.map(withShownConfigs) }) },
});

export const createPartitionsRule = itemRule({
  api: createPartitions,
  versions: { min: 0, max: 3 },
  nativeWaitFrom: 3,
  items: (request: CreatePartitionsRequest) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ name, count, assignments }, { validateOnly }) =>
    operation(
      "topic.create-partitions",
      "alter",
      { type: "topic", name },
      {
        risk: "high",
        dryRun: validateOnly,
        attributes: { partitions: count, ...placed((assignments ?? []).map(({ brokerIds }) => brokerIds)) },
      },
    ),
  facts,
  denied,
  results: (response) => response.results,
  withResults: (response, results) => ({ ...response, results }),
  refused: ({ name }, { code, message }) =>
    createPartitionsTopicResultStruct.create({ name, errorCode: code, errorMessage: message }),
  empty: () => createPartitions.response.create(),
  keys: { item: ({ name }) => name, result: ({ name }) => [name] },
  error: (result) => result.errorCode,
});

/** Where the replicas shall lie, partition by partition, if the request says so: an approval must not fit another placement. */
function placed(assignments: readonly (readonly number[])[]): JsonObject {
  return assignments.length > 0 ? { assignments } : {};
}

/** The broker says whether it would do it at all: `validate_only` costs nothing. */
async function facts(
  topic: CreatePartitionsTopic,
  request: CreatePartitionsRequest,
  context: FactsContext,
): Promise<ExchangeFacts> {
  const known = await topicFacts(topic.name, context);
  if (known.wouldFail !== null) return known;
  const trial = { ...request, topics: [topic], validateOnly: true, timeoutMs: trialMs };
  const { results } = await context.ask(createPartitions, context.version, trial);
  const code = results[0]?.errorCode ?? 0;
  return code === 0 ? known : failing(code);
}

/** Whether the broker would make it, and with what it would fill in; held only where a policy says so. */
async function creationFacts(
  topic: CreateTopicsRequest["topics"][number],
  request: CreateTopicsRequest,
  context: RuleContext,
): Promise<ExchangeFacts> {
  const trial = { ...request, topics: [topic], validateOnly: true, timeoutMs: trialMs };
  const [result] = (await context.ask(createTopics, context.version, trial)).topics;
  if (result === undefined || result.errorCode !== 0) return failing(result?.errorCode ?? -1);
  const { numPartitions, replicationFactor } = result;
  // before version 5 the broker does not say
  const shown = numPartitions < 0 ? {} : { partitions: numPartitions, replicationFactor };
  return { pinned: {}, shown, wouldFail: null };
}
