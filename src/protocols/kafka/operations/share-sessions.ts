// The share sessions of one client connection (KIP-932), as the client sees them and as the broker does. In the steady state a ShareFetch names no
// topic, and a broker keeps no principal with a session, so each is shadowed here from its first request to its last: every topic in
// it is judged at every fetch. A session that was not opened on this connection does not exist: brokers drop theirs with the
// connection as well, and the client opens a new one.
import { limits } from "../../../base/limits.ts";
import type { Session } from "../../../model/session.ts";

/** ShareRequestMetadata: opens a session, closes one; between them an epoch counts requests. */
export const initialEpoch = 0;
export const finalEpoch = -1;

/** Topic id → partitions. */
export type Partitions = ReadonlyMap<string, ReadonlySet<number>>;

export interface ShareSession {
  /** What the client has put into it. */
  readonly wanted: Partitions;
  /** What the broker was told: the wanted ones that were allowed at the latest fetch. */
  readonly sent: Partitions;
}

export interface Member {
  readonly groupId: string | null;
  readonly memberId: string | null;
}

const sessions = new WeakMap<Session, Map<string, ShareSession>>();
const keyOf = ({ groupId, memberId }: Member) => JSON.stringify([groupId, memberId]);

export function shareSession(connection: Session, member: Member): ShareSession | undefined {
  return sessions.get(connection)?.get(keyOf(member));
}

export function keepShareSession(connection: Session, member: Member, session: ShareSession): void {
  let members = sessions.get(connection);
  if (!members) sessions.set(connection, (members = new Map()));
  members.delete(keyOf(member));
  members.set(keyOf(member), session);
  const oldest = members.keys().next();
  if (members.size > limits.sessionMembersMax && !oldest.done) members.delete(oldest.value);
}

export function dropShareSession(connection: Session, member: Member): void {
  sessions.get(connection)?.delete(keyOf(member));
}

// --- sets of partitions ---------------------------------------------------------------------------------------------------

export interface TopicPart {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

export function partitionsOf(parts: readonly TopicPart[]): Partitions {
  return plus(new Map(), parts);
}

export function plus(all: Partitions, parts: readonly TopicPart[]): Partitions {
  const sum = new Map(all);
  for (const { topicId, partitions } of parts) {
    sum.set(topicId, new Set([...(sum.get(topicId) ?? []), ...partitions]));
  }
  return sum;
}

export function minus(all: Partitions, parts: readonly TopicPart[]): Partitions {
  const rest = new Map(all);
  for (const { topicId, partitions } of parts) {
    const had = rest.get(topicId);
    if (!had) continue;
    const gone = new Set(partitions);
    const left = new Set([...had].filter((partition) => !gone.has(partition)));
    if (left.size > 0) rest.set(topicId, left);
    else rest.delete(topicId);
  }
  return rest;
}

export function partsOf(all: Partitions): TopicPart[] {
  return [...all].map(([topicId, partitions]) => ({ topicId, partitions: [...partitions] }));
}

export function without(all: Partitions, topics: ReadonlySet<string>): Partitions {
  return new Map([...all].filter(([topicId]) => !topics.has(topicId)));
}

export function only(all: Partitions, topics: ReadonlySet<string>): Partitions {
  return new Map([...all].filter(([topicId]) => topics.has(topicId)));
}
