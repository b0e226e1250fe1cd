// What one ShareFetch means: which topics are judged, what of it goes on to the broker, what the session is afterwards. Pure.
import {
  type FetchTopic,
  fetchPartitionStruct,
  fetchTopicStruct,
  forgottenTopicStruct,
  type ShareFetchRequest,
} from "../messages/share-fetch.ts";
import {
  finalEpoch,
  initialEpoch,
  minus,
  only,
  type Partitions,
  partitionsOf,
  partsOf,
  plus,
  type ShareSession,
  type TopicPart,
  without,
} from "./share-sessions.ts";

export interface SharePlan {
  /** False for a session that was not opened on this connection. */
  readonly known: boolean;
  /** Topic ids, each once: every topic of the session, and those of which something is acknowledged. */
  readonly judged: readonly string[];
  /** What the client's session holds after this request; empty when it ends. */
  readonly wanted: Partitions;
  /** What the broker's session holds before it. */
  readonly sent: Partitions;
}

export function planOf(request: ShareFetchRequest, session: ShareSession | undefined): SharePlan {
  const named = namedBy(request);
  const nothing: Partitions = new Map();
  switch (request.shareSessionEpoch) {
    case initialEpoch:
      return { known: true, judged: [...named.keys()], wanted: named, sent: nothing };
    case finalEpoch:
      return { known: session !== undefined, judged: [...named.keys()], wanted: nothing, sent: nothing };
    default: {
      if (!session) return { known: false, judged: [], wanted: nothing, sent: nothing };
      // as brokers do: first what comes in, then what goes out; what is acknowledged may go out at once
      const all = plus(session.wanted, partsOf(named));
      const wanted = minus(all, request.forgottenTopicsData);
      return { known: true, judged: [...all.keys()], wanted, sent: session.sent };
    }
  }
}

function namedBy({ topics }: ShareFetchRequest): Partitions {
  return partitionsOf(topics.map(partOf));
}

function partOf({ topicId, partitions }: FetchTopic): TopicPart {
  return { topicId, partitions: partitions.map(({ partitionIndex }) => partitionIndex) };
}

/**
 * The request that goes on, and the session at the broker after it. A refused topic is forgotten there: its records are not fetched,
 * and those that the client holds are not acknowledged, so that their locks lapse and other consumers get them. Once it is allowed
 * again it is put back.
 */
export function restrictShareFetch(
  request: ShareFetchRequest,
  plan: SharePlan,
  refused: ReadonlySet<string>,
): { readonly request: ShareFetchRequest; readonly sent: Partitions } {
  const allowed = request.topics.filter(({ topicId }) => !refused.has(topicId));
  if (request.shareSessionEpoch === finalEpoch) {
    return {
      request: allowed.length === request.topics.length ? request : { ...request, topics: allowed },
      sent: new Map(),
    };
  }
  const sent = without(plan.wanted, refused);
  const told = plus(plan.sent, allowed.map(partOf));
  const missing = minus(sent, partsOf(told));
  const forgotten = only(plan.sent, refused);
  if (allowed.length === request.topics.length && missing.size === 0 && forgotten.size === 0) return { request, sent };
  return {
    request: { ...request, topics: withTopics(allowed, missing), forgottenTopicsData: forgetting(request, forgotten) },
    sent,
  };
}

function withTopics(topics: readonly FetchTopic[], more: Partitions): FetchTopic[] {
  const added = new Map(more);
  const changed = topics.map((topic) => {
    const partitions = added.get(topic.topicId);
    if (!partitions) return topic;
    added.delete(topic.topicId);
    return { ...topic, partitions: [...topic.partitions, ...partitionsFor(partitions)] };
  });
  const fresh = [...added].map(([topicId, partitions]) =>
    fetchTopicStruct.create({ topicId, partitions: partitionsFor(partitions) }),
  );
  return [...changed, ...fresh];
}

function partitionsFor(indexes: ReadonlySet<number>) {
  return [...indexes].map((partitionIndex) => fetchPartitionStruct.create({ partitionIndex }));
}

function forgetting({ forgottenTopicsData }: ShareFetchRequest, more: Partitions) {
  if (more.size === 0) return forgottenTopicsData;
  return partsOf(plus(partitionsOf(forgottenTopicsData), partsOf(more))).map(({ topicId, partitions }) =>
    forgottenTopicStruct.create({ topicId, partitions }),
  );
}
