// Decides for each batch that has to be masked or filtered where it is done: it was done before (cache), it is little (here, at once), or it is
// much (a worker thread). The event loop gives masking so much of each of its turns and no more. Knows no protocol and no rule.

import { limits } from "../../base/limits.ts";
import type { Maybe } from "../../base/maybe.ts";
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

/** A batch that nothing is known of yet. */
interface Fresh {
  readonly index: number;
  readonly batch: BatchTask;
  /** Null where what becomes of it is not kept. */
  readonly cacheKey: string | null;
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
    const fresh: Fresh[] = [];
    for (const [index, batch] of batches.entries()) {
      const isKept = batch.identity !== null && this.#parts.cache.keeps;
      const cacheKey = isKept ? `${key}\n${topic}\n${batch.identity}` : null;
      const known = cacheKey === null ? undefined : this.#parts.cache.get(cacheKey);
      if (known === undefined) fresh.push({ index, batch, cacheKey });
      else results[index] = known;
    }
    // all or none: what a thread makes of all lies one behind the other, and leaves as it is
    if (this.#areLittle(fresh)) {
      for (const { index, batch, cacheKey } of fresh) results[index] = this.#here(batch, rules, cacheKey);
    } else this.#elsewhere(fresh, rules, key, results);
    return results.some((each) => each instanceof Promise) ? whenSettled(results) : (results as GuardedBatch[]);
  }

  #areLittle(fresh: readonly Fresh[]): boolean {
    if (this.#parts.workers === null) return true;
    let sum = this.#turnBytes;
    for (const { batch } of fresh) {
      if (batch.workBytes > limits.maskInlineBytesMax) return false;
      sum += batch.workBytes;
    }
    if (sum > limits.maskTurnBytesMax) return false;
    if (this.#turnBytes === 0 && sum > 0) setImmediate(() => (this.#turnBytes = 0));
    this.#turnBytes = sum;
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
  #elsewhere(fresh: readonly Fresh[], rules: RecordRules, key: string, results: Maybe<GuardedBatch>[]): void {
    for (const job of jobsOf(fresh)) {
      const done = this.#parts.workers?.run(
        job.map(({ batch }) => batch),
        rules,
        key,
      );
      for (const [place, { index, cacheKey }] of job.entries()) {
        const result = Promise.resolve(done).then((all) => all?.[place] as GuardedBatch);
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

/** Not before nobody looks at the batches any more, also where one of several jobs had no room: their memory may be used again then. */
async function whenSettled(results: readonly Maybe<GuardedBatch>[]): Promise<readonly GuardedBatch[]> {
  const settled = await Promise.allSettled(results.map((each) => Promise.resolve(each)));
  return settled.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
}

function jobsOf(fresh: readonly Fresh[]): Fresh[][] {
  const jobs: Fresh[][] = [];
  let room = 0;
  for (const each of fresh) {
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
