// Names of topics that a session's messages know by id only: noted beside its frames, and learnt from the answers that name both.
import type { JsonObject } from "../../../base/json.ts";
import type { RecordedFrame } from "../../../model/recording.ts";
import type { CreateTopicsResponse } from "../messages/create-topics.ts";
import type { MetadataResponse } from "../messages/metadata.ts";
import type { Restored } from "./restore.ts";

/** Fills `topics`, id → name. Give it every frame of a session in order; `answer` where the frame is one, and was kept. */
export function learnNames(topics: Map<string, string>, frame: RecordedFrame, answer: Restored | null): void {
  const noted = frame.notes["topics"] as JsonObject | undefined;
  for (const [id, name] of Object.entries(noted ?? {})) if (typeof name === "string") topics.set(id, name);
  if (!answer) return;
  for (const { topicId, name } of namesIn(answer)) if (name !== null && name !== "") topics.set(topicId, name);
}

function namesIn({ api, message }: Restored): readonly { readonly topicId: string; readonly name: string | null }[] {
  switch (api.name) {
    case "Metadata":
    case "DescribeTopicPartitions":
      return (message as MetadataResponse).topics;
    case "CreateTopics":
      return (message as CreateTopicsResponse).topics;
    default:
      return [];
  }
}
