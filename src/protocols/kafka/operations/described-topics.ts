// The bits of what the caller may do with topics, in Metadata and DescribeTopicPartitions.
import { authorizedOperations, operationsOmitted } from "../authorized-operations.ts";
import type { RespondContext } from "../rule.ts";

interface Described {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicAuthorizedOperations: number;
}

export function withTopicBits<Topic extends Described>(
  topics: readonly Topic[],
  asked: boolean,
  { services }: Pick<RespondContext, "services">,
): Topic[] {
  const shown = topics.filter(({ errorCode }) => asked && errorCode === 0);
  const names = shown.map(({ name }) => name ?? "");
  const fields = asked ? authorizedOperations("topic", names, services) : [];
  const byTopic = new Map(shown.map((topic, index) => [topic, fields[index]]));
  return topics.map((topic) => ({ ...topic, topicAuthorizedOperations: byTopic.get(topic) ?? operationsOmitted }));
}
