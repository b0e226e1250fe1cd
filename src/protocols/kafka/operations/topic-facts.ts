// What an approver is shown of a topic, and what must not change until the operation runs: its id (a topic re-created under the same
// name is another topic) and its partitions.
import type { ExchangeFacts } from "../../protocol.ts";
import { errorName } from "../errors.ts";
import { listOffsets } from "../messages/list-offsets.ts";
import { type MetadataResponsePartition, metadata } from "../messages/metadata.ts";
import type { RuleContext } from "../rule.ts";

const metadataVersion = 12;
const listOffsetsVersion = 7;
/** ListOffsets' own words for the two ends of a log. */
const latest = -1n;
const earliest = -2n;

export async function topicFacts(name: string, context: RuleContext): Promise<ExchangeFacts> {
  const request = metadata.request.create({ topics: [{ name }], allowAutoTopicCreation: false });
  const { topics } = await context.ask(metadata, metadataVersion, request);
  const topic = topics[0];
  if (!topic || topic.errorCode !== 0) {
    return { pinned: {}, shown: {}, wouldFail: errorName(topic?.errorCode ?? 3) };
  }
  const { partitions, topicId } = topic;
  const replicas = partitions[0]?.replicaNodes.length ?? 0;
  return {
    pinned: { topicId, partitions: partitions.length },
    shown: {
      topicId,
      partitions: partitions.length,
      replicationFactor: replicas,
      ...(await sizeOf(name, partitions, context)),
    },
    wouldFail: null,
  };
}

/** Records between the two ends of the partitions that this broker leads. What is not known is said where the number is: it must not look small. */
async function sizeOf(name: string, partitions: readonly MetadataResponsePartition[], context: RuleContext) {
  const first = await offsetsAt(earliest, name, partitions, context);
  const last = await offsetsAt(latest, name, partitions, context);
  let records = 0n;
  let unknown = 0;
  for (const { partitionIndex } of partitions) {
    const from = first.get(partitionIndex);
    const to = last.get(partitionIndex);
    if (from === undefined || to === undefined) unknown++;
    else records += to - from;
  }
  if (unknown === 0) return { records: records.toString() };
  const others = `${unknown} of ${partitions.length} partitions, led by other brokers, not counted`;
  return { records: records === 0n ? `not known: ${others}` : `at least ${records}: ${others}` };
}

async function offsetsAt(
  timestamp: bigint,
  name: string,
  partitions: readonly MetadataResponsePartition[],
  context: RuleContext,
): Promise<Map<number, bigint>> {
  const request = listOffsets.request.create({
    replicaId: -1,
    topics: [{ name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, timestamp })) }],
  });
  const { topics } = await context.ask(listOffsets, listOffsetsVersion, request);
  const found = topics[0]?.partitions.filter((partition) => partition.errorCode === 0) ?? [];
  return new Map(found.map(({ partitionIndex, offset }) => [partitionIndex, offset]));
}
