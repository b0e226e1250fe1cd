// What approvers are shown of a topic that is about to change or go, and what must not change meanwhile: its id (a re-created topic of the same
// name is another topic) and its partitions.
import type { JsonObject } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { describeLogDirs } from "../messages/describe-log-dirs.ts";
import { type MetadataResponseTopic, metadata } from "../messages/metadata.ts";
import type { RuleContext } from "../rule.ts";
import { aclsOf } from "./acls.ts";
import { failing, ifKnown } from "./common.ts";
import { consumersOf } from "./consumers.ts";
import { earliest, knownOffsetsAt, lastWrite, latest } from "./offsets.ts";

const metadataVersion = 12;
const logDirsVersion = 2;

/** Null where the broker has none; else the error is in it. Never makes a topic. */
export async function describeTopic(name: string, context: RuleContext): Promise<MetadataResponseTopic | null> {
  const request = metadata.request.create({ topics: [{ name }], allowAutoTopicCreation: false });
  const { topics } = await context.ask(metadata, metadataVersion, request);
  return topics[0] ?? null;
}

/** Facts that every change of a topic has. */
export async function topicFacts(name: string, context: RuleContext): Promise<ExchangeFacts> {
  const topic = await describeTopic(name, context);
  if (topic?.errorCode !== 0) return failing(topic?.errorCode ?? "UNKNOWN_TOPIC_OR_PARTITION");
  const { topicId } = topic;
  const partitions = topic.partitions.length;
  return {
    pinned: { topicId, partitions },
    shown: {
      topicId,
      partitions,
      replicationFactor: topic.partitions[0]?.replicaNodes.length ?? 0,
      ...(await recordsOf(name, indexesOf(topic), context)),
    },
    wouldFail: null,
  };
}

/** What goes when the topic goes: its size and age, who reads it, and which rights name it. */
export async function deletionFacts(name: string, context: RuleContext): Promise<ExchangeFacts> {
  const facts = await topicFacts(name, context);
  if (facts.wouldFail !== null) return facts;
  const partitions = Array.from({ length: Number(facts.pinned["partitions"] ?? 0) }, (_, index) => index);
  const [bytes, written, consumers, acls] = await Promise.all([
    ifKnown(bytesOf(name, partitions, context)),
    ifKnown(lastWrite(name, partitions, context)),
    ifKnown(consumersOf(name, partitions, context)),
    ifKnown(aclsOf("topic", name, context)),
  ]);
  const shown: JsonObject = {
    ...facts.shown,
    ...(bytes !== null && { bytesOnThisBroker: bytes.toString() }),
    lastWrite: written ?? "not known",
    consumers: consumers ?? "not known",
    acls: acls ?? "not known",
  };
  return { ...facts, shown };
}

export function indexesOf({ partitions }: MetadataResponseTopic): number[] {
  return partitions.map(({ partitionIndex }) => partitionIndex).toSorted((a, b) => a - b);
}

/** Records between the two ends of the partitions that this broker leads. What is not known is said where the number is: it must not look small. */
async function recordsOf(name: string, partitions: readonly number[], context: RuleContext): Promise<JsonObject> {
  const first = await knownOffsetsAt(earliest, name, partitions, context);
  const last = await knownOffsetsAt(latest, name, partitions, context);
  let records = 0n;
  let unknown = 0;
  for (const partition of partitions) {
    const from = first.get(partition);
    const to = last.get(partition);
    if (from === undefined || to === undefined) unknown++;
    else records += to - from;
  }
  if (unknown === 0) return { records: records.toString() };
  const others = `${unknown} of ${partitions.length} partitions, led by other brokers, not counted`;
  return { records: records === 0n ? `not known: ${others}` : `at least ${records}: ${others}` };
}

async function bytesOf(name: string, partitions: readonly number[], context: RuleContext): Promise<bigint> {
  const dirs = await logDirsOf(name, partitions, context);
  return dirs.reduce((sum, { bytes }) => sum + bytes, 0n);
}

/** Where this broker keeps its replicas of these partitions. */
export async function logDirsOf(name: string, partitions: readonly number[], context: RuleContext) {
  const request = describeLogDirs.request.create({ topics: [{ topic: name, partitions: [...partitions] }] });
  const { results } = await context.ask(describeLogDirs, logDirsVersion, request);
  return results.flatMap(({ logDir, topics }) =>
    topics
      .filter((topic) => topic.name === name)
      .flatMap((topic) => topic.partitions)
      .filter(({ isFutureKey }) => !isFutureKey)
      .map(({ partitionIndex, partitionSize }) => ({ partition: partitionIndex, path: logDir, bytes: partitionSize })),
  );
}
