// What approvers are shown of a topic that is about to change or go, and what must not change meanwhile: its id (a re-created topic of the same
// name is another topic) and its partitions.
import type { JsonObject } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { type MetadataResponseTopic, metadata } from "../messages/metadata.ts";
import type { FactsContext, RuleContext } from "../rule.ts";
import { aclsOf } from "./acls.ts";
import { failing, ifKnown, readable } from "./common.ts";
import { consumersOf } from "./consumers.ts";
import { logsOf } from "./logs.ts";

const metadataVersion = 12;

/** Null where the broker has none; else the error is in it. Never makes a topic. */
export async function describeTopic(name: string, context: RuleContext): Promise<MetadataResponseTopic | null> {
  const request = metadata.request.create({ topics: [{ name }], allowAutoTopicCreation: false });
  const { topics } = await context.ask(metadata, metadataVersion, request);
  return topics[0] ?? null;
}

export function indexesOf({ partitions }: MetadataResponseTopic): number[] {
  return partitions.map(({ partitionIndex }) => partitionIndex).toSorted((a, b) => a - b);
}

/** What a change of a topic has: how much is in it, told by the leaders of its partitions. */
export function topicFacts(name: string, context: FactsContext): Promise<ExchangeFacts> {
  return factsWith(name, context, async (topic) => {
    const logs = await logsOf(topic, context);
    return logs && { ...logs.shown, ...missingOf(logs.missing) };
  });
}

/** The same, and who reads it. */
export function readersFacts(name: string, context: FactsContext): Promise<ExchangeFacts> {
  return factsWith(name, context, (topic) => withReaders(topic, context));
}

/** What goes when the topic goes: its size and age, who reads it, and which rights name it. */
export function deletionFacts(name: string, context: FactsContext): Promise<ExchangeFacts> {
  return factsWith(name, context, async (topic) => {
    const [readers, acls] = await Promise.all([withReaders(topic, context), ifKnown(aclsOf("topic", name, context))]);
    if (readers === null) return null;
    const { missing, ...others } = readers;
    return { ...others, acls: acls ?? "not known", ...(missing !== undefined && { missing }) };
  });
}

async function factsWith(
  name: string,
  context: FactsContext,
  more: (topic: MetadataResponseTopic) => Promise<JsonObject | null>,
): Promise<ExchangeFacts> {
  const topic = await describeTopic(name, context);
  if (topic?.errorCode !== 0) return failing(topic?.errorCode ?? "UNKNOWN_TOPIC_OR_PARTITION");
  const { topicId } = topic;
  const partitions = topic.partitions.length;
  const replicationFactor = topic.partitions[0]?.replicaNodes.length ?? 0;
  const pinned = { topicId, partitions };
  if (context.askNode === null) return { pinned, shown: pinned, wouldFail: null };
  return { pinned, shown: { topicId, partitions, replicationFactor, ...(await more(topic)) }, wouldFail: null };
}

async function withReaders(topic: MetadataResponseTopic, context: FactsContext): Promise<JsonObject | null> {
  const logs = await logsOf(topic, context);
  if (logs === null) return null;
  const consumers = await ifKnown(consumersOf(topic.name ?? "", indexesOf(topic), logs.ends, context));
  const missing = [...logs.missing, ...(consumers?.missing ?? [])];
  return { ...logs.shown, consumers: consumers?.shown ?? "not known", ...missingOf(missing) };
}

/** Said apart as well, so that nobody takes a part for the whole. */
function missingOf(sentences: readonly string[]): JsonObject {
  return sentences.length === 0 ? {} : { missing: readable(sentences) };
}
