// What stands for a batch of which a reader may see nothing: consumers pass over its offsets and go on behind them. Not the empty batch that
// compaction leaves: kafkajs never gets past a fetch that holds only such ones (tried, 2.2.4). A control batch it is, with one commit marker
// of no producer: every client knows markers, shows them to nobody and counts their offsets. Source: KIP-98 (control messages).
import { type BatchHeader, batchField } from "./batch.ts";
import { buildBatch } from "./build.ts";

/** Version 0, type 1: commit. Of an abort, clients would ask which transaction it ends. */
const markerKey = Buffer.from("00000001", "hex");
/** Version 0, coordinator epoch 0. */
const markerValue = Buffer.from("000000000000", "hex");
const lastOffsetDeltaMax = 0x7fff_ffff;

/** The offsets of a batch or of a part of one, both ends included. */
export interface OffsetRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Nothing of what was hidden is in it, neither time nor producer. Of more offsets than a batch can span it takes the last. */
export function passOver({ first, last }: OffsetRange, leaderEpoch: number): Buffer {
  const delta = last > first ? last - first : 0n;
  const offsetDelta = Number(delta > lastOffsetDeltaMax ? lastOffsetDeltaMax : delta);
  return buildBatch({
    baseOffset: first + delta - BigInt(offsetDelta),
    leaderEpoch,
    baseTimestamp: -1n,
    isControl: true,
    records: [{ key: markerKey, value: markerValue, offsetDelta }],
  });
}

/** The leader epoch that a batch carries; messages of magic 0 and 1 have none. */
export function leaderEpochOf(records: Buffer, { start, magic }: BatchHeader): number {
  return magic === 2 ? records.readInt32BE(start + batchField.leaderEpoch) : -1;
}
