// DescribeProducers (61): TOPIC:READ. DescribeTransactions (65) and ListTransactions (66): TRANSACTIONAL_ID:DESCRIBE; a described
// transaction shows only topics that the caller may describe, a listing only the transactions that it may.
import { after } from "../../../base/maybe.ts";
import { errorCode, errorName } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import {
  type DescribeProducersRequest,
  type DescribeProducersResponse,
  describeProducers,
  topicResponseStruct,
} from "../messages/describe-producers.ts";
import {
  type DescribeTransactionsRequest,
  type DescribeTransactionsResponse,
  describeTransactions,
  type TransactionState,
  transactionStateStruct,
} from "../messages/describe-transactions.ts";
import {
  type ListTransactionsRequest,
  type ListTransactionsResponse,
  listTransactions,
} from "../messages/list-transactions.ts";
import type { Rule } from "../rule.ts";
import { topicDescribe, topicRead, transactionDescribe } from "./describe.ts";
import { visible, visibleOfAll } from "./visible.ts";

export const describeProducersRule = itemRule({
  api: describeProducers,
  versions: { min: 0, max: 0 },
  items: (request: DescribeProducersRequest) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ name }) => topicRead(name),
  denied: () => errorCode("TOPIC_AUTHORIZATION_FAILED"),
  results: (response: DescribeProducersResponse) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name, partitionIndexes }, { code, message }) =>
    topicResponseStruct.create({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        errorCode: code,
        errorMessage: message,
      })),
    }),
  empty: () => describeProducers.response.create(),
  keys: { item: ({ name }) => name, result: ({ name }) => [name] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});

export const describeTransactionsRule = itemRule<
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
  string,
  TransactionState
>({
  api: describeTransactions,
  versions: { min: 0, max: 0 },
  items: (request) => request.transactionalIds,
  withItems: (request, transactionalIds) => ({ ...request, transactionalIds }),
  operation: (id) => transactionDescribe(id),
  denied: () => errorCode("TRANSACTIONAL_ID_AUTHORIZATION_FAILED"),
  results: (response) => response.transactionStates,
  withResults: (response, transactionStates) => ({ ...response, transactionStates }),
  refused: (transactionalId, { code }) => transactionStateStruct.create({ errorCode: code, transactionalId }),
  empty: () => describeTransactions.response.create(),
  keys: { item: (id) => id, result: ({ transactionalId }) => [transactionalId] },
  error: (state) => state.errorCode,
  respond(response, _request, context) {
    const states = response.transactionStates.map((state) => {
      const topics = visible(state.topics, ({ topic }) => topicDescribe(topic), context);
      return topics === state.topics ? state : { ...state, topics: [...topics] };
    });
    const changed = states.some((state, index) => state !== response.transactionStates[index]);
    return changed ? { ...response, transactionStates: states } : response;
  },
});

export const listTransactionsRule: Rule<ListTransactionsRequest, ListTransactionsResponse> = {
  api: listTransactions,
  versions: { min: 0, max: 2 },
  neverHeld: true,
  describe: () => [],
  restrict: (request) => request,
  refuse: () => null,
  respond(response, _request, context) {
    const { transactionStates: listed } = response;
    const shown = visibleOfAll(listed, ({ transactionalId }) => transactionDescribe(transactionalId), context);
    return after(shown, (states) => (states === listed ? response : { ...response, transactionStates: [...states] }));
  },
  outcomes: (response) => [{ operation: 0, error: errorName(response.errorCode) }],
};
