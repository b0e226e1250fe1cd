// ListOffsets (2): TOPIC:DESCRIBE. Replica ids are brokers' (-1 is a consumer, -2 a debugging consumer that reads past the high watermark).
import { errorCode } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import { listOffsets, listOffsetsTopicResponseStruct } from "../messages/list-offsets.ts";
import { topicDescribe } from "./describe.ts";

const consumer = -1;

export const listOffsetsRule = itemRule({
  api: listOffsets,
  versions: { min: 1, max: 11 },
  neverHeld: true,
  abuse: ({ replicaId }) => (replicaId === consumer ? null : "ListOffsets as a broker's replica"),
  items: (request) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ name }) => topicDescribe(name),
  denied: () => errorCode("TOPIC_AUTHORIZATION_FAILED"),
  results: (response) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name, partitions }, { code }) =>
    listOffsetsTopicResponseStruct.create({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    }),
  empty: () => listOffsets.response.create(),
  keys: { item: ({ name }) => name, result: ({ name }) => [name] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});
