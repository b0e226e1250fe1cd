// Records on their way to a reader, in Fetch and ShareFetch: masked and filtered as the verdict says, told to the log as offsets.
// What cannot be read never holds a reader up unless a rule refuses it in words: it is passed over.
import { release } from "../../../base/chunks.ts";
import { LockkeeperError } from "../../../base/errors.ts";
import { after, allOf, type Maybe } from "../../../base/maybe.ts";
import type { Allowed } from "../../../model/decision.ts";
import { addCounts, newCounts, type RecordGuard, unreadableCounts } from "../../record-guard.ts";
import { type BatchHeader, scanBatches } from "../records/batch.ts";
import { type Guarded, guardBatches } from "../records/guard.ts";
import { withBatches } from "../records/partition.ts";
import { leaderEpochOf, passOver } from "../records/pass-over.ts";
import type { RespondContext } from "../rule.ts";
import { emptyBytes } from "../schema.ts";

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly records: Buffer;
  /** The offset behind the last record that there is; -1 where the answer does not say. */
  readonly endOffset: bigint;
}

/**
 * The same buffer when nothing changed; null when the records cannot be given at all: a rule refuses what it cannot read. Empty where too much
 * waits already: the reader asks again.
 */
export function guardRecords(
  fetched: FetchedPartition,
  verdict: Allowed,
  context: RespondContext,
): Buffer | null | Promise<Buffer | null> {
  const guard = context.services.recordGuard(verdict, fetched.topic);
  if (guard === null) {
    tell(fetched, fetched.records, [], context);
    return fetched.records;
  }
  try {
    const guarded = guardBatches(fetched.records, guard, { partition: fetched.partition, isStored: true });
    if (!(guarded instanceof Promise)) return given(fetched, guarded, guard, context);
    return guarded.then(
      (it) => given(fetched, it, guard, context),
      (error: unknown) => notGiven(error, guard, context),
    );
  } catch (error) {
    return notGiven(error, guard, context);
  }
}

/** A header that cannot be: what is behind it is nobody's to tell, so that nothing of the partition leaves. */
function notGiven(error: unknown, { rules }: RecordGuard, { maskFailures }: RespondContext): Buffer | null {
  if (!(error instanceof LockkeeperError)) throw error;
  if (error.code === "overloaded") return emptyBytes;
  addCounts(maskFailures, unreadableCounts(error.code, rules));
  return null;
}

function given(
  fetched: FetchedPartition,
  guarded: Guarded,
  guard: RecordGuard,
  context: RespondContext,
): Buffer | null {
  for (const { counts } of guarded.results) addCounts(context.maskFailures, counts.failed);
  const replacements: (Buffer | null)[] = [];
  for (const [index, result] of guarded.results.entries()) {
    const header = guarded.headers[index];
    const refused = result.kind === "refused" || (result.kind === "unreadable" && guard.unreadable === "refuse");
    if (header === undefined || refused) {
      for (const each of guarded.results) if (each.kind === "edited") release(each.bytes);
      return null;
    }
    if (result.kind === "edited") replacements.push(result.bytes);
    else if (result.kind === "unreadable" && guard.unreadable === "redact") {
      const last = lastOffset(header, guarded.headers[index + 1], fetched.endOffset);
      replacements.push(passOver({ first: header.firstOffset, last }, leaderEpochOf(fetched.records, header)));
    } else replacements.push(null);
  }
  const records = withBatches(fetched.records, guarded, replacements);
  tell(fetched, records, guarded.results, context);
  return records;
}

/** What an unreadable batch says of its last offset may be as wrong as the rest of it, and a reader would skip what is behind it. */
function lastOffset(
  { firstOffset, lastOffset: said }: BatchHeader,
  next: BatchHeader | undefined,
  endOffset: bigint,
): bigint {
  const bound = next === undefined ? endOffset : next.firstOffset;
  const last = bound > firstOffset && said >= bound ? bound - 1n : said;
  return last < firstOffset ? firstOffset : last;
}

function tell(
  { topic, partition }: FetchedPartition,
  records: Buffer,
  results: Guarded["results"],
  context: RespondContext,
): void {
  let first: bigint | null = null;
  let last = 0n;
  let count = 0;
  for (const batch of scanBatches(records)) {
    first ??= batch.firstOffset;
    last = batch.lastOffset;
    // Those that we put in stand for nothing that was read, and those of the broker are no records of anybody.
    if (!batch.isControl) count += batch.records;
  }
  if (first === null) return;
  const { masked, filtered } = newCounts();
  for (const { counts } of results) {
    addCounts(masked, counts.masked);
    addCounts(filtered, counts.filtered);
  }
  const range = { topic, partition, firstOffset: first, lastOffset: last, records: count, bytes: records.length };
  context.ranges.push({ direction: "read", ...range, masked, filtered });
}

/** The topic with each of its partitions guarded: itself when none of them changed. */
export function eachPartition<P, T extends { readonly partitions: P[] }>(
  topic: T,
  guard: (partition: P) => Maybe<P>,
): Maybe<T> {
  return after(allOf(topic.partitions.map(guard)), (partitions) =>
    partitions.some((partition, index) => partition !== topic.partitions[index])
      ? { ...topic, partitions: [...partitions] }
      : topic,
  );
}

/** The records of an answer in the order of the wire, without empty ones. */
export function recordsOf(
  topics: readonly { readonly partitions: readonly { readonly records: Buffer | null }[] }[],
): Buffer[] {
  const found: Buffer[] = [];
  for (const { partitions } of topics)
    for (const { records } of partitions) if (records && records.length > 0) found.push(records);
  return found;
}
