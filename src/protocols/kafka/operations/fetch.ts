// Fetch (1): TOPIC:READ for each topic; records are masked and filtered here. Sessions (KIP-227) are not kept: each fetch goes to the
// broker as a full one (session id 0, epoch -1), and the client is told that there is no session. A denied partition is error 29 and
// nothing else: any other code makes the Java consumer throw. A replica id belongs to a broker, and ends the connection.
import { after, allOf, type Maybe } from "../../../base/maybe.ts";
import type { Verdict } from "../../../model/decision.ts";
import type { AnswerServices, AnswerStream } from "../../protocol.ts";
import { withEndpoints } from "../addresses.ts";
import { answerOf } from "../answer.ts";
import { errorCode } from "../errors.ts";
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
import { passesWhole, type RespondContext, type Rule, type RuleContext } from "../rule.ts";
import { emptyBytes } from "../schema.ts";
import { FetchStream } from "../stream/fetch-stream.ts";
import { lookUpTopics } from "../topic-lookup.ts";
import { topicName, topicRead } from "./describe.ts";
import { guardRecords } from "./fetched-records.ts";

/** FetchMetadata.FINAL_EPOCH: fetch this once, keep no session. */
const sessionless = { sessionId: 0, sessionEpoch: -1 };

/** The first version that names topics by id. */
const topicIdVersion = 13;

/** The replica id of all who are no broker. */
const consumer = -1;

/** Fetch calls its name field `topic`. */
const named = (topic: FetchTopic | FetchableTopicResponse) => ({ name: topic.topic, topicId: topic.topicId });
const keyOf = (topic: FetchTopic | FetchableTopicResponse) => topic.topic || topic.topicId;

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
  denied: () => errorCode("TOPIC_AUTHORIZATION_FAILED"),
  results: (response: FetchResponse) => response.responses,
  withResults: (response, responses) => ({ ...response, responses }),
  refused: ({ topic, topicId, partitions }) =>
    fetchableTopicResponseStruct.create({
      topic,
      topicId,
      partitions: partitions.map(({ partition }) => denied(partition)),
    }),
  empty: () => fetch.response.create(),
  keys: { item: keyOf, result: (topic) => [keyOf(topic)] },
  error: (topic) => topic.partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
  respond,
});

export const fetchRule: Rule<FetchRequest, FetchResponse> = {
  ...items,
  restrict(request, verdicts, context) {
    const restricted = items.restrict(request, verdicts, context);
    if (restricted === null) return null;
    if (request.sessionId === 0 && request.sessionEpoch === -1) return restricted;
    return context.version < 7 ? restricted : { ...restricted, ...sessionless };
  },
  stream: streamed,
  /** A session that we never gave: the client starts over with a full fetch. */
  refuse: (request, verdicts, context) => items.refuse(request, verdicts, context),
};

/** Where everything was allowed and nothing is masked, filtered or kept, the answer is not held up. */
function streamed(
  request: FetchRequest,
  verdicts: readonly Verdict[],
  { keepsRecords }: AnswerServices,
  context: RuleContext,
): AnswerStream | null {
  if (keepsRecords || !verdicts.every(passesWhole)) return null;
  const operations = new Map(request.topics.map((topic, index) => [keyOf(topic), index]));
  const stream = new FetchStream(context.version, {
    operationOf: (key) => operations.get(key),
    nameOf: (key) => (context.version >= topicIdVersion ? (context.topics.nameOf(key) ?? "") : key),
  });
  return {
    push: (piece) => stream.push(piece),
    end() {
      const { bytes, ranges, errors } = stream.end();
      const outcomes = [...errors].map(([operation, error]) => ({ operation, error }));
      const told = { verdicts, ranges: [...ranges], maskFailures: {}, omitted: { count: 0 }, records: [] };
      return { ...answerOf(null, outcomes, told), streamedBytes: bytes };
    },
  };
}

function denied(partitionIndex: number): PartitionData {
  const code = errorCode("TOPIC_AUTHORIZATION_FAILED");
  return partitionDataStruct.create({ partitionIndex, errorCode: code, highWatermark: -1n, records: emptyBytes });
}

function respond(
  response: FetchResponse,
  request: FetchRequest,
  context: RespondContext,
): FetchResponse | Promise<FetchResponse> {
  const verdicts = new Map(request.topics.map((topic, index) => [keyOf(topic), context.verdicts[index]]));
  const guarded = response.responses.map((topic) => guardTopic(topic, verdicts.get(keyOf(topic)), context));
  return after(allOf(guarded), (responses) => {
    const changed = responses.some((topic, index) => topic !== response.responses[index]);
    return withEndpoints(changed ? { ...response, responses: [...responses] } : response, context.book);
  });
}

/** Masks what the verdict says; a topic that nobody was judged for gives nothing. */
function guardTopic(
  topic: FetchableTopicResponse,
  verdict: Verdict | undefined,
  context: RespondContext,
): Maybe<FetchableTopicResponse> {
  const name = topicName(named(topic), context);
  const guarded = topic.partitions.map((partition) => guardPartition(name, partition, verdict, context));
  return after(allOf(guarded), (partitions) =>
    partitions.some((partition, index) => partition !== topic.partitions[index])
      ? { ...topic, partitions: [...partitions] }
      : topic,
  );
}

function guardPartition(
  topic: string,
  partition: PartitionData,
  verdict: Verdict | undefined,
  context: RespondContext,
): Maybe<PartitionData> {
  if (verdict?.kind !== "allow") return denied(partition.partitionIndex);
  const { records, partitionIndex, highWatermark } = partition;
  if (!records || records.length === 0) return partition;
  const fetched = { topic, partition: partitionIndex, records, endOffset: highWatermark };
  return after(guardRecords(fetched, verdict, context), (guarded) => {
    if (guarded === null) return denied(partitionIndex);
    return guarded === records ? partition : { ...partition, records: guarded };
  });
}
