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

/** What is not given stays as it was. A null value stays null: it is a tombstone, and a rewriter must not make or unmake one. */
export interface RecordEdit {
  readonly key?: Uint8Array | null;
  readonly value?: Uint8Array | null;
}

/** Returns undefined when the record may pass as it is. Pure; throws only LockkeeperError. Views are valid during the call only. */
export interface RewriteRecord {
  (record: RecordView): RecordEdit | undefined;
}
