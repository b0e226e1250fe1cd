// The open transaction that a marker would end: where it began in each partition, and under which epochs. Another transaction of the same producer
// is another thing, so all of it is pinned.
import type { JsonObject } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { describeProducers } from "../messages/describe-producers.ts";
import type { WritableTxnMarker } from "../messages/write-txn-markers.ts";
import type { RuleContext } from "../rule.ts";
import { failing, readable } from "./common.ts";

export async function transactionFacts(
  { producerId, topics }: WritableTxnMarker,
  context: RuleContext,
): Promise<ExchangeFacts> {
  const request = describeProducers.request.create({
    topics: topics.map(({ name, partitionIndexes }) => ({ name, partitionIndexes })),
  });
  const answer = await context.ask(describeProducers, 0, request);
  const partitions = answer.topics.flatMap((topic) =>
    topic.partitions.map((partition) => ({ topic: topic.name, partition })),
  );
  const failed = partitions.find(({ partition }) => partition.errorCode !== 0);
  if (failed) return failing(failed.partition.errorCode);
  const open = partitions.flatMap(({ topic, partition }) =>
    partition.activeProducers
      .filter((producer) => producer.producerId === producerId)
      .map(
        ({ producerEpoch, coordinatorEpoch, currentTxnStartOffset }): JsonObject => ({
          topic,
          partition: partition.partitionIndex,
          producerEpoch,
          coordinatorEpoch,
          startOffset: currentTxnStartOffset.toString(),
        }),
      ),
  );
  const transactions = open.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { pinned: { transactions }, shown: { transactions: readable(transactions) }, wouldFail: null };
}
