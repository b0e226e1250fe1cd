// An answer for the pipeline: its bytes, and what of it the log and the recording are told.
import type { JsonObject } from "../../base/json.ts";
import type { Answer, BlockedRecords, OperationOutcome } from "../protocol.ts";
import { isRefused, type RespondContext } from "./rule.ts";
import { toJson } from "./summary.ts";

export function answerOf(
  bytes: readonly Buffer[] | null,
  outcomes: readonly OperationOutcome[],
  {
    verdicts,
    ranges,
    maskFailures,
    omitted,
    records,
  }: Pick<RespondContext, "verdicts" | "ranges" | "maskFailures" | "omitted" | "records">,
  blocked: readonly BlockedRecords[] = [],
): Answer {
  const summary = (): JsonObject => ({
    errors: outcomes
      .filter(({ error }) => error !== "NONE")
      .map(({ operation, error }) => {
        const verdict = verdicts[operation];
        return { operation, error, ...(isRefused(verdict) && { message: verdict.message }) };
      }),
    ranges: ranges.map((range) => toJson(range)),
    ...(Object.keys(maskFailures).length > 0 && { maskFailures }),
    ...(blocked.length > 0 && { blocked: blocked.map((each) => toJson(each)) }),
    ...(omitted.count > 0 && { omitted: omitted.count }),
    ...(records.length > 0 && { records }),
  });
  return { bytes, outcomes, ranges, maskFailures, blocked, omitted: omitted.count, summary };
}
