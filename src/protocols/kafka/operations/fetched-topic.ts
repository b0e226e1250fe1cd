// One topic of a Fetch answer on its way to the client: what its verdict says becomes of each partition. A denied partition is error 29 and
// nothing else: any other code makes the Java consumer throw.
import { after, type Maybe } from "../../../base/maybe.ts";
import type { Verdict } from "../../../model/decision.ts";
import { errorCode } from "../errors.ts";
import { type FetchableTopicResponse, type PartitionData, partitionDataStruct } from "../messages/fetch.ts";
import type { RespondContext } from "../rule.ts";
import { emptyBytes } from "../schema.ts";
import { topicName } from "./describe.ts";
import { eachPartition, guardRecords } from "./fetched-records.ts";

const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");

export function deniedPartition(partitionIndex: number, code: number = topicDenied): PartitionData {
  return partitionDataStruct.create({
    partitionIndex,
    errorCode: code,
    highWatermark: -1n,
    records: emptyBytes,
  });
}

/** Masks what the verdict says; a topic that nobody was judged for gives nothing. */
export function guardTopic(
  topic: FetchableTopicResponse,
  verdict: Verdict | undefined,
  context: RespondContext,
): Maybe<FetchableTopicResponse> {
  const name = topicName({ name: topic.topic, topicId: topic.topicId }, context);
  return eachPartition(topic, (partition: PartitionData) => guardPartition(name, partition, verdict, context));
}

function guardPartition(
  topic: string,
  partition: PartitionData,
  verdict: Verdict | undefined,
  context: RespondContext,
): Maybe<PartitionData> {
  if (verdict?.kind !== "allow") return deniedPartition(partition.partitionIndex);
  const { records, partitionIndex, highWatermark } = partition;
  if (!records || records.length === 0) return partition;
  const fetched = { topic, partition: partitionIndex, records, endOffset: highWatermark };
  return after(guardRecords(fetched, verdict, context), (guarded) => {
    if (guarded === null) return deniedPartition(partitionIndex);
    return guarded === records ? partition : { ...partition, records: guarded };
  });
}
