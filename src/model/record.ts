// A record as a rewriter sees it: the one contract between a protocol's batches and masking, which know nothing of each other.

export interface RecordHeader {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

export interface RecordView {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: bigint;
}

/**
 * What is not given stays as it was. A null key or value stays null and none becomes null: a null value is a tombstone, and a rewriter must
 * not make or unmake one. Headers are given all or not at all: same number, same names, same order.
 */
export interface RecordEdit {
  readonly key?: Uint8Array | null;
  readonly value?: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
}

/** The record must not be written. `refuse` is one public sentence with the rule's name and never a value. */
export interface RecordRefusal {
  readonly refuse: string;
}

/** `undefined`: it may pass as it is. `"hide"`: the reader must not see that it exists. */
export type RecordAnswer = undefined | RecordEdit | "hide" | RecordRefusal;

/** Throws only LockkeeperError and NotReady. Views are valid during the call only; what it gives is used up before the next call. */
export interface RewriteRecord {
  (record: RecordView): RecordAnswer;
}

/**
 * Thrown by a rewriter that needs something first which takes time, such as a schema. Nothing is done then: the caller waits for `ready`
 * and gives all records of the batch again.
 */
export class NotReady extends Error {
  /** Never rejects, and always settles: what could not be had counts as unreadable at the next call, so nobody waits twice for the same. */
  readonly ready: Promise<void>;

  constructor(what: string, ready: Promise<void>) {
    super(`not ready: ${what}`);
    this.name = "NotReady";
    this.ready = ready;
  }
}
