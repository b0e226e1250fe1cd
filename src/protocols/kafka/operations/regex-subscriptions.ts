// The regular expressions that members of one session subscribed with. A heartbeat says its expression once and then nothing, so it is kept
// here, and matched again every few heartbeats: topics appear, policies change. Holds no topic that nobody judged.
import { limits } from "../../../base/limits.ts";
import type { Session } from "../../../model/session.ts";
import type { ConsumerGroupHeartbeatRequest } from "../messages/consumer-group-heartbeat.ts";
import { type TopicPattern, topicPattern } from "../topic-pattern.ts";

/** Half a minute with the broker's default interval of 5 s; a broker itself looks again when a topic appears. */
const heartbeatsBetweenMatches = 6;

export interface RegexSubscription {
  readonly pattern: TopicPattern;
  /** What the member subscribes to by name, beside the expression. */
  readonly names: readonly string[];
  /** What the broker was told last, sorted; null when it must be told again. */
  sent: readonly string[] | null;
  /** Until the next match. */
  heartbeats: number;
}

/** What a heartbeat means for its member's expression. */
export type Heard =
  /** There is none. */
  | { readonly kind: "none" }
  /** It cannot be matched here. */
  | { readonly kind: "unreadable" }
  /** As before, and not yet to be matched again. */
  | { readonly kind: "rest" }
  /** To be matched now. */
  | { readonly kind: "match"; readonly subscription: RegexSubscription };

const sessions = new WeakMap<Session, Map<string, RegexSubscription>>();

export function hear(request: ConsumerGroupHeartbeatRequest, session: Session): Heard {
  const { subscribedTopicRegex: source, subscribedTopicNames: names, memberEpoch } = request;
  const known = sessions.get(session)?.get(keyOf(request));
  if (memberEpoch < 0 || source === "") return { kind: "none" };
  if (source !== null) {
    const pattern = topicPattern(source);
    if (!pattern) return { kind: "unreadable" };
    return matched({ pattern, names: names ?? known?.names ?? [], sent: null, heartbeats: 0 });
  }
  if (!known) return { kind: "none" };
  if (names !== null) return matched({ ...known, names, sent: null, heartbeats: 0 });
  if (known.sent !== null && ++known.heartbeats < heartbeatsBetweenMatches) return { kind: "rest" };
  return matched({ ...known, heartbeats: 0 });
}

const matched = (subscription: RegexSubscription): Heard => ({ kind: "match", subscription });

/** What the broker is told from now on. */
export function keep(
  request: ConsumerGroupHeartbeatRequest,
  session: Session,
  subscription: RegexSubscription | null,
): void {
  let members = sessions.get(session);
  if (!members) sessions.set(session, (members = new Map()));
  const key = keyOf(request);
  members.delete(key);
  if (!subscription) return;
  members.set(key, subscription);
  const oldest = members.keys().next();
  if (members.size > limits.sessionMembersMax && !oldest.done) members.delete(oldest.value);
}

/** The broker did not take the heartbeat: it is told everything again. */
export function tellAgain(request: ConsumerGroupHeartbeatRequest, session: Session): void {
  const known = sessions.get(session)?.get(keyOf(request));
  if (known) known.sent = null;
}

function keyOf({ groupId, memberId }: ConsumerGroupHeartbeatRequest): string {
  return JSON.stringify([groupId, memberId]);
}
