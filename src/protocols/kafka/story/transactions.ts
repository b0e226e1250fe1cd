// Sentences about transactions and producers.
import { addOffsetsToTxn } from "../messages/add-offsets-to-txn.ts";
import { addPartitionsToTxn } from "../messages/add-partitions-to-txn.ts";
import { describeProducers } from "../messages/describe-producers.ts";
import { describeTransactions } from "../messages/describe-transactions.ts";
import { endTxn } from "../messages/end-txn.ts";
import { initProducerId } from "../messages/init-producer-id.ts";
import { listTransactions } from "../messages/list-transactions.ts";
import { txnOffsetCommit } from "../messages/txn-offset-commit.ts";
import { writeTxnMarkers } from "../messages/write-txn-markers.ts";
import { committed } from "./groups.ts";
import { sentence } from "./sentence.ts";
import { named, partitions, some } from "./words.ts";

interface TopicPartitions {
  readonly name: string;
  readonly partitions: readonly number[];
}

const parts = (topics: readonly TopicPartitions[]) => some(topics.map((it) => partitions(it.name, it.partitions)));

export const transactionSentences = [
  sentence(initProducerId, ({ request: { transactionalId } }) =>
    transactionalId === null ? "become an idempotent producer" : `begin as transactional producer ${transactionalId}`,
  ),
  sentence(addPartitionsToTxn, ({ request, version }) =>
    version < 4
      ? `take ${parts(request.v3AndBelowTopics)} into transaction ${request.v3AndBelowTransactionalId}`
      : `take ${some(request.transactions.map((it) => `${parts(it.topics)} into transaction ${it.transactionalId}`))}`,
  ),
  sentence(
    addOffsetsToTxn,
    ({ request }) => `take the offsets of group ${request.groupId} into transaction ${request.transactionalId}`,
  ),
  sentence(
    txnOffsetCommit,
    ({ request, names }) =>
      `commit offsets ${committed(request.topics, names)} of group ${request.groupId} with transaction ${request.transactionalId}`,
  ),
  sentence(endTxn, ({ request }) => `${request.committed ? "commit" : "abort"} transaction ${request.transactionalId}`),
  sentence(listTransactions, () => "list transactions"),
  sentence(describeTransactions, ({ request }) => `look at ${named("transaction", request.transactionalIds)}`),
  sentence(
    describeProducers,
    ({ request }) =>
      `look at the producers of ${some(request.topics.map((it) => partitions(it.name, it.partitionIndexes)))}`,
  ),
  sentence(
    writeTxnMarkers,
    ({ request }) =>
      `end by force ${some(
        request.markers.map(
          ({ producerId, transactionResult }) =>
            `the transaction of producer ${producerId} (${transactionResult ? "commit" : "abort"})`,
        ),
      )}`,
  ),
] as const;
