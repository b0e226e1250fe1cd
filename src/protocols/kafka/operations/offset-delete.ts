// OffsetDelete (47): GROUP:DELETE, then TOPIC:READ for each topic. A group that forgets how far it has read starts over, so it is a high
// risk like a reset. A refused group is one error at the top; topics carry theirs in their partitions. No text anywhere.
import type { JsonObject } from "../../../base/json.ts";
import type { Operation } from "../../../model/operation.ts";
import { errorCode } from "../errors.ts";
import { forgetFacts } from "../facts/group-changes.ts";
import { itemRule } from "../item-rule.ts";
import {
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
  offsetDelete,
  offsetDeleteResponseTopicStruct,
} from "../messages/offset-delete.ts";
import { isRefused, type Rule, refusalOf } from "../rule.ts";
import { operation, topicRead } from "./describe.ts";
import { withErrorAtTheTop } from "./error-at-the-top.ts";

const groupDenied = errorCode("GROUP_AUTHORIZATION_FAILED");

/** `offsets`: what is forgotten; partition −1 stands for all of a topic's. Share groups delete theirs by the same operation. */
export function deleteOffsets(groupId: string, offsets: JsonObject[]): Operation {
  return operation(
    "group.delete-offsets",
    "delete",
    { type: "group", name: groupId },
    { risk: "high", attributes: { offsets } },
  );
}

function offsetsOf({ topics }: OffsetDeleteRequest) {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
  );
}

const items = itemRule({
  api: offsetDelete,
  versions: { min: 0, max: 0 },
  wholes: (request: OffsetDeleteRequest) => [
    {
      operation: deleteOffsets(request.groupId, offsetsOf(request)),
      denied: groupDenied,
      facts: (context) =>
        forgetFacts(
          request.groupId,
          offsetsOf(request).map((of) => ({ ...of, to: null })),
          context,
        ),
    },
  ],
  items: (request) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: ({ name }) => topicRead(name),
  denied: () => errorCode("TOPIC_AUTHORIZATION_FAILED"),
  results: (response: OffsetDeleteResponse) => response.topics,
  withResults: (response, topics) => ({ ...response, topics }),
  refused: ({ name, partitions }, { code }) =>
    offsetDeleteResponseTopicStruct.create({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    }),
  empty: () => offsetDelete.response.create(),
  keys: { item: ({ name }) => name, result: ({ name }) => [name] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});

export const offsetDeleteRule: Rule<OffsetDeleteRequest, OffsetDeleteResponse> = withErrorAtTheTop({
  ...items,
  refuse(request, verdicts, context) {
    const [group] = verdicts;
    if (!isRefused(group)) return items.refuse(request, verdicts, context);
    return offsetDelete.response.create({ errorCode: refusalOf(group, groupDenied).code });
  },
});
