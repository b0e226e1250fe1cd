// Records as a recording keeps them: what the client saw, as text where it is text, cut to a bound. Called only where the configuration
// keeps payloads, and only on bytes that were masked before.
import type { JsonObject } from "../../../base/json.ts";
import { limits } from "../../../base/limits.ts";
import { rewriteRecords } from "./rewrite.ts";

/** At most limits.recordedRecordsMax records, each key and value cut to limits.recordedValueBytesMax. */
export function keptRecords(topic: string, partition: number, records: Buffer, kept: JsonObject[]): void {
  rewriteRecords(records, ({ key, value, offset, timestamp }) => {
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
