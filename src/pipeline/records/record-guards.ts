// Decides for each batch that has to be masked or filtered where it is done: it was done before (cache), it is little (here, at once), or it is
// much (a worker thread). The event loop gives masking so much of each of its turns and no more. Knows no protocol and no rule.

import { limits } from "../../base/limits.ts";
import { allOf, type Maybe } from "../../base/maybe.ts";
import type { BatchTask, GuardedBatch, RecordGuard } from "../../protocols/record-guard.ts";
import type { BatchCache } from "./batch-cache.ts";
import type { BatchWorkers } from "./batch-workers.ts";
import { type GuardTools, guardBatch, type RecordRules, ruleNames } from "./guard-batch.ts";

export interface RecordGuardsParts {
  readonly tools: GuardTools;
  readonly cache: BatchCache;
  /** Null where everything is done on the event loop. */
  readonly workers: BatchWorkers | null;
}

export class RecordGuards {
  readonly #parts: RecordGuardsParts;
  readonly #keys = new WeakMap<RecordRules["masks"], { readonly filters: RecordRules["filters"]; key: string }>();
  /** Work done here since the loop last turned. */
  #turnBytes = 0;

  constructor(parts: RecordGuardsParts) {
    this.#parts = parts;
  }

  /** Bytes of batches that wait for a thread or are worked on by one. */
  get queuedBytes(): number {
    return this.#parts.workers?.queuedBytes ?? 0;
  }

  /** For the records of `topic`: what becomes of them may depend on it. Null where no rule concerns them. */
  guard(rules: RecordRules, topic: string): RecordGuard | null {
    if (rules.masks.length === 0 && rules.filters.length === 0) return null;
    return {
      rules: ruleNames(rules),
      unreadable: strictest(rules),
      guard: (batches) => this.#guard(batches, rules, topic),
    };
  }

  #guard(batches: readonly BatchTask[], rules: RecordRules, topic: string): Maybe<readonly GuardedBatch[]> {
    const key = this.#keyOf(rules);
    const results: Maybe<GuardedBatch>[] = [];
    const far: { readonly index: number; readonly batch: BatchTask }[] = [];
    for (const [index, batch] of batches.entries()) {
      const cacheKey = batch.identity === null ? null : `${key}\n${topic}\n${batch.identity}`;
      const known = cacheKey === null ? undefined : this.#parts.cache.get(cacheKey);
      if (known === undefined && !this.#isLittle(batch.workBytes)) {
        far.push({ index, batch });
        continue;
      }
      const result = known ?? this.#here(batch, rules, cacheKey);
      results[index] = result;
    }
    if (far.length > 0) this.#elsewhere(far, rules, key, topic, results);
    return allOf(results);
  }

  #isLittle(workBytes: number): boolean {
    if (this.#parts.workers === null) return true;
    if (workBytes > limits.maskInlineBytesMax || this.#turnBytes + workBytes > limits.maskTurnBytesMax) return false;
    if (this.#turnBytes === 0) setImmediate(() => (this.#turnBytes = 0));
    this.#turnBytes += workBytes;
    return true;
  }

  #here(batch: BatchTask, rules: RecordRules, cacheKey: string | null): Maybe<GuardedBatch> {
    const result = guardBatch(batch.bytes, rules, this.#parts.tools);
    if (cacheKey === null) return result;
    if (result instanceof Promise) return this.#parts.cache.await(cacheKey, result);
    this.#parts.cache.keep(cacheKey, result);
    return result;
  }

  /** In jobs of a bounded size, so that several threads share a large answer. */
  #elsewhere(
    far: readonly { readonly index: number; readonly batch: BatchTask }[],
    rules: RecordRules,
    key: string,
    topic: string,
    results: Maybe<GuardedBatch>[],
  ): void {
    for (const job of jobsOf(far)) {
      const done = this.#parts.workers?.run(
        job.map(({ batch }) => batch),
        rules,
        key,
      );
      for (const [place, { index, batch }] of job.entries()) {
        const result = Promise.resolve(done).then((all) => all?.[place] as GuardedBatch);
        const cacheKey = batch.identity === null ? null : `${key}\n${topic}\n${batch.identity}`;
        results[index] = cacheKey === null ? result : this.#parts.cache.await(cacheKey, result);
      }
    }
  }

  /** Equal rules have equal keys, whoever they were decided for. Decisions are kept, so the same arrays come again. */
  #keyOf({ cluster, masks, filters }: RecordRules): string {
    const known = this.#keys.get(masks);
    if (known?.filters === filters) return `${cluster}\n${known.key}`;
    const key = JSON.stringify([masks, filters]);
    this.#keys.set(masks, { filters, key });
    return `${cluster}\n${key}`;
  }
}

function jobsOf<Each extends { readonly batch: BatchTask }>(far: readonly Each[]): Each[][] {
  const jobs: Each[][] = [];
  let room = 0;
  for (const each of far) {
    if (each.batch.bytes.length > room) {
      jobs.push([]);
      room = limits.maskJobBytesMax;
    }
    room -= each.batch.bytes.length;
    jobs.at(-1)?.push(each);
  }
  return jobs;
}

/** A batch that nobody can look into may hold what any of the rules is about. A filter hides what it cannot read. */
function strictest({ masks, filters }: RecordRules): RecordGuard["unreadable"] {
  if (masks.some(({ otherwise }) => otherwise === "refuse")) return "refuse";
  return filters.length > 0 || masks.some(({ otherwise }) => otherwise === "redact") ? "redact" : "pass";
}
