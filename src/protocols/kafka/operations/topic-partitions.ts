// DescribeTopicPartitions (75): like Metadata for topics, page by page. Named topics are judged; without names all are, in the answer.
// A cursor names a topic as well.
import { errorCode } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
  describeTopicPartitions,
  describeTopicPartitionsResponseTopicStruct,
} from "../messages/describe-topic-partitions.ts";
import type { RespondContext } from "../rule.ts";
import { topicDescribe } from "./describe.ts";
import { withTopicBits } from "./described-topics.ts";
import { visible } from "./visible.ts";

export const describeTopicPartitionsRule = itemRule({
  api: describeTopicPartitions,
  versions: { min: 0, max: 0 },
  neverHeld: true,
  items: (request: DescribeTopicPartitionsRequest) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ name }) => topicDescribe(name),
  denied: () => errorCode("TOPIC_AUTHORIZATION_FAILED"),
  results: (response: DescribeTopicPartitionsResponse) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name }, { code }) => describeTopicPartitionsResponseTopicStruct.create({ errorCode: code, name }),
  empty: () => describeTopicPartitions.response.create(),
  keys: { item: ({ name }) => name, result: ({ name }) => [name ?? ""] },
  error: (topic) => topic.errorCode,
  respond,
});

/** The bits of what the caller may do are there without being asked for, but only for topics that are named: a listing would judge thousands. */
function respond(
  response: DescribeTopicPartitionsResponse,
  request: DescribeTopicPartitionsRequest,
  context: RespondContext,
): DescribeTopicPartitionsResponse {
  const all = request.topics.length === 0;
  const listed = all ? visible(response.topics, ({ name }) => topicDescribe(name ?? ""), context) : response.topics;
  return { ...response, topics: withTopicBits(listed, !all, context) };
}
