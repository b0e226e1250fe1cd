// Produce (0): TOPIC:WRITE for each topic, TRANSACTIONAL_ID:WRITE before all where the producer is transactional. acks=0 has no answer:
// refused, the connection ends. What was written is told by the offsets that the broker assigned. Masks and filters
// of the write direction are applied before it is sent (produced-records.ts).
import { finder } from "../../../base/by-key.ts";
import { after } from "../../../base/maybe.ts";
import type { DataRange } from "../../../model/audit-event.ts";
import type { OperationOutcome } from "../../protocol.ts";
import { withEndpoints } from "../addresses.ts";
import { errorCode, errorName } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import {
  type ProduceRequest,
  type ProduceResponse,
  produce,
  type TopicProduceData,
  type TopicProduceResponse,
  topicProduceResponseStruct,
} from "../messages/produce.ts";
import { scanBatches } from "../records/batch.ts";
import type { RespondContext, Rule, RuleContext } from "../rule.ts";
import { lookUpTopics } from "../topic-lookup.ts";
import { deniedTopicCode, type NamedTopic, topicKey, topicName, topicWrite, transactionWrite } from "./describe.ts";
import { blockedIn, failuresIn, guardProduced, maskedIn, withRefusals } from "./produced-records.ts";

const items = itemRule<ProduceRequest, ProduceResponse, TopicProduceData, TopicProduceResponse>({
  api: produce,
  versions: { min: 3, max: 13 },
  neverHeld: true,
  prepare: (request, context) =>
    lookUpTopics(
      request.topicData.map(({ topicId }) => topicId),
      context,
    ),
  // brokers let this client id, and no other, write to internal topics: to the offsets of every group
  abuse: (_request, context) => produceAbuse(context),
  wholes: ({ transactionalId: id }: ProduceRequest) =>
    id === null
      ? []
      : [{ operation: transactionWrite(id), denied: errorCode("TRANSACTIONAL_ID_AUTHORIZATION_FAILED") }],
  items: (request: ProduceRequest) => request.topicData,
  withItems: (request, topicData) => ({ ...request, topicData }),
  operation: (topic, _request, context) => topicWrite(topicName(topic, context)),
  denied: deniedTopicCode,
  results: (response: ProduceResponse) => response.responses,
  withResults: (response, responses) => ({ ...response, responses }),
  refused: ({ name, topicId, partitionData }, { code, message }) =>
    topicProduceResponseStruct.create({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({
        index,
        errorCode: code,
        baseOffset: -1n,
        errorMessage: message,
      })),
    }),
  empty: () => produce.response.create(),
  keys: { item: topicKey, result: (topic) => [topicKey(topic)] },
  error: topicError,
  respond,
});

export const produceRule: Rule<ProduceRequest, ProduceResponse> = {
  ...items,
  answered: ({ acks }) => acks !== 0,
  sent: (request, context) =>
    request.topicData.flatMap((topic) => {
      const masked = maskedIn(request, topicKey(topic));
      return topic.partitionData.map(({ index, records }) => ({
        topic: topicName(topic, context),
        partition: index,
        records: records ? recordCount(records) : 0,
        bytes: records?.length ?? 0,
        masked: masked(index)?.masked ?? {},
      }));
    }),
  /** With acks=0 a part that was refused could not be told: nothing is sent then. */
  guard: (restricted, request, context) =>
    after(guardProduced(restricted, request, context), (guarded) =>
      request.acks === 0 && blockedIn(request).length > 0 ? null : guarded,
    ),
  blocked: blockedIn,
  unreadable: failuresIn,
  refuse: (request, verdicts, context) =>
    request.acks === 0
      ? null
      : withRefusals(items.refuse(request, verdicts, context) ?? produce.response.create(), request),
  records: {
    request({ topicData }) {
      const found: Buffer[] = [];
      for (const { partitionData } of topicData)
        for (const { records } of partitionData) if (records && records.length > 0) found.push(records);
      return found;
    },
  },
  /** With acks=0 a part that was refused could not be told: nothing is sent then. */
  restrict(request, verdicts, context) {
    const restricted = items.restrict(request, verdicts, context);
    return request.acks === 0 && restricted !== request ? null : restricted;
  },
};

function respond(
  response: ProduceResponse,
  request: ProduceRequest,
  context: RespondContext,
): ProduceResponse | Promise<ProduceResponse> {
  const sent = new Map(request.topicData.map((topic) => [topicKey(topic), topic]));
  const sentOf = (topic: TopicProduceResponse) => {
    const key = topicKey(topic);
    const find = finder(sent.get(key)?.partitionData ?? [], (partition) => partition.index);
    const masked = maskedIn(request, key);
    return (index: number) => {
      const records = find(index)?.records;
      if (!records) return undefined;
      return { records: recordCount(records), bytes: records.length, ...masked(index) };
    };
  };
  tellWritten(response, sentOf, context, context.ranges);
  return withEndpoints(withRefusals(response, request), context.book);
}

export function produceAbuse({ clientId }: RuleContext): string | null {
  return clientId === "__admin_client" ? "Produce as the internal admin client" : null;
}

interface WrittenRecords {
  readonly records: number;
  readonly bytes: number;
  readonly masked?: Readonly<Record<string, number>>;
}

const noCounts: Readonly<Record<string, number>> = {};

/** Where the broker put what was sent: the ranges that it names the beginning of. */
export function tellWritten(
  response: ProduceResponse,
  sentOf: (topic: TopicProduceResponse) => ((index: number) => WrittenRecords | undefined) | undefined,
  context: RuleContext,
  ranges: DataRange[],
): void {
  for (const topic of response.responses) {
    const find = sentOf(topic);
    for (const { index, errorCode: code, baseOffset } of topic.partitionResponses) {
      const sent = code === 0 && baseOffset >= 0n ? find?.(index) : undefined;
      if (!sent || sent.records === 0) continue;
      ranges.push({
        direction: "write",
        topic: topicName(topic, context),
        partition: index,
        firstOffset: baseOffset,
        lastOffset: baseOffset + BigInt(sent.records - 1),
        records: sent.records,
        bytes: sent.bytes,
        masked: sent.masked ?? noCounts,
        filtered: noCounts,
      });
    }
  }
}

/** What became of each topic of a request that was forwarded whole. The wholes went as the first of the topics did. */
export function produceOutcomes(
  response: ProduceResponse,
  topics: readonly NamedTopic[],
  wholes: number,
): OperationOutcome[] {
  const { responses } = response;
  let byKey: ReadonlyMap<string, TopicProduceResponse> | null = null;
  const outcomes: OperationOutcome[] = [];
  for (let index = 0; index < topics.length; index++) {
    const key = topicKey(topics[index] as NamedTopic);
    // brokers answer in the order of the request
    let result = responses[index];
    if (!result || topicKey(result) !== key) {
      byKey ??= new Map(responses.map((topic) => [topicKey(topic), topic]));
      result = byKey.get(key);
    }
    if (result) outcomes.push({ operation: wholes + index, error: errorName(topicError(result)) });
  }
  if (wholes === 0) return outcomes;
  const error = outcomes[0]?.error ?? "NONE";
  return [...Array.from({ length: wholes }, (_, operation) => ({ operation, error })), ...outcomes];
}

function topicError({ partitionResponses }: TopicProduceResponse): number {
  for (const { errorCode: code } of partitionResponses) if (code !== 0) return code;
  return 0;
}

function recordCount(records: Buffer): number {
  let count = 0;
  for (const batch of scanBatches(records)) count += batch.records;
  return count;
}
