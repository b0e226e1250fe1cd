// How transactions ended, as far as recordings tell. A client ends one at its coordinator, often another broker than the one that takes the records, and so
// in another session. Only a commit that the coordinator took counts: without one a transaction was aborted, timed out, was fenced off, or nobody knows.
import type { RecordedFrame } from "../../../model/recording.ts";
import type { EndTxnRequest, EndTxnResponse } from "../messages/end-txn.ts";
import { restore } from "./restore.ts";

/** The transaction that records are part of. */
export interface TransactionPart {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** When the records were sent: milliseconds since 1970. */
  readonly at: number;
}

interface End {
  readonly at: number;
  readonly committed: boolean;
}

export class TransactionEnds {
  /** By producer id and epoch; by time. */
  readonly #ends = new Map<string, End[]>();

  /** For one session more: feed what it returns the session's frames in order. */
  ofSession(): (frame: RecordedFrame) => void {
    const asked = new Map<number, { readonly request: EndTxnRequest; readonly at: number }>();
    return (frame) => {
      if (frame.api !== "EndTxn") return;
      if (frame.direction === "request") {
        const request = restore(frame, "request")?.message as EndTxnRequest | undefined;
        if (request) asked.set(frame.correlation, { request, at: frame.at });
      }
      if (frame.direction !== "response") return;
      const its = asked.get(frame.correlation);
      asked.delete(frame.correlation);
      const response = restore(frame, "response")?.message as EndTxnResponse | undefined;
      if (its && response?.errorCode === 0) this.#note(its.request, its.at);
    };
  }

  #note({ producerId, producerEpoch, committed }: EndTxnRequest, at: number): void {
    const key = `${producerId}/${producerEpoch}`;
    const ends = this.#ends.get(key) ?? [];
    if (ends.length === 0) this.#ends.set(key, ends);
    ends.push({ at, committed });
    if (at < (ends.at(-2)?.at ?? 0)) ends.sort((a, b) => a.at - b.at);
  }

  /** By the first end behind the records: a producer has one transaction at a time. */
  committed({ producerId, producerEpoch, at }: TransactionPart): boolean {
    const ends = this.#ends.get(`${producerId}/${producerEpoch}`) ?? [];
    let [from, to] = [0, ends.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((ends[middle]?.at ?? 0) < at) from = middle + 1;
      else to = middle;
    }
    return ends[from]?.committed ?? false;
  }
}
