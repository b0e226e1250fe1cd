// An answer for the pipeline: its bytes, and what of it the log and the recording are told.
import type { JsonObject } from "../../base/json.ts";
import type { DataRange } from "../../model/audit-event.ts";
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
    .filter(isChanged)
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
  if (hasAny(maskFailures) || ranges.some(isChanged)) return false;
  return !outcomes.some(({ operation }) => isRefused(verdicts[operation]));
}

function isChanged({ masked, filtered }: DataRange): boolean {
  return hasAny(masked) || hasAny(filtered);
}

function hasAny(counts: Readonly<Record<string, number>>): boolean {
  for (const _ in counts) return true;
  return false;
}
