// The records that a session wrote and a broker took, in the order in which it took them: what can be written again. Needs a recording that keeps
// records; what a mask changed on its way to the broker comes back as changed.

import type { RecordHeader } from "../../../model/record.ts";
import type { RecordedFrame } from "../../../model/recording.ts";
import type { ProduceRequest, ProduceResponse } from "../messages/produce.ts";
import { scanBatches } from "../records/batch.ts";
import { rewriteRecords } from "../records/rewrite.ts";
import { restore } from "./restore.ts";
import { type KeptRecords, keptRecords } from "./shown-records.ts";
import type { TransactionPart } from "./transaction-ends.ts";
import type { Names } from "./words.ts";
import { topicOf } from "./words.ts";

export interface WrittenRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  /** Milliseconds since 1970. */
  readonly timestamp: bigint;
  /** Null where it is part of none. Whether it was committed, the coordinator's session tells (transaction-ends.ts). */
  readonly transaction: TransactionPart | null;
}

interface Sent {
  readonly at: number;
  readonly kept: readonly KeptRecords[];
}

/** Feed it a session's frames in order; each call returns what is certain by then. Throws `records-malformed`. */
export class WrittenRecords {
  readonly #topics = new Map<string, string>();
  readonly #sent = new Map<number, Sent>();

  take(frame: RecordedFrame): WrittenRecord[] {
    const names: Names = { topics: this.#topics };
    if (frame.direction === "request") this.#learn(frame);
    if (frame.api !== "Produce") return [];
    if (frame.direction === "sent") {
      const its = { at: frame.at, kept: keptRecords(frame, names) };
      if ((restore(frame, "request")?.message as ProduceRequest | undefined)?.acks === 0)
        return its.kept.flatMap((kept) => records(kept, its.at));
      this.#sent.set(frame.correlation, its);
      return [];
    }
    if (frame.direction !== "response") return [];
    const its = this.#sent.get(frame.correlation);
    this.#sent.delete(frame.correlation);
    if (!its || its.kept.length === 0) return [];
    const taken = acknowledged(frame, names);
    return its.kept
      .filter(({ topic, partition }) => taken.has(`${topic}[${partition}]`))
      .flatMap((kept) => records(kept, its.at));
  }

  #learn({ notes }: RecordedFrame): void {
    for (const [id, name] of Object.entries(notes["topics"] ?? {}))
      if (typeof name === "string") this.#topics.set(id, name);
  }
}

function acknowledged(frame: RecordedFrame, names: Names): Set<string> {
  const response = restore(frame, "response")?.message as ProduceResponse | undefined;
  return new Set(
    (response?.responses ?? []).flatMap((topic) =>
      topic.partitionResponses
        .filter(({ errorCode }) => errorCode === 0)
        .map(({ index }) => `${topicOf(topic, names)}[${index}]`),
    ),
  );
}

function records({ topic, partition, bytes }: KeptRecords, at: number): WrittenRecord[] {
  const found: WrittenRecord[] = [];
  for (const { start, end, isTransactional, producerId, producerEpoch } of scanBatches(bytes)) {
    const transaction = isTransactional ? { producerId, producerEpoch, at } : null;
    rewriteRecords(bytes.subarray(start, end), ({ key, value, headers, timestamp }) => {
      const own = (part: Uint8Array | null) => part && Buffer.from(part); // views end with the call
      found.push({
        topic,
        partition,
        key: own(key),
        value: own(value),
        headers: headers.map((header) => ({ key: Buffer.from(header.key), value: own(header.value) })),
        timestamp,
        transaction,
      });
      return undefined;
    });
  }
  return found;
}
