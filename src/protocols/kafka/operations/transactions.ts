// InitProducerId (22), AddPartitionsToTxn (24), AddOffsetsToTxn (25), EndTxn (26), TxnOffsetCommit (28). TRANSACTIONAL_ID:WRITE before
// all; without a transactional id CLUSTER:IDEMPOTENT_WRITE. One denied partition of a transaction makes the others 55.
import type { Operation } from "../../../model/operation.ts";
import { errorCode } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import { addOffsetsToTxn } from "../messages/add-offsets-to-txn.ts";
import {
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnResponse,
  type AddPartitionsToTxnTopic,
  type AddPartitionsToTxnTopicResult,
  addPartitionsToTxn,
  addPartitionsToTxnTopicResultStruct,
} from "../messages/add-partitions-to-txn.ts";
import { endTxn } from "../messages/end-txn.ts";
import { initProducerId } from "../messages/init-producer-id.ts";
import {
  type TxnOffsetCommitRequest,
  txnOffsetCommit,
  txnOffsetCommitResponseTopicStruct,
} from "../messages/txn-offset-commit.ts";
import { isRefused, type Rule } from "../rule.ts";
import { lookUpTopics } from "../topic-lookup.ts";
import { wholeRule } from "../whole-rule.ts";
import {
  deniedTopicCode,
  groupRead,
  idempotentWrite,
  topicKey,
  topicName,
  topicRead,
  topicWrite,
  transactionWrite,
} from "./describe.ts";

const transactionDenied = errorCode("TRANSACTIONAL_ID_AUTHORIZATION_FAILED");
const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");
const notAttempted = errorCode("OPERATION_NOT_ATTEMPTED");

export const initProducerIdRule = wholeRule({
  api: initProducerId,
  // 6 brings two-phase commit, which is a right of its own
  versions: { min: 0, max: 5 },
  neverHeld: true,
  operations: ({ transactionalId }) => [transactionalId === null ? idempotentWrite : transactionWrite(transactionalId)],
  denied: () => transactionDenied,
  refuse: ({ code }, { transactionalId }) => ({
    ...initProducerId.response.create(),
    errorCode:
      code === transactionDenied && transactionalId === null ? errorCode("CLUSTER_AUTHORIZATION_FAILED") : code,
  }),
  error: (response) => response.errorCode,
});

export const addOffsetsToTxnRule = wholeRule({
  api: addOffsetsToTxn,
  versions: { min: 0, max: 4 },
  neverHeld: true,
  operations: ({ transactionalId, groupId }): Operation[] => [transactionWrite(transactionalId), groupRead(groupId)],
  denied: (operation) => (operation === 0 ? transactionDenied : errorCode("GROUP_AUTHORIZATION_FAILED")),
  refuse: ({ code }) => ({ ...addOffsetsToTxn.response.create(), errorCode: code }),
  error: (response) => response.errorCode,
});

export const endTxnRule = wholeRule({
  api: endTxn,
  versions: { min: 0, max: 5 },
  neverHeld: true,
  operations: ({ transactionalId }) => [transactionWrite(transactionalId)],
  denied: () => transactionDenied,
  refuse: ({ code }) => ({ ...endTxn.response.create(), errorCode: code }),
  error: (response) => response.errorCode,
});

const partitions = itemRule({
  api: addPartitionsToTxn,
  // from 4 on it is a broker that asks
  versions: { min: 0, max: 3 },
  neverHeld: true,
  wholes: ({ v3AndBelowTransactionalId: id }: AddPartitionsToTxnRequest) => [
    { operation: transactionWrite(id), denied: transactionDenied },
  ],
  items: (request) => request.v3AndBelowTopics,
  withItems: (request, v3AndBelowTopics) => ({ ...request, v3AndBelowTopics }),
  operation: ({ name }) => topicWrite(name),
  denied: () => topicDenied,
  results: (response: AddPartitionsToTxnResponse) => response.resultsByTopicV3AndBelow,
  withResults: (response, resultsByTopicV3AndBelow) => ({ ...response, resultsByTopicV3AndBelow }),
  refused: (topic, { code }) => txnResult(topic, code),
  // what is not refused was not attempted: nothing of a transaction goes on without the rest
  empty: (request) => ({
    ...addPartitionsToTxn.response.create(),
    resultsByTopicV3AndBelow: request.v3AndBelowTopics.map((topic) => txnResult(topic, notAttempted)),
  }),
  keys: { item: ({ name }) => name, result: ({ name }) => [name] },
  error: ({ resultsByPartition }) =>
    resultsByPartition.find((it) => it.partitionErrorCode !== 0)?.partitionErrorCode ?? 0,
});

export const addPartitionsToTxnRule: Rule<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse> = {
  ...partitions,
  restrict: (request, verdicts) => (verdicts.some(isRefused) ? null : request),
};

function txnResult(
  { name, partitions: indexes }: AddPartitionsToTxnTopic,
  code: number,
): AddPartitionsToTxnTopicResult {
  return addPartitionsToTxnTopicResultStruct.create({
    name,
    resultsByPartition: indexes.map((partitionIndex) => ({ partitionIndex, partitionErrorCode: code })),
  });
}

export const txnOffsetCommitRule = itemRule({
  api: txnOffsetCommit,
  versions: { min: 0, max: 6 },
  neverHeld: true,
  prepare: ({ topics }: TxnOffsetCommitRequest, context) =>
    lookUpTopics(
      topics.map(({ topicId }) => topicId),
      context,
    ),
  wholes: ({ transactionalId, groupId }) => [
    { operation: transactionWrite(transactionalId), denied: transactionDenied },
    { operation: groupRead(groupId), denied: errorCode("GROUP_AUTHORIZATION_FAILED") },
  ],
  items: (request) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: (topic, _request, context) => topicRead(topicName(topic, context)),
  denied: (topic, context) => deniedTopicCode(topic, context),
  results: (response) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name, topicId, partitions: indexes }, { code }) =>
    txnOffsetCommitResponseTopicStruct.create({
      name,
      topicId,
      partitions: indexes.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    }),
  empty: () => txnOffsetCommit.response.create(),
  keys: { item: (topic) => topicKey(topic), result: (topic) => [topicKey(topic)] },
  error: (topic) => topic.partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});
