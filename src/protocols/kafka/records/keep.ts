// Records as a recording keeps them: what the client saw, as text where it is text, cut to a bound. Called only where the configuration
// keeps payloads, and only on bytes that were masked before.

import { LockkeeperError } from "../../../base/errors.ts";
import type { JsonObject } from "../../../base/json.ts";
import { limits } from "../../../base/limits.ts";
import { scanBatches } from "./batch.ts";
import { rewriteBatch } from "./rewrite-batch.ts";

/** At most limits.recordedRecordsMax records, each key and value cut to limits.recordedValueBytesMax. A batch that cannot be read is said to be so. */
export function keptRecords(topic: string, partition: number, records: Buffer, kept: JsonObject[]): void {
  for (const { start, end, firstOffset } of scanBatches(records)) {
    if (kept.length >= limits.recordedRecordsMax) return;
    try {
      keepBatch(topic, partition, records.subarray(start, end), kept);
    } catch (error) {
      if (!(error instanceof LockkeeperError)) throw error;
      kept.push({ topic, partition, offset: firstOffset.toString(), unreadable: error.code });
    }
  }
}

function keepBatch(topic: string, partition: number, batch: Buffer, kept: JsonObject[]): void {
  rewriteBatch(batch, ({ key, value, offset, timestamp }) => {
    if (kept.length < limits.recordedRecordsMax) {
      const at = new Date(Number(timestamp)).toISOString();
      kept.push({ topic, partition, offset: offset.toString(), at, key: keptBytes(key), value: keptBytes(value) });
    }
    return undefined;
  });
}

function keptBytes(bytes: Uint8Array | null): string | JsonObject | null {
  if (bytes === null) return null;
  const head = bytes.subarray(0, limits.recordedValueBytesMax);
  try {
    const cut = head.length < bytes.length;
    // a cut may go through the middle of a character, which `stream` leaves out
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: cut });
    return cut ? { text, bytes: bytes.length } : text;
  } catch {
    return { base64: Buffer.from(head).toString("base64"), bytes: bytes.length };
  }
}
