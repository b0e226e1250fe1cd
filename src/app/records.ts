// Where records are masked and filtered, as the configuration sets it up: rules, cache, and threads that start when there is work for them.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config/schema.ts";
import type { SchemaQuestion } from "../masking/registry/relay.ts";
import { BatchCache } from "../pipeline/records/batch-cache.ts";
import { BatchWorkers } from "../pipeline/records/batch-workers.ts";
import { RecordGuards } from "../pipeline/records/record-guards.ts";
import type { RewriteOptions } from "../protocols/record-guard.ts";
import type { Maskings } from "./masking.ts";
import { recordTools, workerSettings } from "./record-tools.ts";

const workerFile = new URL("./mask-worker.ts", import.meta.url);

export function openRecordGuards(
  { masking: settings }: Config,
  maskings: Maskings,
  log: Log,
  stack: AsyncDisposableStack,
): RecordGuards {
  const options = { batchBytesMax: limits.batchBytesMax, levels: settings.compression };
  const { workers: workersMax = maskThreadsDefault() } = settings;
  const workers = workersMax === 0 ? null : openWorkers(workersMax, settings, maskings, options, log);
  if (workers) stack.defer(() => workers.close());
  return new RecordGuards({
    tools: recordTools(maskings.of, options),
    cache: new BatchCache(settings.cacheBytes),
    workers,
  });
}

/** One core is for the event loop. */
export function maskThreadsDefault(): number {
  return Math.min(limits.maskWorkersMax, Math.max(1, availableParallelism() - 1));
}

function openWorkers(
  workersMax: number,
  settings: Config["masking"],
  maskings: Maskings,
  options: RewriteOptions,
  log: Log,
): BatchWorkers {
  const workerData = workerSettings(settings, maskings.registries, options);
  return new BatchWorkers({
    workersMax,
    queueBytesMax: limits.maskQueueBytesMax,
    start() {
      // No environment: secrets of the configuration may stand in it.
      const worker = new Worker(workerFile, { workerData, env: {}, execArgv: [] });
      worker.unref();
      return worker;
    },
    answer: (question) => maskings.schema(question as SchemaQuestion),
    died: (reason) => log.error({ reason }, "a masking thread died; what it worked on is tried once more"),
  });
}
