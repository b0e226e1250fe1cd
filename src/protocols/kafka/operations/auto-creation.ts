// Metadata may create the topics that it names (allowAutoTopicCreation): a second door to CreateTopics, judged as `topic.create`. Which of
// the named topics do not exist is asked each time: a topic that was seen once may have been deleted since.
import type { Verdict } from "../../../model/decision.ts";
import type { Operation } from "../../../model/operation.ts";
import { errorCode } from "../errors.ts";
import {
  type MetadataRequest,
  type MetadataResponseTopic,
  metadata,
  metadataResponseTopicStruct,
} from "../messages/metadata.ts";
import { isRefused, type RuleContext } from "../rule.ts";
import { operation } from "./describe.ts";

const unknownTopic = errorCode("UNKNOWN_TOPIC_OR_PARTITION");
/** What every broker that we speak to answers. */
const metadataVersion = 4;

/** The topics that a request would create, by request: found before it is described, and asked again until it is answered. */
const missing = new WeakMap<MetadataRequest, readonly string[]>();

/** Undefined when the request creates nothing. */
export function lookForMissing(request: MetadataRequest, context: RuleContext): Promise<void> | undefined {
  const names = namesOf(request);
  if (!request.allowAutoTopicCreation || names.length === 0) return undefined;
  return findMissing(request, names, context);
}

async function findMissing(request: MetadataRequest, names: readonly string[], context: RuleContext): Promise<void> {
  const question = metadata.request.create({ topics: names.map((name) => ({ name })), allowAutoTopicCreation: false });
  const { topics } = await context.ask(metadata, metadataVersion, question);
  const unknown = new Set(topics.filter((topic) => topic.errorCode === unknownTopic).map(({ name }) => name));
  missing.set(
    request,
    names.filter((name) => unknown.has(name)),
  );
}

function namesOf({ topics }: MetadataRequest): string[] {
  return [...new Set((topics ?? []).flatMap(({ name }) => (name === null || name === "" ? [] : [name])))];
}

/** One for each topic that is missing; they stand behind the request's other operations. The cluster's defaults decide the rest. */
export function creations(request: MetadataRequest): Operation[] {
  return missingOf(request).map((name) =>
    operation(
      "topic.create",
      "create",
      { type: "topic", name },
      { risk: "medium", attributes: { partitions: -1, replicationFactor: -1, configs: {}, automatic: true } },
    ),
  );
}

export function missingOf(request: MetadataRequest): readonly string[] {
  return missing.get(request) ?? [];
}

/** Missing topics that must not be created; `verdicts` are those of `creations`. */
export function notToBeCreated(request: MetadataRequest, verdicts: readonly Verdict[]): ReadonlySet<string> {
  return new Set(missingOf(request).filter((_, index) => isRefused(verdicts[index])));
}

/** What a broker says of a topic that it may not create. */
export function stillMissing(name: string): MetadataResponseTopic {
  return metadataResponseTopicStruct.create({ errorCode: unknownTopic, name });
}
