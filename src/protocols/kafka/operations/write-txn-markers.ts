// WriteTxnMarkers (27): ends the open transaction of a producer at the partitions themselves (Admin.abortTransaction). CLUSTER:ALTER, one
// operation for each marker, with the topics that it touches in its attributes. Errors stand at each partition, without text.
import { errorCode } from "../errors.ts";
import { transactionFacts } from "../facts/transaction.ts";
import { itemRule } from "../item-rule.ts";
import {
  type WriteTxnMarkersRequest,
  type WriteTxnMarkersResponse,
  writableTxnMarkerResultStruct,
  writeTxnMarkers,
} from "../messages/write-txn-markers.ts";
import { cluster, operation } from "./describe.ts";

export const writeTxnMarkersRule = itemRule({
  api: writeTxnMarkers,
  versions: { min: 1, max: 2 },
  items: (request: WriteTxnMarkersRequest) => request.markers,
  withItems: (request, markers) => ({ ...request, markers }),
  operation: ({ producerId, producerEpoch, transactionResult, coordinatorEpoch, topics }) =>
    operation("cluster.write-txn-markers", "alter", cluster, {
      risk: "high",
      attributes: {
        producerId: producerId.toString(),
        producerEpoch,
        coordinatorEpoch,
        result: transactionResult ? "commit" : "abort",
        topics: topics.map(({ name, partitionIndexes }) => ({ topic: name, partitions: partitionIndexes })),
      },
    }),
  facts: (marker, _request, context) => transactionFacts(marker, context),
  denied: () => errorCode("CLUSTER_AUTHORIZATION_FAILED"),
  results: (response: WriteTxnMarkersResponse) => response.markers,
  withResults: (response, markers) => ({ ...response, markers }),
  refused: ({ producerId, topics }, { code }) =>
    writableTxnMarkerResultStruct.create({
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode: code })),
      })),
    }),
  empty: () => writeTxnMarkers.response.create(),
  // a broker joins the markers of one producer into one result
  keys: { item: ({ producerId }) => producerId.toString(), result: ({ producerId }) => [producerId.toString()] },
  error: ({ topics }) =>
    topics.flatMap(({ partitions }) => partitions).find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});
