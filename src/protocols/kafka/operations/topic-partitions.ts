// DescribeTopicPartitions (75): like Metadata for topics, page by page. Named topics are judged; without names all are, in the answer.
// A cursor names a topic as well.
import { errorCode } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
  describeTopicPartitions,
  describeTopicPartitionsResponseTopicStruct,
  topicRequestStruct,
} from "../messages/describe-topic-partitions.ts";
import { metadata } from "../messages/metadata.ts";
import type { RespondContext, Rule } from "../rule.ts";
import { topicDescribe } from "./describe.ts";
import { withTopicBits } from "./described-topics.ts";
import { visible, visibleOfAll } from "./visible.ts";

/** Of Metadata: every broker that has DescribeTopicPartitions offers it. */
const namesVersion = 12;

const items = itemRule({
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

/**
 * A listing goes on as the topics that the caller may describe: pages that the broker cuts from all of them tell by their gaps, cursor by cursor,
 * what a hidden topic is called.
 */
export const describeTopicPartitionsRule: Rule<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse> = {
  ...items,
  async guard(restricted, request, { ask, services }) {
    if (request.topics.length > 0) return restricted;
    const every = metadata.request.create({ topics: null, allowAutoTopicCreation: false });
    const { topics } = await ask(metadata, namesVersion, every);
    const names = topics.flatMap(({ name }) => (name === null ? [] : [name]));
    const shown = await visibleOfAll(names, topicDescribe, { services, omitted: { count: 0 } });
    const { cursor } = request;
    const rest = shown
      .filter((name) => name >= (cursor?.topicName ?? ""))
      .map((name) => topicRequestStruct.create({ name }));
    // a broker refuses a cursor that is none of the topics: its page then begins at the next one
    const goesOn = rest.some(({ name }) => name === cursor?.topicName);
    return rest.length === 0 ? null : { ...restricted, topics: rest, cursor: goesOn ? cursor : null };
  },
};

/** The bits of what the caller may do are there without being asked for, but only for topics that are named: a listing would judge thousands. */
function respond(
  response: DescribeTopicPartitionsResponse,
  request: DescribeTopicPartitionsRequest,
  context: RespondContext,
): DescribeTopicPartitionsResponse {
  const all = request.topics.length === 0;
  const listed = all ? visible(response.topics, ({ name }) => topicDescribe(name ?? ""), context) : response.topics;
  const nextCursor = all ? shownCursor(response.nextCursor, context) : response.nextCursor;
  return { ...response, topics: withTopicBits(listed, !all, context), nextCursor };
}

/**
 * With pages of one partition the cursor would name every topic, one after the other. A listing that would go on at a hidden topic ends
 * there: shorter than it could be, and told of nothing. Clients of Kafka 4.4 list with Metadata and ask here by name.
 */
function shownCursor(
  cursor: DescribeTopicPartitionsResponse["nextCursor"],
  { services }: RespondContext,
): DescribeTopicPartitionsResponse["nextCursor"] {
  if (cursor === null) return null;
  const [decision] = services.judge([topicDescribe(cursor.topicName)]);
  return decision?.outcome === "allow" ? cursor : null;
}
