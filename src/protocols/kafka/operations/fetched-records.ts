// Records on their way to a reader, in Fetch and ShareFetch: masked and filtered as the verdict says, told to the log as offsets, kept for
// the recording where it wants them.
import { LockkeeperError } from "../../../base/errors.ts";
import type { Allowed } from "../../../model/decision.ts";
import type { MaskCounts } from "../../protocol.ts";
import { scanBatches } from "../records/batch.ts";
import { keptRecords } from "../records/keep.ts";
import { rewriteRecords } from "../records/rewrite.ts";
import type { RespondContext } from "../rule.ts";

/** The same buffer when nothing changed; null when the records cannot be given at all: something in them could not be masked. */
export function guardRecords(
  topic: string,
  partition: number,
  records: Buffer,
  verdict: Allowed,
  context: RespondContext,
): Buffer | null {
  const counts: MaskCounts = { masked: {}, failed: {} };
  const rewrite = context.services.rewriter(verdict, counts);
  try {
    const rewritten = rewrite ? rewriteRecords(records, rewrite) : records;
    tellRange(topic, partition, rewritten, counts, context);
    if (context.services.keepsRecords) keptRecords(topic, partition, rewritten, context.records);
    return rewritten;
  } catch (error) {
    if (!(error instanceof LockkeeperError)) throw error;
    counts.failed[error.code] = (counts.failed[error.code] ?? 0) + 1;
    return null;
  } finally {
    for (const [rule, count] of Object.entries(counts.failed)) {
      context.maskFailures[rule] = (context.maskFailures[rule] ?? 0) + count;
    }
  }
}

function tellRange(
  topic: string,
  partition: number,
  records: Buffer,
  counts: MaskCounts,
  context: RespondContext,
): void {
  let first: bigint | null = null;
  let last = 0n;
  let count = 0;
  for (const batch of scanBatches(records)) {
    first ??= batch.firstOffset;
    last = batch.lastOffset;
    count += batch.records;
  }
  if (first === null) return;
  context.ranges.push({
    direction: "read",
    topic,
    partition,
    firstOffset: first,
    lastOffset: last,
    records: count,
    bytes: records.length,
    masked: counts.masked,
    filtered: {},
  });
}
