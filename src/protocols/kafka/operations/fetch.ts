// Fetch (1): TOPIC:READ for each topic, judged by the policy in force when the answer leaves; records are masked and filtered here. Sessions
// (KIP-227) are shadowed: fetch-sessions.ts. A denied partition is error 29 and nothing else: any other code makes the Java consumer
// throw. A replica id belongs to a broker, and ends the connection.
import { after, allOf } from "../../../base/maybe.ts";
import type { Verdict } from "../../../model/decision.ts";
import type { AnswerServices } from "../../protocol.ts";
import { withEndpoints } from "../addresses.ts";
import { itemRule } from "../item-rule.ts";
import {
  type FetchableTopicResponse,
  type FetchRequest,
  type FetchResponse,
  type FetchTopic,
  fetch,
  fetchableTopicResponseStruct,
  type PartitionData,
  partitionDataStruct,
} from "../messages/fetch.ts";
import { isRefused, type PassingAnswer, type RespondContext, type Rule, type RuleContext } from "../rule.ts";
import { emptyBytes } from "../schema.ts";
import type { FetchHead } from "../stream/fetch-stream.ts";
import { lookUpTopics } from "../topic-lookup.ts";
import { deniedTopicCode, topicName, topicRead } from "./describe.ts";
import { incremental } from "./fetch-incremental.ts";
import {
  dropFetchSession,
  fetchSession,
  finalEpoch,
  initialEpoch,
  isNewlyRefused,
  isTooLarge,
  keyOf,
  openFetchSession,
  oweNews,
} from "./fetch-sessions.ts";
import { recordsOf } from "./fetched-records.ts";
import { passWhole, streamedFetch } from "./fetched-stream.ts";
import { deniedPartition, guardTopic } from "./fetched-topic.ts";

/** The replica id of all who are no broker. */
const consumer = -1;
/** The first version with sessions. */
const sessionsVersion = 7;

/** Fetch calls its name field `topic`. */
const named = (topic: FetchTopic) => ({ name: topic.topic, topicId: topic.topicId });

const items = itemRule<FetchRequest, FetchResponse, FetchTopic, FetchableTopicResponse>({
  api: fetch,
  versions: { min: 4, max: 18 },
  neverHeld: true,
  prepare: (request, context) =>
    lookUpTopics(
      request.topics.map(({ topicId }) => topicId),
      context,
    ),
  // -3 is no broker either, but reads past the high watermark, as -2 did
  abuse: ({ replicaId, replicaState }) =>
    replicaId === consumer && replicaState.replicaId === consumer ? null : "Fetch as a broker's replica",
  items: (request: FetchRequest) => request.topics,
  withItems: (request, topics) => ({ ...request, topics }),
  operation: (topic, _request, context) => topicRead(topicName(named(topic), context)),
  denied: (topic, context) => deniedTopicCode(named(topic), context),
  results: (response: FetchResponse) => response.responses,
  withResults: (response, responses) => ({ ...response, responses }),
  refused: (topic, _refusal, _request, context) => refusedTopic(topic, context),
  empty: () => fetch.response.create(),
  keys: { item: keyOf, result: (topic) => [keyOf(topic)] },
  error: (topic) => topic.partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
  respond: guarded,
});

/** Requests that name all that they want. What of their topics was refused, where they open a session. */
const opening = new WeakMap<FetchRequest, ReadonlySet<string>>();

const full = {
  ...items,
  restrict(request: FetchRequest, verdicts: readonly Verdict[], context: RuleContext): FetchRequest | null {
    const isNew = noteRefused(request, verdicts, context);
    const restricted = items.restrict(request, verdicts, context);
    if (restricted === null) return null;
    return withOwnSession(isNew ? { ...restricted, maxWaitMs: 0 } : restricted, request, verdicts, context);
  },
  respond(response: FetchResponse, request: FetchRequest, context: RespondContext) {
    const opened = openedSession(response, request, context);
    // refused while the broker was asked: it counts them as told
    const keys = new Set(request.topics.filter((_, at) => isRefused(context.verdicts[at])).map(keyOf));
    if (opened && keys.size > 0) {
      oweNews(
        opened,
        response.responses.filter((topic) => keys.has(keyOf(topic))),
      );
    }
    return items.respond(response, request, context);
  },
  stream(
    request: FetchRequest,
    verdicts: readonly Verdict[],
    services: AnswerServices,
    context: RuleContext,
  ): PassingAnswer | null {
    if (!passWhole(verdicts, services)) return null;
    const operations = new Map(request.topics.map((topic, index) => [keyOf(topic), index]));
    const opened = (head: FetchHead) => openedSession(head, request, context);
    return streamedFetch(verdicts, context, (key) => operations.get(key), opened);
  },
  early: {
    answer(request: FetchRequest, verdicts: readonly Verdict[], context: RuleContext): FetchResponse {
      noteRefused(request, verdicts, context);
      const responses = request.topics.map((topic, at) =>
        isRefused(verdicts[at]) ? refusedTopic(topic, context) : answered(topic, nothingNew),
      );
      return fetch.response.create({ responses });
    },
    /** A session that was opened meanwhile is nobody's: the client was told of none. */
    late(): void {},
  },
};

function openedSession({ errorCode: code, sessionId }: FetchHead, request: FetchRequest, { session }: RuleContext) {
  const refused = opening.get(request);
  return refused && code === 0 && sessionId !== 0 ? openFetchSession(session, sessionId, request, refused) : null;
}

const isIncremental = ({ sessionEpoch }: FetchRequest) => sessionEpoch !== initialEpoch && sessionEpoch !== finalEpoch;
const wayOf = (request: FetchRequest): typeof full | typeof incremental =>
  isIncremental(request) ? incremental : full;

export const fetchRule: Rule<FetchRequest, FetchResponse> = {
  ...items,
  delivers: true,
  // news is owed of what was refused, and of nothing else
  forgets: true,
  prepare: (request, context) => wayOf(request).prepare?.(request, context),
  describe: (request, context) => wayOf(request).describe(request, context),
  restrict: (request, verdicts, context) => wayOf(request).restrict(request, verdicts, context),
  refuse: (request, verdicts, context) => wayOf(request).refuse(request, verdicts, context),
  respond: (response, request, context) => wayOf(request).respond(response, request, context),
  outcomes: (response, request, context) => wayOf(request).outcomes(response, request, context),
  early: {
    answer: (request, verdicts, context) => wayOf(request).early.answer(request, verdicts, context),
    late: (response, request, context) => wayOf(request).early.late(response, request, context),
  },
  stream: (request, verdicts, services, context) => wayOf(request).stream(request, verdicts, services, context),
  records: { response: ({ responses }) => recordsOf(responses) },
};

function noteRefused({ topics }: FetchRequest, verdicts: readonly Verdict[], { session }: RuleContext): boolean {
  const keys = (refused: boolean) => topics.filter((_, at) => isRefused(verdicts[at]) === refused).map(keyOf);
  return isNewlyRefused(session, keys(true), () => keys(false));
}

/** Ends and opens sessions of this connection, and no other's. */
function withOwnSession(
  restricted: FetchRequest,
  request: FetchRequest,
  verdicts: readonly Verdict[],
  { version, session: connection }: RuleContext,
): FetchRequest {
  if (version < sessionsVersion) return restricted;
  const { sessionId, sessionEpoch } = request;
  const own = fetchSession(connection, sessionId);
  if (own) dropFetchSession(connection, own);
  const opens = sessionEpoch === initialEpoch && !isTooLarge(request);
  if (opens) opening.set(request, new Set(request.topics.filter((_, at) => isRefused(verdicts[at])).map(keyOf)));
  const ours = { sessionId: own ? sessionId : 0, sessionEpoch: opens ? initialEpoch : finalEpoch };
  const isSame = ours.sessionId === sessionId && ours.sessionEpoch === sessionEpoch;
  return isSame ? restricted : { ...restricted, ...ours };
}

/** 29, whatever the policy says: what would need people is no other error to a consumer. Or an id that nothing has. */
function refusedTopic(topic: FetchTopic, context: RuleContext): FetchableTopicResponse {
  const code = deniedTopicCode(named(topic), context);
  return answered(topic, (partition) => deniedPartition(partition, code));
}

function answered(
  { topic, topicId, partitions }: FetchTopic,
  answer: (partition: number) => PartitionData,
): FetchableTopicResponse {
  return fetchableTopicResponseStruct.create({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => answer(partition)),
  });
}

/** No client takes a negative watermark for news. */
function nothingNew(partitionIndex: number): PartitionData {
  return partitionDataStruct.create({ partitionIndex, highWatermark: -1n, records: emptyBytes });
}

function guarded(
  response: FetchResponse,
  request: FetchRequest,
  context: RespondContext,
): FetchResponse | Promise<FetchResponse> {
  const verdicts = new Map(request.topics.map((topic, index) => [keyOf(topic), context.verdicts[index]]));
  const topics = response.responses.map((topic) => guardTopic(topic, verdicts.get(keyOf(topic)), context));
  return after(allOf(topics), (responses) => {
    const changed = responses.some((topic, index) => topic !== response.responses[index]);
    return withEndpoints(changed ? { ...response, responses: [...responses] } : response, context.book);
  });
}
