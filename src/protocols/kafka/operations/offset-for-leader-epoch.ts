// OffsetForLeaderEpoch (23): TOPIC:DESCRIBE; how a consumer notices a truncated log. Replica ids of brokers are refused.
import { errorCode } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import { offsetForLeaderEpoch, offsetForLeaderTopicResultStruct } from "../messages/offset-for-leader-epoch.ts";
import { topicDescribe } from "./describe.ts";

export const offsetForLeaderEpochRule = itemRule({
  api: offsetForLeaderEpoch,
  // before 3 there is no replica id, and the broker takes the caller for another broker
  versions: { min: 3, max: 4 },
  neverHeld: true,
  abuse: ({ replicaId }) => (replicaId < 0 ? null : "OffsetForLeaderEpoch as a broker's replica"),
  items: (request) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ topic }) => topicDescribe(topic),
  denied: () => errorCode("TOPIC_AUTHORIZATION_FAILED"),
  results: (response) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ topic, partitions }, { code }) =>
    offsetForLeaderTopicResultStruct.create({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition, errorCode: code })),
    }),
  empty: () => offsetForLeaderEpoch.response.create(),
  keys: { item: ({ topic }) => topic, result: ({ topic }) => [topic] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});
