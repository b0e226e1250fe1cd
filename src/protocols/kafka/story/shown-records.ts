// The records of a recorded frame, for people: as text where they are text, cut to a bound. Only what was kept is here, so only what the
// client saw, or, in raw frames, what whoever holds the key may see.
import { LockkeeperError } from "../../../base/errors.ts";
import { limits } from "../../../base/limits.ts";
import type { RecordedFrame, ShownRecord } from "../../../model/recording.ts";
import type { FetchResponse } from "../messages/fetch.ts";
import type { ProduceRequest } from "../messages/produce.ts";
import { scanBatches } from "../records/batch.ts";
import { rewriteRecords } from "../records/rewrite.ts";
import { type Restored, restore } from "./restore.ts";
import { type Names, topicOf } from "./words.ts";

/** Records of one partition, as they are on the wire. */
export interface KeptRecords {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
  /** Requests have no offsets yet. */
  readonly written: boolean;
}

/** Every partition's records that a frame kept. */
export function keptRecords(frame: RecordedFrame, names: Names): KeptRecords[] {
  const isAnswer = frame.direction === "response" || frame.notes["answer"] === true;
  const restored = restore(frame, isAnswer ? "response" : "request");
  if (!restored) return [];
  return isAnswer ? read(restored, names) : written(restored, names);
}

function read(restored: Restored, names: Names): KeptRecords[] {
  if (restored.api.name !== "Fetch" && restored.api.name !== "ShareFetch") return [];
  return (restored.message as FetchResponse).responses.flatMap((topic) =>
    topic.partitions.flatMap(({ partitionIndex, records }) =>
      records && restored.hasRecords(records)
        ? [{ topic: topicOf(topic, names), partition: partitionIndex, bytes: records, written: false }]
        : [],
    ),
  );
}

function written(restored: Restored, names: Names): KeptRecords[] {
  if (restored.api.name !== "Produce") return [];
  return (restored.message as ProduceRequest).topicData.flatMap((topic) =>
    topic.partitionData.flatMap(({ index, records }) =>
      records && restored.hasRecords(records)
        ? [{ topic: topicOf(topic, names), partition: index, bytes: records, written: true }]
        : [],
    ),
  );
}

/** At most limits.shownRecordsMax. A batch that cannot be read is said to be so; a frame that cannot, the story tells of. */
export function shownRecords(frame: RecordedFrame, names: Names): ShownRecord[] {
  const shown: ShownRecord[] = [];
  try {
    for (const kept of keptRecords(frame, names)) {
      for (const { start, end } of scanBatches(kept.bytes)) showBatch(kept, kept.bytes.subarray(start, end), shown);
    }
  } catch (error) {
    if (!(error instanceof LockkeeperError)) throw error;
  }
  return shown;
}

function showBatch({ topic, partition, written: isWritten }: KeptRecords, batch: Buffer, shown: ShownRecord[]): void {
  const place = { topic, partition };
  try {
    rewriteRecords(batch, ({ key, value, offset, timestamp }) => {
      if (shown.length < limits.shownRecordsMax) {
        const at = { ...place, offset: isWritten ? null : offset, timestamp: Number(timestamp) };
        shown.push({ ...at, key: shownBytes(key), value: shownBytes(value) });
      }
      return undefined;
    });
  } catch (error) {
    if (!(error instanceof LockkeeperError)) throw error;
    shown.push({
      ...place,
      offset: null,
      timestamp: 0,
      key: null,
      value: `a batch that cannot be read (${error.code})`,
    });
  }
}

function shownBytes(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  const head = bytes.subarray(0, limits.shownValueBytesMax);
  const cut = head.length < bytes.length;
  try {
    // a cut may go through the middle of a character, which `stream` leaves out
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: cut });
    return cut ? `${text}… (${bytes.length} bytes)` : text;
  } catch {
    return `base64:${Buffer.from(head).toString("base64")}${cut ? `… (${bytes.length} bytes)` : ""}`;
  }
}
