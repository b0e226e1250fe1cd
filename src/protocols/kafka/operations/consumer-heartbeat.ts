// ConsumerGroupHeartbeat (68): GROUP:READ, and TOPIC:DESCRIBE for each topic that is subscribed to by name. A broker would match a regular
// expression (version 1) under the gateway's account and assign topics that the caller may not see, so it never goes on: it is
// matched here, and the topics that the caller may describe take its place, again and again (DESIGN §5.7).
import type { Verdict } from "../../../model/decision.ts";
import { errorCode, errorName } from "../errors.ts";
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  consumerGroupHeartbeat,
} from "../messages/consumer-group-heartbeat.ts";
import { metadata } from "../messages/metadata.ts";
import { isRefused, type Rule, type RuleContext } from "../rule.ts";
import { learnTopics } from "../topic-lookup.ts";
import type { TopicMap } from "../topics.ts";
import { firstRefusal } from "../whole-rule.ts";
import { groupRead, topicDescribe } from "./describe.ts";
import { type Heard, hear, keep, tellAgain } from "./regex-subscriptions.ts";

interface Plan {
  readonly heard: Heard;
  /** Topics that the expression matches and that are not named beside it. */
  readonly matches: readonly string[];
}

const nothing: Plan = { heard: { kind: "none" }, matches: [] };
const plans = new WeakMap<ConsumerGroupHeartbeatRequest, Plan>();
const planOf = (request: ConsumerGroupHeartbeatRequest) => plans.get(request) ?? nothing;

const metadataVersion = 12;
const unreadable =
  "This expression cannot be matched in linear time by the gateway: leave out look-around, back references and flags, or subscribe to topic names.";

async function match(
  request: ConsumerGroupHeartbeatRequest,
  heard: Extract<Heard, { kind: "match" }>,
  context: RuleContext,
): Promise<void> {
  const question = metadata.request.create({ topics: null, allowAutoTopicCreation: false });
  const answer = await context.ask(metadata, metadataVersion, question);
  learnTopics(answer.topics, context.topics as TopicMap);
  const { pattern, names } = heard.subscription;
  const matches = answer.topics
    .flatMap(({ name }) => (name !== null && pattern.matches(name) && !names.includes(name) ? [name] : []))
    .toSorted();
  plans.set(request, { heard, matches });
}

function prepare(request: ConsumerGroupHeartbeatRequest, context: RuleContext): Promise<void> | undefined {
  const heard = hear(request, context.session);
  if (heard.kind === "match") return match(request, heard, context);
  plans.set(request, { heard, matches: [] });
  return undefined;
}

/** The group and the names that the request gives must all be allowed; topics that only an expression finds need not. */
function needed(request: ConsumerGroupHeartbeatRequest): number {
  return 1 + (request.subscribedTopicNames?.length ?? 0);
}

function restrict(
  request: ConsumerGroupHeartbeatRequest,
  verdicts: readonly Verdict[],
  { session }: RuleContext,
): ConsumerGroupHeartbeatRequest | null {
  if (verdicts.slice(0, needed(request)).some(isRefused)) return null;
  const { heard, matches } = planOf(request);
  switch (heard.kind) {
    case "unreadable":
      return null;
    case "rest":
      return request;
    case "none":
      // "" takes an expression back: the broker never had one
      if (request.subscribedTopicRegex !== null || request.memberEpoch < 0) keep(request, session, null);
      return request;
    case "match": {
      const { names, sent } = heard.subscription;
      const found = matches.filter((_, index) => !isRefused(verdicts[needed(request) + index]));
      const subscribed = [...new Set([...names, ...found])].toSorted();
      keep(request, session, { ...heard.subscription, sent: subscribed });
      const same = sent !== null && sent.length === subscribed.length && sent.every((it, i) => it === subscribed[i]);
      return same ? request : { ...request, subscribedTopicNames: subscribed, subscribedTopicRegex: null };
    }
    default:
      return heard satisfies never;
  }
}

export const consumerGroupHeartbeatRule: Rule<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse> = {
  api: consumerGroupHeartbeat,
  versions: { min: 0, max: 1 },
  neverHeld: true,
  prepare,
  describe: (request) => [
    groupRead(request.groupId),
    ...(request.subscribedTopicNames ?? []).map((name) => topicDescribe(name)),
    ...planOf(request).matches.map((name) => topicDescribe(name)),
  ],
  restrict,
  refuse(request, verdicts) {
    const own = verdicts.slice(0, needed(request));
    const { code, message } = own.some(isRefused)
      ? firstRefusal(own, (operation) =>
          errorCode(operation === 0 ? "GROUP_AUTHORIZATION_FAILED" : "TOPIC_AUTHORIZATION_FAILED"),
        )
      : { code: errorCode("INVALID_REGULAR_EXPRESSION"), message: unreadable };
    return consumerGroupHeartbeat.response.create({ errorCode: code, errorMessage: message });
  },
  respond(response, request, { session }) {
    if (response.errorCode !== 0) tellAgain(request, session);
    return response;
  },
  outcomes(response, request) {
    const error = errorName(response.errorCode);
    return Array.from({ length: needed(request) }, (_, operation) => ({ operation, error }));
  },
};
