// One batch under one rule set: rewritten, waited for where a schema is missing, and told as a value whatever happened. The same on the event
// loop and in a worker thread.
import { type ErrorCode, LockkeeperError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { FilterRule, MaskRule } from "../../model/decision.ts";
import { NotReady, type RewriteRecord } from "../../model/record.ts";
import {
  type GuardCounts,
  type GuardedBatch,
  newCounts,
  type RewriteBatch,
  type RewriteOptions,
  unreadableCounts,
} from "../../protocols/record-guard.ts";

/** What of a verdict concerns records. Plain data, so that it can go to another thread. */
export interface RecordRules {
  /** Whose schemas the records are written with. */
  readonly cluster: string;
  readonly masks: readonly MaskRule[];
  readonly filters: readonly FilterRule[];
}

export interface GuardTools {
  readonly rewriteBatch: RewriteBatch;
  readonly options: RewriteOptions;
  /** Masking's half. The rewriter counts into `counts`; throws as model/record.ts says. */
  rewriter(rules: RecordRules, counts: GuardCounts): RewriteRecord;
}

/**
 * Throws, or rejects with, only what is a bug: whatever a batch holds comes out as a value. An edited batch has memory of its own, unless
 * `tools.options.room` gives it some.
 */
export function guardBatch(batch: Buffer, rules: RecordRules, tools: GuardTools): GuardedBatch | Promise<GuardedBatch> {
  const first = attempt(batch, rules, tools);
  return first instanceof NotReady ? whenReady(first, batch, rules, tools) : first;
}

/** Every missing schema costs one round, and a hostile batch may name many. */
async function whenReady(first: NotReady, batch: Buffer, rules: RecordRules, tools: GuardTools): Promise<GuardedBatch> {
  let missing = first;
  for (let round = 1; round < limits.maskReadyRoundsMax; round++) {
    await missing.ready;
    const result = attempt(batch, rules, tools);
    if (!(result instanceof NotReady)) return result;
    missing = result;
  }
  return { kind: "unreadable", code: "overloaded", counts: failed("overloaded", rules) };
}

function attempt(batch: Buffer, rules: RecordRules, tools: GuardTools): GuardedBatch | NotReady {
  const counts = newCounts();
  try {
    const result = tools.rewriteBatch(batch, tools.rewriter(rules, counts), tools.options);
    return result.kind === "edited"
      ? { kind: "edited", bytes: tools.options.room ? result.bytes : own(result.bytes), counts }
      : { ...result, counts };
  } catch (error) {
    if (error instanceof NotReady) return error;
    if (!(error instanceof LockkeeperError)) throw error;
    return { kind: "unreadable", code: error.code, counts: failed(error.code, rules) };
  }
}

/** Nothing of the batch leaves, so what was counted before it failed did not happen. */
function failed(code: ErrorCode, rules: RecordRules): GuardCounts {
  return { ...newCounts(), failed: unreadableCounts(code, ruleNames(rules)) };
}

/** Each once, masks first. */
export function ruleNames({ masks, filters }: RecordRules): readonly string[] {
  return [...new Set([...masks, ...filters].map(({ rule }) => rule))];
}

/** Memory that holds these bytes and no others: it is kept in a cache, or handed over to another thread. */
export function own(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
