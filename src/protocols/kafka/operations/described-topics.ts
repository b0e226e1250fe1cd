// The bits of what the caller may do with topics, in Metadata and DescribeTopicPartitions.
import { authorizedOperations, operationsOmitted, topicBits } from "../authorized-operations.ts";
import { errorCode } from "../errors.ts";
import type { RespondContext } from "../rule.ts";

interface Described {
  readonly errorCode: number;
  readonly name: string | null;
}

/** A broker tells them of topics that do not exist, too: they are of the name. */
const told: ReadonlySet<number> = new Set([0, errorCode("UNKNOWN_TOPIC_OR_PARTITION")]);

/** Operations that are judged for each topic whose bits are asked for. */
export const bitsOfTopic = topicBits;

export function withTopicBits<Topic extends Described>(
  topics: readonly Topic[],
  asked: boolean,
  { services }: Pick<RespondContext, "services">,
): (Topic & { readonly topicAuthorizedOperations: number })[] {
  const shown = topics.filter(({ errorCode: code, name }) => asked && told.has(code) && name);
  const names = shown.map(({ name }) => name ?? "");
  const fields = asked ? authorizedOperations("topic", names, services) : [];
  const byTopic = new Map<Topic, number | undefined>(shown.map((topic, index) => [topic, fields[index]]));
  return topics.map((topic) => ({ ...topic, topicAuthorizedOperations: byTopic.get(topic) ?? operationsOmitted }));
}
