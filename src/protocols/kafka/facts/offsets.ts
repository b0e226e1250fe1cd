// Where logs begin and end, and when they were last written to. A broker answers for the partitions that it leads, and only for those.
import { type ListOffsetsPartitionResponse, listOffsets } from "../messages/list-offsets.ts";
import type { RuleContext } from "../rule.ts";

const version = 7;
/** ListOffsets' own words (KIP-734 for the last): the two ends of a log, and its newest record. */
export const latest = -1n;
export const earliest = -2n;
const newest = -3n;

type Asking = Pick<RuleContext, "ask">;

/** By partition; what another broker leads, or nobody, is missing or has an error. */
export async function offsetsAt(
  timestamp: bigint,
  name: string,
  partitions: readonly number[],
  context: Asking,
): Promise<ReadonlyMap<number, ListOffsetsPartitionResponse>> {
  const request = listOffsets.request.create({
    replicaId: -1,
    topics: [{ name, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })) }],
  });
  const { topics } = await context.ask(listOffsets, version, request);
  return new Map((topics[0]?.partitions ?? []).map((partition) => [partition.partitionIndex, partition]));
}

/** Times of the newest records, as their producer or broker said, in milliseconds since 1970; empty logs have none. */
export async function newestAt(
  name: string,
  partitions: readonly number[],
  context: Asking,
): Promise<ReadonlyMap<number, bigint>> {
  const found = await offsetsAt(newest, name, partitions, context);
  const written = [...found].filter(([, { timestamp }]) => timestamp >= 0n);
  return new Map(written.map(([index, { timestamp }]) => [index, timestamp]));
}
