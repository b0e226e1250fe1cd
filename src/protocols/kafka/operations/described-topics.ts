// The bits of what the caller may do with topics, in Metadata and DescribeTopicPartitions.
import { authorizedOperations, operationsOmitted } from "../authorized-operations.ts";
import { errorCode } from "../errors.ts";
import type { RespondContext } from "../rule.ts";

interface Described {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicAuthorizedOperations: number;
}

/** A broker tells them of topics that do not exist, too: they are of the name. */
const told: ReadonlySet<number> = new Set([0, errorCode("UNKNOWN_TOPIC_OR_PARTITION")]);

export function withTopicBits<Topic extends Described>(
  topics: readonly Topic[],
  asked: boolean,
  { services }: Pick<RespondContext, "services">,
): Topic[] {
  const shown = topics.filter(({ errorCode: code, name }) => asked && told.has(code) && name);
  const names = shown.map(({ name }) => name ?? "");
  const fields = asked ? authorizedOperations("topic", names, services) : [];
  const byTopic = new Map(shown.map((topic, index) => [topic, fields[index]]));
  return topics.map((topic) => ({ ...topic, topicAuthorizedOperations: byTopic.get(topic) ?? operationsOmitted }));
}
