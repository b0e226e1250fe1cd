// Asks the broker for the names of topic ids that were not seen yet, so that a policy always judges names (KIP-516, Metadata 12).
import { type MetadataResponseTopic, metadata, metadataRequestTopicStruct } from "./messages/metadata.ts";
import type { RuleContext } from "./rule.ts";
import { noTopicId, type TopicMap } from "./topics.ts";

const metadataVersion = 12;

/** Undefined when all ids are known: the usual case, which waits for nothing. An id that the broker does not know stays unknown. */
export function lookUpTopics(ids: readonly (string | undefined)[], context: RuleContext): Promise<void> | undefined {
  const unknown = ids.filter((id) => id !== undefined && id !== noTopicId && context.topics.nameOf(id) === undefined);
  return unknown.length > 0 ? askNames(unknown as string[], context) : undefined;
}

async function askNames(ids: readonly string[], context: RuleContext): Promise<void> {
  const topic = metadata.request.create();
  const answer = await context.ask(metadata, metadataVersion, {
    ...topic,
    topics: ids.map((topicId) => metadataRequestTopicStruct.create({ topicId, name: null })),
    allowAutoTopicCreation: false,
  });
  learnTopics(answer.topics, context.topics as TopicMap);
}

type Listed = Pick<MetadataResponseTopic, "errorCode" | "name" | "topicId">;

export function learnTopics(listed: readonly Listed[], topics: TopicMap): void {
  for (const { errorCode, name, topicId } of listed) {
    if (errorCode === 0 && name) topics.learn(topicId, name);
  }
}
