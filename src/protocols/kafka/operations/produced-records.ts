// Records on their way to the broker, in Produce: masked before it stores them, or refused partition by partition. A batch is written whole or
// not at all, so one record that may not be written refuses its batch; sequence numbers stay as the producer gave them. What nobody can
// read cannot be masked and is refused, unless a rule lets it pass in words.

import { assert } from "../../../base/assert.ts";
import { finder } from "../../../base/by-key.ts";
import { owned } from "../../../base/chunks.ts";
import { type ErrorCode, LockkeeperError } from "../../../base/errors.ts";
import { after, allOf, type Maybe } from "../../../base/maybe.ts";
import type { Verdict } from "../../../model/decision.ts";
import type { BlockedRecords } from "../../protocol.ts";
import { addCounts, newCounts, type RecordGuard, type RefusedRecord, unreadableCounts } from "../../record-guard.ts";
import { errorCode } from "../errors.ts";
import {
  type PartitionProduceData,
  type PartitionProduceResponse,
  type ProduceRequest,
  type ProduceResponse,
  partitionProduceResponseStruct,
  type TopicProduceData,
  topicProduceResponseStruct,
} from "../messages/produce.ts";
import { type Guarded, guardBatches } from "../records/guard.ts";
import { withBatches } from "../records/partition.ts";
import type { GuardContext } from "../rule.ts";
import { topicKey, topicName } from "./describe.ts";

/** What became of one partition's records. */
interface GuardedPartition {
  readonly index: number;
  /** Null where they are refused, and `refusal` is what the producer hears. */
  readonly records: Buffer | null;
  readonly refusal: PartitionProduceResponse | null;
  readonly blocked: Omit<BlockedRecords, "topic" | "partition"> | null;
  readonly masked: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}

interface GuardedTopic {
  readonly topic: TopicProduceData;
  readonly name: string;
  /** Those that were looked at. */
  readonly partitions: readonly GuardedPartition[];
}

interface GuardedRequest {
  readonly topics: readonly GuardedTopic[];
  readonly find: (key: string) => GuardedTopic | undefined;
}

/** What the guard found, for the answer to the same request, and by the request that was made of it. */
const guardedRequests = new WeakMap<ProduceRequest, GuardedRequest>();

/** `restricted` is what of `request` the policy allows. The same object when nothing changed; null when nothing is left. */
export function guardProduced(
  restricted: ProduceRequest,
  request: ProduceRequest,
  context: GuardContext,
): Maybe<ProduceRequest | null> {
  const wholes = request.transactionalId === null ? 0 : 1;
  const verdicts = new Map(
    request.topicData.map((topic, index) => [topicKey(topic), context.verdicts[wholes + index]]),
  );
  const guarded = restricted.topicData.map((topic) => guardTopic(topic, verdicts.get(topicKey(topic)), context));
  return after(allOf(guarded), (topics) => {
    if (topics.every(({ partitions }) => partitions.length === 0)) return restricted;
    const found = { topics, find: finder(topics, ({ topic }) => topicKey(topic)) };
    guardedRequests.set(request, found);
    const left = withRecords(restricted, topics);
    // what goes without an answer is told by itself
    if (left !== null) guardedRequests.set(left, found);
    return left;
  });
}

function guardTopic(topic: TopicProduceData, verdict: Verdict | undefined, context: GuardContext): Maybe<GuardedTopic> {
  const name = topicName(topic, context);
  const guard = verdict?.kind === "allow" ? context.services.recordGuard(verdict, name) : null;
  if (guard === null) return { topic, name, partitions: [] };
  const partitions = topic.partitionData
    .filter(({ records }) => records !== null && records.length > 0)
    .map((data) => guardPartition(data, guard, context));
  return after(allOf(partitions), (all) => ({ topic, name, partitions: all }));
}

function guardPartition(
  { index, records }: PartitionProduceData,
  guard: RecordGuard,
  { version }: GuardContext,
): Maybe<GuardedPartition> {
  assert(records !== null, "only partitions with records are guarded");
  const failed = (error: unknown): GuardedPartition => {
    if (!(error instanceof LockkeeperError)) throw error;
    return unreadable(index, error.code, guard, version);
  };
  try {
    const guarded = guardBatches(records, guard, { partition: index, isStored: false });
    if (!(guarded instanceof Promise)) return written(index, records, guarded, guard, version);
    return guarded.then((it) => written(index, records, it, guard, version)).catch(failed);
  } catch (error) {
    return failed(error);
  }
}

function written(
  index: number,
  records: Buffer,
  guarded: Guarded,
  guard: RecordGuard,
  version: number,
): GuardedPartition {
  if (guarded.end < records.length) return unreadable(index, "records-malformed", guard, version);
  const counts = newCounts();
  const replacements: (Buffer | null)[] = [];
  for (const result of guarded.results) {
    addCounts(counts.masked, result.counts.masked);
    addCounts(counts.failed, result.counts.failed);
    assert(Object.keys(result.counts.filtered).length === 0, "a filter refuses what is written, and hides nothing");
    if (result.kind === "refused") return refusedRecords(index, result.records, counts.failed, version);
    if (result.kind === "unreadable" && guard.unreadable !== "pass")
      return unreadable(index, result.code, guard, version);
    replacements.push(result.kind === "edited" ? result.bytes : null);
  }
  // encoding the request copies them, and nobody releases what it has copied
  const left = owned(withBatches(records, guarded, replacements));
  return { index, records: left, refusal: null, blocked: null, ...counts };
}

/** Since version 8 producers are told which records it was (KIP-467); before, the code of that KIP means nothing to them. */
function refusedRecords(
  index: number,
  records: readonly RefusedRecord[],
  failed: Readonly<Record<string, number>>,
  version: number,
): GuardedPartition {
  const [first] = records;
  const reason = first?.reason ?? "refused";
  const refusal = partitionProduceResponseStruct.create({
    index,
    errorCode: errorCode(version >= recordErrorsVersion ? "INVALID_RECORD" : "POLICY_VIOLATION"),
    baseOffset: -1n,
    recordErrors: records.map((record) => ({ batchIndex: record.index, batchIndexErrorMessage: record.reason })),
    errorMessage: reason,
  });
  return { index, records: null, refusal, blocked: { records: records.length, reason }, masked: {}, failed };
}

const recordErrorsVersion = 8;

/** Producers send again what is answered as corrupt: it would come back for ever. */
const codeOf: Partial<Record<ErrorCode, string>> = {
  "codec-unsupported": "UNSUPPORTED_COMPRESSION_TYPE",
  "records-too-large": "MESSAGE_TOO_LARGE",
  // The one that they should send again.
  overloaded: "REQUEST_TIMED_OUT",
};

function unreadable(index: number, code: ErrorCode, { rules }: RecordGuard, version: number): GuardedPartition {
  const reason = new LockkeeperError(code, "").publicMessage;
  const invalid = version >= recordErrorsVersion ? "INVALID_RECORD" : "POLICY_VIOLATION";
  const refusal = partitionProduceResponseStruct.create({
    index,
    errorCode: errorCode(codeOf[code] ?? invalid),
    baseOffset: -1n,
    errorMessage: reason,
  });
  const failed = unreadableCounts(code, rules);
  return { index, records: null, refusal, blocked: { records: 0, reason }, masked: {}, failed };
}

function withRecords(request: ProduceRequest, topics: readonly GuardedTopic[]): ProduceRequest | null {
  const changed = topics.some(({ topic, partitions }) => {
    const find = finder(topic.partitionData, indexOf);
    return partitions.some(({ index, records }) => records !== (find(index)?.records ?? null));
  });
  if (!changed) return request;
  const topicData = topics.flatMap(({ topic, partitions }) => {
    const byIndex = new Map(partitions.map((partition) => [partition.index, partition]));
    const partitionData = topic.partitionData.flatMap((data) => {
      const guarded = byIndex.get(data.index);
      if (guarded === undefined) return data;
      return guarded.records === null ? [] : { ...data, records: guarded.records };
    });
    return partitionData.length === 0 ? [] : { ...topic, partitionData };
  });
  return topicData.length === 0 ? null : { ...request, topicData };
}

function indexOf({ index }: { readonly index: number }): number {
  return index;
}

/** The answer with what was refused here put to what the broker said. */
export function withRefusals(response: ProduceResponse, request: ProduceRequest): ProduceResponse {
  const refused = (guardedRequests.get(request)?.topics ?? []).flatMap(({ topic, partitions }) => {
    const refusals = partitions.flatMap(({ refusal }) => refusal ?? []);
    return refusals.length === 0 ? [] : { topic, refusals };
  });
  if (refused.length === 0) return response;
  const responses = [...response.responses];
  const places = new Map(responses.map((each, index) => [topicKey(each), index]));
  for (const { topic, refusals } of refused) {
    const at = places.get(topicKey(topic)) ?? responses.length;
    const its = responses[at];
    if (its) responses[at] = { ...its, partitionResponses: [...its.partitionResponses, ...refusals] };
    else {
      const { name, topicId } = topic;
      responses.push(topicProduceResponseStruct.create({ name, topicId, partitionResponses: refusals }));
    }
  }
  return { ...response, responses };
}

/** What was refused in a request, for the log. */
export function blockedIn(request: ProduceRequest): readonly BlockedRecords[] {
  return (guardedRequests.get(request)?.topics ?? []).flatMap(({ name: topic, partitions }) =>
    partitions.flatMap(({ index, blocked }) => (blocked ? { topic, partition: index, ...blocked } : [])),
  );
}

/** Values and batches of a request that could not be read, as in GuardCounts. */
export function failuresIn(request: ProduceRequest): Readonly<Record<string, number>> {
  const failures: Record<string, number> = {};
  for (const { partitions } of guardedRequests.get(request)?.topics ?? [])
    for (const { failed } of partitions) addCounts(failures, failed);
  return failures;
}

/** What was masked in each partition of one topic of a request, and the size of its records as they went on. */
export function maskedIn(
  request: ProduceRequest,
  key: string,
): (index: number) => { readonly bytes: number; readonly masked: Readonly<Record<string, number>> } | null {
  const topic = guardedRequests.get(request)?.find(key);
  const find = finder(topic?.partitions ?? [], indexOf);
  return (index) => {
    const found = find(index);
    return found?.records ? { bytes: found.records.length, masked: found.masked } : null;
  };
}
