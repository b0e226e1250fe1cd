// Guards over threads that are none, with rewriters of a test's own, and batches for them.
import type { Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";
import { limits } from "../../../../src/base/limits.ts";
import type { RewriteRecord } from "../../../../src/model/record.ts";
import { BatchCache } from "../../../../src/pipeline/records/batch-cache.ts";
import { BatchWorkers } from "../../../../src/pipeline/records/batch-workers.ts";
import type { GuardTools } from "../../../../src/pipeline/records/guard-batch.ts";
import { RecordGuards } from "../../../../src/pipeline/records/record-guards.ts";
import { buildBatch } from "../../../../src/protocols/kafka/records/build.ts";
import type { BatchTask, GuardCounts } from "../../../../src/protocols/record-guard.ts";
import { threadInTest } from "../../../support/mask-threads.ts";
import { maskRule } from "../../../support/masking.ts";
import { toolsInTest } from "../../../support/records.ts";
import { readAll } from "../../protocols/kafka/records/fixtures.ts";

export const rules = { cluster: "main", masks: [maskRule("$")], filters: [] };
export const much = limits.maskInlineBytesMax + 1;

export function task(text: string, over: Partial<BatchTask> = {}): BatchTask {
  return { bytes: buildBatch({ records: [{ value: Buffer.from(text) }] }), identity: text, workBytes: 1, ...over };
}

/** Stars every value, and counts how often it was asked. */
export function starring() {
  const calls: string[] = [];
  const tools = toolsInTest((counts: GuardCounts): RewriteRecord => {
    return ({ value }) => {
      calls.push(Buffer.from(value ?? []).toString());
      counts.masked["m"] = (counts.masked["m"] ?? 0) + 1;
      return { value: Buffer.from("***") };
    };
  });
  return { calls, tools };
}

interface Setup {
  readonly tools: GuardTools;
  readonly cacheBytes?: number;
  readonly queueBytesMax?: number;
  readonly workersMax?: number;
  readonly start?: () => Worker;
  readonly answer?: (question: unknown) => Promise<unknown>;
}

export function guards({ tools, cacheBytes = 1 << 20, queueBytesMax = 1 << 20, workersMax = 1, ...over }: Setup) {
  const deaths: string[] = [];
  const started: Worker[] = [];
  const workers = new BatchWorkers({
    workersMax,
    queueBytesMax,
    start() {
      const worker = over.start?.() ?? threadInTest(() => tools);
      started.push(worker);
      return worker;
    },
    answer: over.answer ?? (() => Promise.resolve(null)),
    died: (reason) => deaths.push(reason),
  });
  onTestFinished(() => workers.close());
  const cache = new BatchCache(cacheBytes);
  const made = new RecordGuards({ tools, cache, workers });
  const guard = made.guard(rules, "orders");
  if (guard === null) throw new Error("no guard");
  return { guard, made, cache, workers, started, deaths };
}

export const values = (batches: readonly { kind: string; bytes?: Buffer }[]) =>
  batches.map((batch) => (batch.bytes ? readAll(batch.bytes).map(({ value }) => value) : batch.kind));
