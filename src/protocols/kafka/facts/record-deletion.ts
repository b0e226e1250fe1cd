// What DeleteRecords takes away: from where each log begins now to where it will. "All there is" (-1) becomes the offset that people were shown, so
// that records written while they decide stay.
import type { JsonObject } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import type { DeleteRecordsTopic } from "../messages/delete-records.ts";
import { describeConfigs } from "../messages/describe-configs.ts";
import type { FactsContext, RuleContext } from "../rule.ts";
import { failing, ifKnown, readable } from "./common.ts";
import { earliest, latest, offsetsAt } from "./offsets.ts";
import { readersFacts } from "./topic.ts";

/** DeleteRecords' word for the high watermark. */
const all = -1n;
const topicType = 2;

export async function recordDeletionFacts(topic: DeleteRecordsTopic, context: FactsContext): Promise<ExchangeFacts> {
  const facts = await readersFacts(topic.name, context);
  if (facts.wouldFail !== null) return facts;
  if ((await ifKnown(cleanupPolicy(topic.name, context)))?.includes("delete") === false)
    return failing("POLICY_VIOLATION");
  const indexes = topic.partitions.map(({ partitionIndex }) => partitionIndex);
  const starts = await offsetsAt(earliest, topic.name, indexes, context);
  const ends = await offsetsAt(latest, topic.name, indexes, context);
  const offsets: Record<string, string> = {};
  const lines: string[] = [];
  for (const { partitionIndex: partition, offset } of topic.partitions) {
    const start = starts.get(partition);
    const end = ends.get(partition);
    const error = start?.errorCode || end?.errorCode;
    if (error !== undefined && error !== 0) return failing(error);
    if (start === undefined || end === undefined) return failing("UNKNOWN_TOPIC_OR_PARTITION");
    if (offset < all || offset > end.offset) return failing("OFFSET_OUT_OF_RANGE");
    const before = offset === all ? end.offset : offset;
    offsets[String(partition)] = before.toString();
    const gone = before > start.offset ? before - start.offset : 0n;
    lines.push(`partition ${partition}: ${gone} records before offset ${before}, of ${end.offset - start.offset}`);
  }
  return {
    pinned: facts.pinned,
    shown: { deletes: readable(lines), ...facts.shown },
    bound: { offsets },
    wouldFail: null,
  };
}

/** The topic with every offset as it was shown. */
export function bindOffsets(topic: DeleteRecordsTopic, { offsets }: JsonObject): DeleteRecordsTopic {
  if (typeof offsets !== "object" || offsets === null) return topic;
  const shown = new Map(Object.entries(offsets));
  return {
    ...topic,
    partitions: topic.partitions.map((partition) => {
      const offset = shown.get(String(partition.partitionIndex));
      return typeof offset === "string" ? { ...partition, offset: BigInt(offset) } : partition;
    }),
  };
}

/** A compacted topic's records cannot be deleted so, and the broker says POLICY_VIOLATION. */
async function cleanupPolicy(resourceName: string, context: RuleContext): Promise<string | null> {
  const resource = { resourceType: topicType, resourceName, configurationKeys: ["cleanup.policy"] };
  const { results } = await context.ask(describeConfigs, 1, describeConfigs.request.create({ resources: [resource] }));
  return results[0]?.configs.find(({ name }) => name === "cleanup.policy")?.value ?? null;
}
