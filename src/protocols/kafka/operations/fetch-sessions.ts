// The fetch sessions of one client connection (KIP-227), as the client sees them. In the steady state a Fetch names no topic, and a broker keeps no
// principal with a session, so each is shadowed whole, from the answer that opened it to its end: every topic in it is judged at every
// fetch. The broker's session holds the same, without the topics that are refused. A session that was not opened on this connection
// does not exist (clients open a new one after a reconnect): nobody reads from another's.
import { limits } from "../../../base/limits.ts";
import type { Operation } from "../../../model/operation.ts";
import type { Session } from "../../../model/session.ts";
import type { FetchableTopicResponse, FetchPartition, FetchRequest, PartitionData } from "../messages/fetch.ts";
import { noTopicId } from "../topics.ts";

/** FetchMetadata: opens a session (and ends the one that is named); fetches once, without one. Between them an epoch counts requests. */
export const initialEpoch = 0;
export const finalEpoch = -1;
const epochMax = 0x7fffffff;

export interface TopicInSession {
  readonly topic: string;
  readonly topicId: string;
  /** What the client asks of each partition, as it last said it. */
  readonly partitions: Map<number, FetchPartition>;
}

export interface Judged {
  readonly operations: readonly Operation[];
  /** Topic → its operation. */
  readonly index: ReadonlyMap<string, number>;
}

export interface FetchSession {
  readonly id: number;
  /** Whether topics go by their ids (version 13 and above); a session keeps to one of the two. */
  readonly byId: boolean;
  readonly topics: Map<string, TopicInSession>;
  partitionCount: number;
  /** What the client's next request must say. */
  epoch: number;
  /** Topics that the broker's session lacks, because they were refused at the latest fetch. */
  refused: ReadonlySet<string>;
  /** What is to be judged at each fetch; null when the topics have changed. */
  judged: Judged | null;
  /** Topic → what the broker told of its partitions in answers that went nowhere; the next answer tells it. */
  readonly owed: Map<string, Map<number, PartitionData>>;
}

const sessions = new WeakMap<Session, Map<number, FetchSession>>();

/** What joins a topic of a request with that of its answer. Fetch calls the name `topic`. */
export function keyOf({ topic, topicId }: { readonly topic: string; readonly topicId: string }): string {
  return topicId === noTopicId ? topic : topicId;
}

export function fetchSession(connection: Session, id: number): FetchSession | undefined {
  return sessions.get(connection)?.get(id);
}

export function dropFetchSession(connection: Session, { id }: FetchSession): void {
  sessions.get(connection)?.delete(id);
}

/** True where a session with all of this would be more than is kept. */
export function isTooLarge({ topics }: FetchRequest, session?: FetchSession): boolean {
  let count = session?.partitionCount ?? 0;
  for (const { partitions } of topics) count += partitions.length;
  return count > limits.fetchSessionPartitionsMax;
}

/** The session that the broker opened for this request, which is the client's, whole. */
export function openFetchSession(
  connection: Session,
  id: number,
  request: FetchRequest,
  refused: ReadonlySet<string>,
): FetchSession {
  const session: FetchSession = {
    id,
    byId: request.topics.some(({ topicId }) => topicId !== noTopicId),
    topics: new Map(),
    partitionCount: 0,
    epoch: 1,
    refused,
    judged: null,
    owed: new Map(),
  };
  addTopics(session, request);
  let mine = sessions.get(connection);
  if (!mine) sessions.set(connection, (mine = new Map()));
  mine.delete(id);
  mine.set(id, session);
  const oldest = mine.keys().next();
  if (mine.size > limits.fetchSessionsMax && !oldest.done) mine.delete(oldest.value);
  return session;
}

/** An incremental request changes the session as it does at the broker: first what comes in, then what goes out. */
export function advanceFetchSession(session: FetchSession, request: FetchRequest): void {
  session.epoch = session.epoch === epochMax ? 1 : session.epoch + 1;
  addTopics(session, request);
  for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
    const key = keyOf({ topic, topicId });
    const known = session.topics.get(key);
    if (!known) continue;
    for (const partition of partitions) if (known.partitions.delete(partition)) session.partitionCount--;
    if (known.partitions.size > 0) continue;
    session.topics.delete(key);
    session.judged = null;
  }
}

/** The broker counts as told what the client was not. Records are not owed: the client asks for them again. */
export function oweNews({ owed }: FetchSession, responses: readonly FetchableTopicResponse[]): void {
  for (const { topic, topicId, partitions } of responses) {
    const key = keyOf({ topic, topicId });
    let news = owed.get(key);
    if (!news) owed.set(key, (news = new Map()));
    for (const partition of partitions) {
      const isAskedAgain = partition.errorCode !== 0 || (partition.records?.length ?? 0) > 0;
      if (isAskedAgain) news.delete(partition.partitionIndex);
      else news.set(partition.partitionIndex, partition);
    }
  }
}

function addTopics(session: FetchSession, request: FetchRequest): void {
  for (const { topic, topicId, partitions } of request.topics) {
    const key = keyOf({ topic, topicId });
    let known = session.topics.get(key);
    if (!known) {
      session.topics.set(key, (known = { topic, topicId, partitions: new Map() }));
      session.judged = null;
    }
    const before = known.partitions.size;
    for (const partition of partitions) known.partitions.set(partition.partition, partition);
    session.partitionCount += known.partitions.size - before;
  }
}

// --- refusals that were told ----------------------------------------------------------------------------------------------

const told = new WeakMap<Session, Set<string>>();

/**
 * Notes which topics of a fetch are refused. True where one is that was not at the fetch before: the client is to hear of it at once, and not when
 * the broker has waited for records of the others.
 */
export function isNewlyRefused(connection: Session, refused: readonly string[], allowed: () => readonly string[]) {
  let known = told.get(connection);
  if (!known) {
    if (refused.length === 0) return false;
    told.set(connection, (known = new Set()));
  }
  if (known.size > 0) for (const key of allowed()) known.delete(key);
  let isNew = false;
  for (const key of refused) {
    if (known.has(key)) continue;
    isNew = true;
    if (known.size >= limits.fetchSessionPartitionsMax) known.clear();
    known.add(key);
  }
  return isNew;
}
