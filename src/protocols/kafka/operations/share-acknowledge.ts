// ShareAcknowledge (79): GROUP:READ, and TOPIC:READ for each topic of which records are accepted, released or rejected. It counts in the same
// session as ShareFetch, so it goes on even when nothing of it may: the broker counts the request. It names all that it touches, so
// whether there is such a session is the broker's to say.
import { withEndpoints } from "../addresses.ts";
import { errorCode, errorName } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import {
  type AcknowledgeTopic,
  type ShareAcknowledgeRequest,
  type ShareAcknowledgeResponse,
  type ShareAcknowledgeTopicResponse,
  shareAcknowledge,
  shareAcknowledgeTopicResponseStruct,
} from "../messages/share-acknowledge.ts";
import { isRefused, type RespondContext, type Rule } from "../rule.ts";
import { lookUpTopics } from "../topic-lookup.ts";
import { firstRefusal } from "../whole-rule.ts";
import { deniedTopicCode, groupRead, topicName, topicRead } from "./describe.ts";
import { dropShareSession, finalEpoch } from "./share-sessions.ts";

const groupDenied = errorCode("GROUP_AUTHORIZATION_FAILED");

const items = itemRule<
  ShareAcknowledgeRequest,
  ShareAcknowledgeResponse,
  AcknowledgeTopic,
  ShareAcknowledgeTopicResponse
>({
  api: shareAcknowledge,
  versions: { min: 1, max: 2 },
  neverHeld: true,
  prepare: ({ topics }, context) =>
    lookUpTopics(
      topics.map(({ topicId }) => topicId),
      context,
    ),
  wholes: ({ groupId }) => [{ operation: groupRead(groupId ?? ""), denied: groupDenied }],
  items: (request) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: (topic, _request, context) => topicRead(topicName(topic, context)),
  denied: deniedTopicCode,
  results: (response) => response.responses,
  withResults: (response, responses) => ({ ...response, responses }),
  refused: ({ topicId, partitions }, { code, message }) =>
    shareAcknowledgeTopicResponseStruct.create({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code, errorMessage: message })),
    }),
  empty: () => shareAcknowledge.response.create(),
  keys: { item: ({ topicId }) => topicId, result: ({ topicId }) => [topicId] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
  respond,
});

export const shareAcknowledgeRule: Rule<ShareAcknowledgeRequest, ShareAcknowledgeResponse> = {
  ...items,
  restrict(request, verdicts, context) {
    if (isRefused(verdicts[0])) return null;
    if (request.shareSessionEpoch === finalEpoch) dropShareSession(context.session, request);
    return items.restrict(request, verdicts, context) ?? { ...request, topics: [] };
  },
  /** Only the group refuses all of it. */
  refuse(_request, verdicts) {
    const { code, message } = firstRefusal(verdicts, () => groupDenied);
    return shareAcknowledge.response.create({ errorCode: code, errorMessage: message });
  },
  outcomes(response, request, context) {
    const error = errorName(response.errorCode);
    const [, ...topics] = items.outcomes(response, request, context);
    return [{ operation: 0, error }, ...topics];
  },
};

function respond(
  response: ShareAcknowledgeResponse,
  request: ShareAcknowledgeRequest,
  { book, session }: RespondContext,
): ShareAcknowledgeResponse | Promise<ShareAcknowledgeResponse> {
  if (response.errorCode !== 0) dropShareSession(session, request);
  return withEndpoints(response, book);
}
