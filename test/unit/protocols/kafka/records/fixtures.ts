// Batches that Kafka 4.4.0's own MemoryRecordsBuilder wrote, one for each magic and codec (offsets 1000–1002; the second record has no key,
// the third is a tombstone), and two batches of a transaction. Lines of name and hexadecimal bytes.
import { readFileSync } from "node:fs";
import type { RecordEdit, RecordHeader, RecordView } from "../../../../../src/model/record.ts";
import { rewriteRecords } from "../../../../../src/protocols/kafka/records/rewrite.ts";

const file = new URL("../../../../wire/records-kafka-4.4.0.txt", import.meta.url);

export const kafkaBatches: readonly (readonly [name: string, bytes: Buffer])[] = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .map((line) => {
    const [name = "", hex = ""] = line.split(" ");
    return [name, Buffer.from(hex, "hex")];
  });

export function kafkaBatch(name: string): Buffer {
  const found = kafkaBatches.find(([each]) => each === name);
  if (found === undefined) throw new Error(`no batch ${name}`);
  return found[1];
}

export interface Seen {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
  readonly offset: bigint;
  readonly timestamp: bigint;
}

const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString("latin1");
const header = ({ key, value }: RecordHeader) => [text(key) ?? "", text(value)] as const;

/** Views are valid during the call only, so they are copied. */
export function see(record: RecordView): Seen {
  const { offset, timestamp } = record;
  return { key: text(record.key), value: text(record.value), headers: record.headers.map(header), offset, timestamp };
}

export function readAll(records: Buffer): Seen[] {
  const seen: Seen[] = [];
  rewriteRecords(records, (record) => {
    seen.push(see(record));
    return undefined;
  });
  return seen;
}

/** Hides e-mail addresses, as a masker would. */
export function hideEmails({ value }: RecordView): RecordEdit | undefined {
  const before = text(value);
  const after = before?.replaceAll(/user\d+@example\.org/g, "[redacted]");
  return after === undefined || after === before ? undefined : { value: Buffer.from(after, "latin1") };
}
