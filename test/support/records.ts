// Records under a rewriter of a test's own, on this thread and without a cache.
import { limits } from "../../src/base/limits.ts";
import type { RewriteRecord } from "../../src/model/record.ts";
import { BatchCache } from "../../src/pipeline/records/batch-cache.ts";
import { type GuardTools, guardBatch } from "../../src/pipeline/records/guard-batch.ts";
import { RecordGuards } from "../../src/pipeline/records/record-guards.ts";
import { rewriteBatch } from "../../src/protocols/kafka/records/rewrite-batch.ts";
import type { GuardCounts, GuardedBatch, RecordGuard } from "../../src/protocols/record-guard.ts";

const noRules = { cluster: "test", masks: [], filters: [] };

export function toolsInTest(rewriter: (counts: GuardCounts) => RewriteRecord): GuardTools {
  const options = { batchBytesMax: limits.batchBytesMax };
  return { rewriteBatch, options, rewriter: (_rules, counts) => rewriter(counts) };
}

export function guardInTest(
  rewriter: (counts: GuardCounts) => RewriteRecord,
  unreadable: RecordGuard["unreadable"] = "redact",
): RecordGuard {
  const tools = toolsInTest(rewriter);
  return {
    rules: [],
    unreadable,
    guard: (batches) => batches.map(({ bytes }) => guardBatch(bytes, noRules, tools) as GuardedBatch),
  };
}

/** What a connection needs where no rule concerns records. */
export function recordsInTest(): RecordGuards {
  return new RecordGuards({ tools: toolsInTest(() => () => undefined), cache: new BatchCache(0), workers: null });
}
