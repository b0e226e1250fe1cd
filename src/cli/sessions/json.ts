// A recorded frame as JSON, for other programs: facts, notes, the decoded message. Bytes as their size, large numbers as text.
import { describeError, LockkeeperError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import type { RecordedFrame } from "../../model/recording.ts";
import { restore } from "../../protocols/kafka/story/restore.ts";
import { toJson } from "../../protocols/kafka/summary.ts";

export function frameJson(frame: RecordedFrame): JsonObject {
  const { at, direction, api, version, correlation, bytes, level, payloadDropped, notes, cuts } = frame;
  return {
    at: new Date(at).toISOString(),
    direction,
    api,
    version,
    correlation,
    bytes,
    level,
    ...(payloadDropped && { payloadDropped }),
    ...(Object.keys(notes).length > 0 && { notes }),
    ...(cuts.length > 0 && { leftOut: cuts.map((cut) => toJson(cut)) }),
    ...message(frame),
  };
}

function message(frame: RecordedFrame): JsonObject {
  if (frame.direction === "event") return {};
  const isAnswer = frame.direction === "response" || frame.notes["answer"] === true;
  try {
    const restored = restore(frame, isAnswer ? "response" : "request");
    return restored ? { message: toJson(restored.message) } : {};
  } catch (error) {
    if (!(error instanceof LockkeeperError)) throw error;
    return { unreadable: describeError(error) };
  }
}
