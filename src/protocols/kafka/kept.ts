// What a recording keeps of one Kafka frame: the frame itself, and where in it lie the records that may have to be left out. Nothing is
// encoded again but what holds secrets. Pure; the hot path calls this for every frame.
import type { JsonObject } from "../../base/json.ts";
import { limits } from "../../base/limits.ts";
import type { DataRange } from "../../model/audit-event.ts";
import type { Cut, KeptFrame, RecordsDigest } from "../../model/recording.ts";
import { batchAt } from "./records/batch.ts";
import type { ByteField } from "./writer.ts";

const noCuts: readonly Cut[] = [];

/** Of a frame that nobody changed: `records` are views of `decoded`, which holds the same bytes as `frame` where it has them. */
export function keptAsItCame(
  frame: Buffer,
  decoded: Buffer,
  records: readonly Buffer[],
  digest: (records: Buffer) => RecordsDigest,
  notes: JsonObject | null,
): KeptFrame {
  const cuts =
    records.length === 0
      ? noCuts
      : records.map((it) => ({ at: it.byteOffset - decoded.byteOffset, length: it.length, records: digest(it) }));
  return { pieces: [frame], cuts, notes };
}

/** Of an answer that was encoded anew: the writer says where each byte field went. */
export function keptAsEncoded(
  pieces: readonly Buffer[],
  byteFields: readonly ByteField[],
  records: readonly Buffer[],
  digest: (records: Buffer) => RecordsDigest,
  notes: JsonObject | null,
): KeptFrame {
  if (records.length === 0) return { pieces, cuts: noCuts, notes };
  const wanted = new Set(records);
  const cuts: Cut[] = [];
  for (const { at, value } of byteFields) {
    if (wanted.has(value)) cuts.push({ at, length: value.length, records: digest(value) });
  }
  return { pieces, cuts, notes };
}

/** From the batches' headers. Never throws: what is malformed is refused elsewhere, and counts as nothing here. */
export function scannedDigest(records: Buffer): RecordsDigest {
  let batches = 0;
  let count = 0;
  let firstOffset = -1n;
  let lastOffset = -1n;
  try {
    for (let at = 0, batch = batchAt(records, 0); batch !== null; at = batch.end, batch = batchAt(records, at)) {
      if (batches++ === 0) firstOffset = batch.firstOffset;
      lastOffset = batch.lastOffset;
      // markers of transactions, and what stands for what was hidden, are no records of anybody
      if (!batch.isControl) count += batch.records;
    }
  } catch {
    // what could be read before it stands
  }
  return { batches, records: count, firstOffset, lastOffset };
}

/**
 * From the ranges that the answer was told by already, where they are in the order of its records: nothing is scanned twice. The number of batches is
 * not known then, and is told as 1.
 */
export function digestByRanges(ranges: readonly DataRange[]): (records: Buffer) => RecordsDigest {
  let next = 0;
  return (records) => {
    const range = ranges[next];
    if (range?.bytes !== records.length) return scannedDigest(records);
    next++;
    const { firstOffset, lastOffset } = range;
    return { batches: 1, records: range.records, firstOffset, lastOffset };
  };
}

/** Names of the topics that a message knows by id only, the first time that this session's recording meets them. */
export function newTopicNames(
  message: unknown,
  nameOf: (id: string) => string | undefined,
  told: Set<string>,
): JsonObject | null {
  const { topics, topicData } = message as { topics?: unknown; topicData?: unknown };
  const list = topics ?? topicData;
  if (!Array.isArray(list)) return null;
  let names: Record<string, string> | null = null;
  for (const topic of list as readonly unknown[]) {
    const id = typeof topic === "object" && topic !== null && "topicId" in topic ? topic.topicId : undefined;
    if (typeof id !== "string" || told.has(id)) continue;
    if (told.size >= limits.sessionDecisionsMax) told.clear(); // said again then, which costs only space
    told.add(id);
    const name = nameOf(id);
    if (name !== undefined) (names ??= {})[id] = name;
  }
  return names && { topics: names };
}
