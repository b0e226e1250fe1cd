// An answer for the pipeline: its bytes, and what of it the log and the recording are told.
import type { JsonObject } from "../../base/json.ts";
import type { KeptFrame } from "../../model/recording.ts";
import type { Answer, BlockedRecords, OperationOutcome } from "../protocol.ts";
import { isRefused, type RespondContext } from "./rule.ts";
import { toJson } from "./summary.ts";

/** What an answer is told by, beside its bytes. */
export type Told = Pick<RespondContext, "verdicts" | "ranges" | "maskFailures" | "omitted">;

/** `kept` is asked only where there is a recording, with what the answer's bytes do not say. */
export function answerOf(
  bytes: readonly Buffer[] | null,
  outcomes: readonly OperationOutcome[],
  told: Told,
  kept: (notes: JsonObject | null) => KeptFrame,
  blocked: readonly BlockedRecords[] = [],
): Answer {
  const { ranges, maskFailures, omitted } = told;
  return {
    bytes,
    outcomes,
    ranges,
    maskFailures,
    blocked,
    omitted: omitted.count,
    kept: () => kept(notesOf(outcomes, told, blocked)),
  };
}

/** Null, as for most of the data plane, where the bytes say it all. */
function notesOf(
  outcomes: readonly OperationOutcome[],
  told: Told,
  blocked: readonly BlockedRecords[],
): JsonObject | null {
  const { verdicts, ranges, maskFailures, omitted } = told;
  if (blocked.length === 0 && omitted.count === 0 && isPlain(outcomes, told)) return null;
  const refusals = outcomes.flatMap(({ operation, error }) => {
    const verdict = verdicts[operation];
    return isRefused(verdict) ? [{ operation, error, message: verdict.message }] : [];
  });
  // a fetch may have a thousand ranges, and nearly always nothing was changed in any of them
  const changed = ranges
    .filter(({ masked, filtered }) => hasAny(masked) || hasAny(filtered))
    .map(({ topic, partition, masked, filtered }) => ({ topic, partition, masked, filtered }));
  const failed = hasAny(maskFailures);
  return {
    ...(refusals.length > 0 && { refusals }),
    ...(changed.length > 0 && { changed }),
    ...(blocked.length > 0 && { blocked: blocked.map((each) => toJson(each)) }),
    ...(failed && { maskFailures }),
    ...(omitted.count > 0 && { omitted: omitted.count }),
  };
}

/** Nothing was refused, changed or could not be masked. */
function isPlain(outcomes: readonly OperationOutcome[], { verdicts, ranges, maskFailures }: Told): boolean {
  for (const { operation } of outcomes) if (isRefused(verdicts[operation])) return false;
  for (const { masked, filtered } of ranges) if (hasAny(masked) || hasAny(filtered)) return false;
  return !hasAny(maskFailures);
}

function hasAny(counts: Readonly<Record<string, number>>): boolean {
  for (const _ in counts) return true;
  return false;
}
