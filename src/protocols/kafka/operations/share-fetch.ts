// ShareFetch (78): GROUP:READ, and TOPIC:READ for every topic of the session, at every fetch. Records are masked as in Fetch. Acknowledgements that
// travel along need the same right: one of a refused topic is not passed on, and answered with error 29 at its own field.
import { after, allOf, type Maybe } from "../../../base/maybe.ts";
import type { Verdict } from "../../../model/decision.ts";
import { withEndpoints } from "../addresses.ts";
import { errorCode, errorName } from "../errors.ts";
import {
  type PartitionData,
  partitionDataStruct,
  type ShareFetchableTopicResponse,
  type ShareFetchRequest,
  type ShareFetchResponse,
  shareFetch,
  shareFetchableTopicResponseStruct,
} from "../messages/share-fetch.ts";
import { isRefused, type Refusal, type RespondContext, type Rule, type RuleContext, refusalOf } from "../rule.ts";
import { emptyBytes } from "../schema.ts";
import { lookUpTopics } from "../topic-lookup.ts";
import { deniedTopicCode, groupRead, topicName, topicRead } from "./describe.ts";
import { eachPartition, guardRecords, recordsOf } from "./fetched-records.ts";
import { planOf, restrictShareFetch, type SharePlan } from "./share-plan.ts";
import {
  dropShareSession,
  finalEpoch,
  keepShareSession,
  partitionsOf,
  partsOf,
  plus,
  shareSession,
} from "./share-sessions.ts";

const groupDenied = errorCode("GROUP_AUTHORIZATION_FAILED");
const topicDenied = errorCode("TOPIC_AUTHORIZATION_FAILED");

/** Made when a request is described: the session goes on with the next request before this one is answered. */
const plans = new WeakMap<ShareFetchRequest, SharePlan>();

function planned(request: ShareFetchRequest, { session }: RuleContext): SharePlan {
  const known = plans.get(request);
  if (known) return known;
  const plan = planOf(request, shareSession(session, request));
  plans.set(request, plan);
  return plan;
}

/** Topic id → why it is refused. */
function refusals(plan: SharePlan, verdicts: readonly Verdict[], context: RuleContext): Map<string, Refusal> {
  const refused = new Map<string, Refusal>();
  for (const [index, topicId] of plan.judged.entries()) {
    const verdict = verdicts[index + 1];
    if (isRefused(verdict)) refused.set(topicId, refusalOf(verdict, deniedTopicCode({ topicId }, context)));
  }
  return refused;
}

export const shareFetchRule: Rule<ShareFetchRequest, ShareFetchResponse> = {
  api: shareFetch,
  versions: { min: 1, max: 2 },
  neverHeld: true,
  delivers: true,
  prepare: (request, context) =>
    lookUpTopics(
      request.topics.map(({ topicId }) => topicId),
      context,
    ),
  describe: (request, context) => [
    groupRead(request.groupId ?? ""),
    ...planned(request, context).judged.map((topicId) => topicRead(topicName({ topicId }, context))),
  ],
  /** Goes on even when every topic was refused: the broker counts the requests of a session as the client does. */
  restrict(request, verdicts, context) {
    const plan = planned(request, context);
    if (isRefused(verdicts[0]) || !plan.known) return null;
    const refused = new Set(refusals(plan, verdicts, context).keys());
    const restricted = restrictShareFetch(request, plan, refused);
    if (request.shareSessionEpoch === finalEpoch) dropShareSession(context.session, request);
    else keepShareSession(context.session, request, { wanted: plan.wanted, sent: restricted.sent });
    return restricted.request;
  },
  refuse: (_request, [group]) => refusedWhole(group),
  respond,
  records: { response: ({ responses }) => recordsOf(responses) },
  outcomes(response, request, context) {
    const whole = errorName(response.errorCode);
    const errors = new Map(response.responses.map((topic) => [topic.topicId, errorName(firstError(topic))]));
    const { judged } = planned(request, context);
    return [
      { operation: 0, error: whole },
      ...judged.map((topicId, index) => ({ operation: index + 1, error: errors.get(topicId) ?? whole })),
    ];
  },
};

function refusedWhole(group: Verdict | undefined): ShareFetchResponse {
  const { code, message } = isRefused(group)
    ? refusalOf(group, groupDenied)
    : { code: errorCode("SHARE_SESSION_NOT_FOUND"), message: "The share session was not opened on this connection." };
  return shareFetch.response.create({ errorCode: code, errorMessage: message });
}

function firstError({ partitions }: ShareFetchableTopicResponse): number {
  const codes = partitions.flatMap((partition) => [partition.errorCode, partition.acknowledgeErrorCode]);
  return codes.find((code) => code !== 0) ?? 0;
}

function respond(
  response: ShareFetchResponse,
  request: ShareFetchRequest,
  context: RespondContext,
): ShareFetchResponse | Promise<ShareFetchResponse> {
  // taken away while the broker was asked: what it gave lapses there
  const [group] = context.verdicts;
  if (isRefused(group)) return refusedWhole(group);
  // the broker has lost count of the session, or has none: the client starts over
  if (response.errorCode !== 0) dropShareSession(context.session, request);
  const plan = planned(request, context);
  const refused = refusals(plan, context.verdicts, context);
  const verdicts = new Map(plan.judged.map((topicId, index) => [topicId, context.verdicts[index + 1]]));
  const guarded = response.responses.map((topic) => guardTopic(topic, verdicts.get(topic.topicId), context));
  const denied = response.errorCode === 0 ? refusedTopics(request, plan, refused) : [];
  return after(allOf(guarded), (given) => {
    const changed = denied.length > 0 || given.some((topic, index) => topic !== response.responses[index]);
    const responses = [...given.filter(({ topicId }) => !refused.has(topicId)), ...denied];
    return withEndpoints(changed ? { ...response, responses } : response, context.book);
  });
}

/** Masks what the verdict says; a topic that nobody was judged for gives nothing. */
function guardTopic(
  topic: ShareFetchableTopicResponse,
  verdict: Verdict | undefined,
  context: RespondContext,
): Maybe<ShareFetchableTopicResponse> {
  const name = topicName(topic, context);
  return eachPartition(topic, (partition: PartitionData) => guardPartition(name, partition, verdict, context));
}

/**
 * Records that cannot be given are not acquired either: their locks lapse at the broker. Those that a filter hides stay acquired: the client
 * finds a gap there, as compaction leaves it, and acknowledges it as such.
 */
function guardPartition(
  topic: string,
  partition: PartitionData,
  verdict: Verdict | undefined,
  context: RespondContext,
): Maybe<PartitionData> {
  const nothing = { records: emptyBytes, acquiredRecords: [], errorCode: topicDenied };
  if (verdict?.kind !== "allow") return { ...partition, ...nothing };
  const { records, partitionIndex } = partition;
  if (!records || records.length === 0) return partition;
  const fetched = { topic, partition: partitionIndex, records, endOffset: -1n };
  return after(guardRecords(fetched, verdict, context), (guarded) => {
    if (guarded === null) return { ...partition, ...nothing, errorMessage: "A field could not be masked." };
    if (guarded === records) return partition;
    return guarded.length === 0
      ? { ...partition, records: guarded, acquiredRecords: [] }
      : { ...partition, records: guarded };
  });
}

/** Every partition that the client waits for, and every acknowledgement that was not passed on. */
function refusedTopics(
  request: ShareFetchRequest,
  plan: SharePlan,
  refused: ReadonlyMap<string, Refusal>,
): ShareFetchableTopicResponse[] {
  if (refused.size === 0) return [];
  const acknowledged = partitionsOf(
    request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions
        .filter(({ acknowledgementBatches }) => acknowledgementBatches.length > 0)
        .map(({ partitionIndex }) => partitionIndex),
    })),
  );
  const told = plus(plan.wanted, partsOf(acknowledged));
  return [...refused].map(([topicId, { code, message }]) =>
    shareFetchableTopicResponseStruct.create({
      topicId,
      partitions: [...(told.get(topicId) ?? [])].map((partitionIndex) =>
        partitionDataStruct.create({
          partitionIndex,
          records: emptyBytes,
          ...(plan.wanted.get(topicId)?.has(partitionIndex) && { errorCode: code, errorMessage: message }),
          ...(acknowledged.get(topicId)?.has(partitionIndex) && {
            acknowledgeErrorCode: code,
            acknowledgeErrorMessage: message,
          }),
        }),
      ),
    }),
  );
}
