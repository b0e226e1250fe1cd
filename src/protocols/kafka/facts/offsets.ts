// Where logs begin and end, and when they were last written to. A broker answers for the partitions that it leads, and only for those.
import { type ListOffsetsPartitionResponse, listOffsets } from "../messages/list-offsets.ts";
import type { RuleContext } from "../rule.ts";

const version = 7;
/** ListOffsets' own words (KIP-734 for the last): the two ends of a log, and its newest record. */
export const latest = -1n;
export const earliest = -2n;
const newest = -3n;

/** By partition; what another broker leads, or nobody, is missing or has an error. */
export async function offsetsAt(
  timestamp: bigint,
  name: string,
  partitions: readonly number[],
  context: RuleContext,
): Promise<ReadonlyMap<number, ListOffsetsPartitionResponse>> {
  const request = listOffsets.request.create({
    replicaId: -1,
    topics: [{ name, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })) }],
  });
  const { topics } = await context.ask(listOffsets, version, request);
  return new Map((topics[0]?.partitions ?? []).map((partition) => [partition.partitionIndex, partition]));
}

/** Offsets alone, of the partitions that this broker leads. */
export async function knownOffsetsAt(
  timestamp: bigint,
  name: string,
  partitions: readonly number[],
  context: RuleContext,
): Promise<ReadonlyMap<number, bigint>> {
  const found = await offsetsAt(timestamp, name, partitions, context);
  return new Map(
    [...found].filter(([, { errorCode }]) => errorCode === 0).map(([index, { offset }]) => [index, offset]),
  );
}

/** The time of the newest record, as its producer or broker said; null for empty logs. */
export async function lastWrite(
  name: string,
  partitions: readonly number[],
  context: RuleContext,
): Promise<string | null> {
  const found = [...(await offsetsAt(newest, name, partitions, context)).values()];
  const last = found.reduce((most, { timestamp }) => (timestamp > most ? timestamp : most), -1n);
  // a producer may say any time; a Date holds a part of them
  const date = new Date(Number(last));
  return last < 0n || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
