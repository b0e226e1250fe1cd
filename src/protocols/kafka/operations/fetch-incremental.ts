// A Fetch within a session: it names only what changes, and is judged by all that the session holds. A refused topic is forgotten at the broker and
// told as error 29 in every answer, as a broker would; once it is allowed again it is put back as the client had it.
import { after, allOf } from "../../../base/maybe.ts";
import type { Verdict } from "../../../model/decision.ts";
import type { Operation } from "../../../model/operation.ts";
import type { AnswerServices, OperationOutcome } from "../../protocol.ts";
import { withEndpoints } from "../addresses.ts";
import { errorCode, errorName } from "../errors.ts";
import {
  type FetchableTopicResponse,
  type FetchRequest,
  type FetchResponse,
  fetch,
  fetchableTopicResponseStruct,
  fetchTopicStruct,
  forgottenTopicStruct,
} from "../messages/fetch.ts";
import { isRefused, type PassingAnswer, type Rule, type RuleContext } from "../rule.ts";
import type { FetchHead } from "../stream/fetch-stream.ts";
import { lookUpTopics } from "../topic-lookup.ts";
import { deniedTopicCode, topicName, topicRead } from "./describe.ts";
import {
  advanceFetchSession,
  dropFetchSession,
  type FetchSession,
  fetchSession,
  isNewlyRefused,
  isTooLarge,
  type Judged,
  keyOf,
  oweNews,
  type TopicInSession,
} from "./fetch-sessions.ts";
import { passWhole, streamedFetch } from "./fetched-stream.ts";
import { deniedPartition, guardTopic } from "./fetched-topic.ts";

/** What a request of a session means, made when it is described: the session goes on with the next one before this is answered. */
interface Plan extends Judged {
  /** Null where the session may not go on; `error` says why. */
  readonly session: FetchSession | null;
  readonly error: number;
}

const plans = new WeakMap<FetchRequest, Plan>();

function planned(request: FetchRequest, context: RuleContext): Plan {
  const known = plans.get(request);
  if (known) return known;
  const plan = planOf(request, context);
  plans.set(request, plan);
  return plan;
}

function planOf(request: FetchRequest, context: RuleContext): Plan {
  const session = fetchSession(context.session, request.sessionId);
  if (!session || session.byId !== context.version >= idsVersion) return impossible("FETCH_SESSION_ID_NOT_FOUND");
  if (session.epoch !== request.sessionEpoch) return impossible("INVALID_FETCH_SESSION_EPOCH");
  if (isTooLarge(request, session)) {
    dropFetchSession(context.session, session);
    return impossible("FETCH_SESSION_ID_NOT_FOUND");
  }
  advanceFetchSession(session, request);
  return { ...judgedOf(session, context), session, error: 0 };
}

/** From this version on topics have ids. */
const idsVersion = 13;

/** The client starts over with a full fetch. */
function impossible(error: string): Plan {
  return { operations: [], index: new Map(), session: null, error: errorCode(error) };
}

/** Kept with the session for as long as its topics stay and all their names are known. */
function judgedOf(session: FetchSession, context: RuleContext): Judged {
  if (session.judged) return session.judged;
  const index = new Map<string, number>();
  const operations: Operation[] = [];
  let isWhole = true;
  for (const [key, { topic, topicId }] of session.topics) {
    const name = topicName({ name: topic, topicId }, context);
    if (name === "") isWhole = false;
    index.set(key, operations.length);
    operations.push(topicRead(name));
  }
  const judged = { operations, index };
  if (isWhole) session.judged = judged;
  return judged;
}

export const incremental = {
  prepare(request, context) {
    const session = fetchSession(context.session, request.sessionId);
    if (session?.judged && request.topics.length === 0) return undefined;
    const topics = [...request.topics, ...(session?.topics.values() ?? [])];
    return lookUpTopics(
      topics.map(({ topicId }) => topicId),
      context,
    );
  },

  describe: (request, context) => planned(request, context).operations,

  /** Goes on even when every topic was refused: the broker ends a session that holds nothing, and the client hears of it. */
  restrict(request, verdicts, context) {
    const { session, index } = planned(request, context);
    if (!session) return null;
    const before = session.refused;
    const refused = refusedOf(index, verdicts);
    if (refused.size === 0 && before.size === 0) return request;
    session.refused = refused;
    const allowed = [...before].filter((key) => !refused.has(key));
    const gone = [...refused].filter((key) => !before.has(key));
    const isNew = isNewlyRefused(context.session, gone, () => allowed);
    const back = topicsOf(session, allowed);
    const named = request.topics.filter((topic) => !refused.has(keyOf(topic)));
    if (back.length === 0 && gone.length === 0 && named.length === request.topics.length) return request;
    const backKeys = new Set(back.map(keyOf));
    return {
      ...request,
      ...(isNew && { maxWaitMs: 0 }),
      topics: [...named.filter((topic) => !backKeys.has(keyOf(topic))), ...back.map(asked)],
      forgottenTopicsData: [...request.forgottenTopicsData, ...topicsOf(session, gone).map(forgotten)],
    };
  },

  refuse: (request, _verdicts, context) =>
    fetch.response.create({ errorCode: planned(request, context).error, sessionId: 0 }),

  respond(response, request, context) {
    const { session, index } = planned(request, context);
    if (session) endUnlessItGoesOn(session, response, context);
    const owed = session && response.errorCode === 0 ? takeOwed(session, response) : [];
    const given = [...response.responses, ...owed];
    const refused = refusedOf(index, context.verdicts);
    if (session) {
      oweNews(
        session,
        given.filter((topic) => refused.has(keyOf(topic))),
      );
    }
    const topics = given.map((topic) => {
      const position = index.get(keyOf(topic));
      return guardTopic(topic, position === undefined ? undefined : context.verdicts[position], context);
    });
    const denied =
      session && response.errorCode === 0
        ? topicsOf(session, [...refused]).map((topic) => deniedTopic(topic, context))
        : [];
    return after(allOf(topics), (guarded) => {
      const isChanged = owed.length > 0 || denied.length > 0 || guarded.some((topic, at) => topic !== given[at]);
      const kept = denied.length > 0 ? guarded.filter((topic) => !refused.has(keyOf(topic))) : guarded;
      return withEndpoints(isChanged ? { ...response, responses: [...kept, ...denied] } : response, context.book);
    });
  },

  /** Where nothing is to be added either: neither refusals nor what is owed. */
  stream(
    request: FetchRequest,
    verdicts: readonly Verdict[],
    services: AnswerServices,
    context: RuleContext,
  ): PassingAnswer | null {
    const { session, index } = planned(request, context);
    if (!session || session.owed.size > 0 || !passWhole(verdicts, services)) return null;
    return streamedFetch(
      verdicts,
      context,
      (key) => index.get(key),
      (head) => endUnlessItGoesOn(session, head, context),
    );
  },

  /** Only of topics that the answer names: the others have no news. */
  outcomes(response, request, context) {
    const { index } = planned(request, context);
    const outcomes: OperationOutcome[] = [];
    for (const topic of response.responses) {
      const operation = index.get(keyOf(topic));
      if (operation !== undefined) outcomes.push({ operation, error: errorName(firstError(topic)) });
    }
    return outcomes;
  },

  early: {
    answer(request, verdicts, context) {
      const { session, index } = planned(request, context);
      const refused = [...refusedOf(index, verdicts)];
      isNewlyRefused(context.session, refused, () => []);
      const responses = session ? topicsOf(session, refused).map((topic) => deniedTopic(topic, context)) : [];
      return fetch.response.create({ sessionId: request.sessionId, responses });
    },
    late(response, request, context) {
      const { session } = planned(request, context);
      if (!session) return;
      endUnlessItGoesOn(session, response, context);
      oweNews(session, response.responses);
    },
  },
} satisfies Partial<Rule<FetchRequest, FetchResponse>>;

/** The broker has ended the session, or lost count of it: the client starts over. */
function endUnlessItGoesOn(session: FetchSession, { errorCode: code, sessionId }: FetchHead, context: RuleContext) {
  if (code !== 0 || sessionId !== session.id) dropFetchSession(context.session, session);
}

function refusedOf(index: ReadonlyMap<string, number>, verdicts: readonly Verdict[]): ReadonlySet<string> {
  if (!verdicts.some(isRefused)) return nothing;
  const refused = new Set<string>();
  for (const [key, position] of index) if (isRefused(verdicts[position])) refused.add(key);
  return refused;
}

const nothing: ReadonlySet<string> = new Set();

function topicsOf({ topics }: FetchSession, keys: readonly string[]): TopicInSession[] {
  return keys.map((key) => topics.get(key)).filter((topic) => topic !== undefined);
}

function asked({ topic, topicId, partitions }: TopicInSession) {
  return fetchTopicStruct.create({ topic, topicId, partitions: [...partitions.values()] });
}

function forgotten({ topic, topicId, partitions }: TopicInSession) {
  return forgottenTopicStruct.create({ topic, topicId, partitions: [...partitions.keys()] });
}

function deniedTopic({ topic, topicId, partitions }: TopicInSession, context: RuleContext): FetchableTopicResponse {
  const code = deniedTopicCode({ name: topic, topicId }, context);
  return fetchableTopicResponseStruct.create({
    topic,
    topicId,
    partitions: [...partitions.keys()].map((partition) => deniedPartition(partition, code)),
  });
}

function firstError({ partitions }: FetchableTopicResponse): number {
  return partitions.find(({ errorCode: code }) => code !== 0)?.errorCode ?? 0;
}

/** What is owed, without what has newer news in this answer or has left the session. */
function takeOwed({ owed, topics }: FetchSession, { responses }: FetchResponse): FetchableTopicResponse[] {
  if (owed.size === 0) return [];
  const newer = new Map(responses.map((topic) => [keyOf(topic), new Set(topic.partitions.map(indexOf))]));
  const taken: FetchableTopicResponse[] = [];
  for (const [key, news] of owed) {
    const known = topics.get(key);
    if (!known) continue;
    const { topic, topicId } = known;
    const isDue = (at: number) => known.partitions.has(at) && !newer.get(key)?.has(at);
    const partitions = [...news.values()].filter(({ partitionIndex }) => isDue(partitionIndex));
    if (partitions.length > 0) taken.push(fetchableTopicResponseStruct.create({ topic, topicId, partitions }));
  }
  owed.clear();
  return taken;
}

function indexOf({ partitionIndex }: { readonly partitionIndex: number }): number {
  return partitionIndex;
}
