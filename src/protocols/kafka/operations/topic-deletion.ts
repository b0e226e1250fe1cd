// DeleteTopics (20) and DeleteRecords (21): what is deleted is gone. A topic may be named by id (version 6); a refusal echoes the id.
import { errorCode } from "../errors.ts";
import { bindOffsets, recordDeletionFacts } from "../facts/record-deletion.ts";
import { deletionFacts } from "../facts/topic.ts";
import { itemRule } from "../item-rule.ts";
import {
  type DeleteRecordsRequest,
  deleteRecords,
  deleteRecordsTopicResultStruct,
} from "../messages/delete-records.ts";
import {
  type DeletableTopicResult,
  type DeleteTopicState,
  type DeleteTopicsRequest,
  type DeleteTopicsResponse,
  deletableTopicResultStruct,
  deleteTopicStateStruct,
  deleteTopics,
} from "../messages/delete-topics.ts";
import { lookUpTopics } from "../topic-lookup.ts";
import { deniedTopicCode, operation, topicKey, topicName } from "./describe.ts";

const denied = () => errorCode("TOPIC_AUTHORIZATION_FAILED");
/** Until 5 a list of names; then name or id. */
const statesVersion = 6;

export const deleteTopicsRule = itemRule<
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  DeleteTopicState,
  DeletableTopicResult
>({
  api: deleteTopics,
  versions: { min: 1, max: 6 },
  nativeWaitFrom: 5,
  prepare: (request: DeleteTopicsRequest, context) =>
    lookUpTopics(
      request.topics.map(({ topicId }) => topicId),
      context,
    ),
  items: (request: DeleteTopicsRequest, { version }): readonly DeleteTopicState[] =>
    version >= statesVersion
      ? request.topics
      : request.topicNames.map((name) => deleteTopicStateStruct.create({ name })),
  withItems: (request, topics, { version }) =>
    version >= statesVersion
      ? { ...request, topics }
      : { ...request, topicNames: topics.map(({ name }) => name ?? "") },
  operation: (topic, _request, context) =>
    operation(
      "topic.delete",
      "delete",
      { type: "topic", name: topicName(topic, context), ...idOf(topic) },
      { risk: "high" },
    ),
  async facts(topic, _request, context) {
    const facts = await deletionFacts(topicName(topic, context), context);
    const { topicId } = facts.pinned;
    return typeof topicId === "string" ? { ...facts, bound: { topicId } } : facts;
  },
  // by its id it is that topic or none, whatever happens between the last look and the broker's own
  bind(topic, { topicId }, { version }) {
    if (version < statesVersion || typeof topicId !== "string") return topic;
    return { ...topic, name: null, topicId };
  },
  // whoever asked by name is answered by name, also where the broker had only the id to say no to
  respond(response, { topics }, { verdicts }) {
    const names = new Map(
      topics.flatMap(({ name }, index) => {
        const verdict = verdicts[index];
        const id = verdict?.kind === "allow" ? verdict.bound?.["topicId"] : undefined;
        return name !== null && typeof id === "string" ? [[id, name] as const] : [];
      }),
    );
    const missing = ({ name, topicId }: DeletableTopicResult) => name === null && names.has(topicId);
    if (!response.responses.some(missing)) return response;
    const named = (it: DeletableTopicResult) => (missing(it) ? { ...it, name: names.get(it.topicId) ?? null } : it);
    return { ...response, responses: response.responses.map(named) };
  },
  denied: deniedTopicCode,
  results: (response) => response.responses,
  withResults: (response, responses) => ({ ...response, responses }),
  refused: ({ name, topicId }, { code, message }) =>
    deletableTopicResultStruct.create({ name, topicId, errorCode: code, errorMessage: message }),
  empty: () => deleteTopics.response.create(),
  keys: { item: topicKey, result: ({ name, topicId }) => [name ?? "", topicId] },
  error: (result) => result.errorCode,
});

function idOf(topic: DeleteTopicState): { id?: string } {
  return topic.name === null ? { id: topic.topicId } : {};
}

export const deleteRecordsRule = itemRule({
  api: deleteRecords,
  versions: { min: 0, max: 2 },
  items: (request: DeleteRecordsRequest) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ name, partitions }) =>
    operation(
      "topic.delete-records",
      "delete",
      { type: "topic", name },
      {
        risk: "high",
        attributes: {
          /** Records before `offset` go; -1 is all that there are when people are asked. */
          before: partitions.map(({ partitionIndex, offset }) => ({
            partition: partitionIndex,
            offset: offset.toString(),
          })),
        },
      },
    ),
  facts: (topic, _request, context) => recordDeletionFacts(topic, context),
  bind: (topic, bound) => bindOffsets(topic, bound),
  denied,
  results: (response) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name, partitions }, { code }) =>
    deleteRecordsTopicResultStruct.create({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, lowWatermark: -1n, errorCode: code })),
    }),
  empty: () => deleteRecords.response.create(),
  keys: { item: ({ name }) => name, result: ({ name }) => [name] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});
