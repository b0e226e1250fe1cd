// Threads for batches that are too much work for the event loop. A thread is started when there is work for it, and does one job at a time; what
// waits is bounded in bytes. One that dies is replaced, and its job tried once more: what kills a second one counts as unreadable.
import type { Worker } from "node:worker_threads";
import { LockkeeperError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { BatchTask, GuardedBatch } from "../../protocols/record-guard.ts";
import { newCounts, unreadableCounts } from "../../protocols/record-guard.ts";
import { type RecordRules, ruleNames } from "./guard-batch.ts";
import { JobMemory, type LentMemory } from "./job-memory.ts";
import type { FromWorker, PackedBatch, ToWorker } from "./worker-protocol.ts";

export interface BatchWorkersParts {
  /** Threads at most; at least 1. */
  readonly workersMax: number;
  /** Bytes of batches that may wait or be worked on. */
  readonly queueBytesMax: number;
  /** A new thread that runs worker-loop.ts. */
  start(): Worker;
  /** What a thread asks for. Never rejects. */
  answer(question: unknown): Promise<unknown>;
  /** A thread died; the reason is safe to log. */
  died(reason: string): void;
}

interface Job {
  readonly rules: RecordRules;
  readonly rulesKey: string;
  readonly batches: readonly BatchTask[];
  readonly bytes: number;
  readonly done: PromiseWithResolvers<readonly GuardedBatch[]>;
  deaths: number;
}

interface Thread {
  readonly worker: Worker;
  /** Numbers of the rule sets that it was told. */
  readonly rules: Map<string, number>;
  job: Job | null;
  /** What the job lies in. Of a thread that died it is nobody's any more. */
  lent: LentMemory | null;
}

export class BatchWorkers {
  readonly #parts: BatchWorkersParts;
  readonly #memory = new JobMemory();
  readonly #threads = new Set<Thread>();
  #waiting: Job[] = [];
  #bytes = 0;
  #closed = false;

  constructor(parts: BatchWorkersParts) {
    this.#parts = parts;
  }

  /** Bytes that wait or are worked on. */
  get queuedBytes(): number {
    return this.#bytes;
  }

  /** One result for each batch, in order; edited ones lie one behind the other where they can. Rejects with LockkeeperError `overloaded`. `rulesKey` tells rule sets apart. */
  run(batches: readonly BatchTask[], rules: RecordRules, rulesKey: string): Promise<readonly GuardedBatch[]> {
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0);
    // a single one that is larger than the bound may still go alone
    if (this.#closed || (this.#bytes > 0 && this.#bytes + bytes > this.#parts.queueBytesMax)) {
      return Promise.reject(new LockkeeperError("overloaded", "too many records wait to be masked"));
    }
    this.#bytes += bytes;
    const done = Promise.withResolvers<readonly GuardedBatch[]>();
    this.#waiting.push({ rules, rulesKey, batches, bytes, done, deaths: 0 });
    this.#next();
    return done.promise;
  }

  /** Ends all threads; what is not done is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    const left = [...this.#waiting, ...[...this.#threads].flatMap(({ job }) => job ?? [])];
    this.#waiting = [];
    for (const { done } of left) done.reject(new LockkeeperError("overloaded", "the gateway is stopping"));
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const thread = [...this.#threads].find(({ job }) => job === null) ?? this.#started();
      const job = thread && this.#waiting.shift();
      if (!thread || !job) return;
      this.#give(thread, job);
    }
  }

  #started(): Thread | null {
    if (this.#threads.size >= this.#parts.workersMax) return null;
    const thread: Thread = { worker: this.#parts.start(), rules: new Map(), job: null, lent: null };
    this.#threads.add(thread);
    thread.worker.on("message", (message: FromWorker) => this.#take(thread, message));
    thread.worker.on("error", (error: Error) => this.#lost(thread, error.message));
    thread.worker.on("exit", (code) => this.#lost(thread, `it ended with code ${code}`));
    return thread;
  }

  /** The batches are copied once, since their memory is shared with what else came in. */
  #give(thread: Thread, job: Job): void {
    thread.job = job;
    const say = (message: ToWorker, transfer: ArrayBuffer[] = []) => thread.worker.postMessage(message, transfer);
    if (!thread.rules.has(job.rulesKey)) {
      if (thread.rules.size >= limits.maskRuleSetsMax) {
        thread.rules.clear();
        say({ kind: "forget" });
      }
      thread.rules.set(job.rulesKey, thread.rules.size);
      say({ kind: "rules", id: thread.rules.size - 1, rules: job.rules });
    }
    const rules = thread.rules.get(job.rulesKey) ?? 0;
    thread.lent = this.#memory.lend(job.batches, job.bytes);
    const { input, output } = thread.lent;
    const sizes = job.batches.map((batch) => batch.bytes.length);
    // what is not shared would be copied once more
    const transfer = input.buffer instanceof ArrayBuffer ? [input.buffer] : [];
    say({ kind: "job", rules, input: input.buffer, sizes, output: output?.buffer ?? null }, transfer);
  }

  #take(thread: Thread, message: FromWorker): void {
    switch (message.kind) {
      case "ask":
        void this.#answer(thread, message.ask, message.question);
        return;
      case "done":
        this.#done(thread, message.batches);
        break;
      case "failed":
        this.#finish(thread)?.done.reject(new Error(message.message));
        break;
      default:
        message satisfies never;
    }
    this.#next();
  }

  #done(thread: Thread, batches: readonly PackedBatch[]): void {
    const { lent } = thread;
    const job = this.#finish(thread);
    if (job && lent) job.done.resolve(this.#memory.results(lent, batches));
  }

  async #answer(thread: Thread, ask: number, question: unknown): Promise<void> {
    const reply: ToWorker = { kind: "reply", ask, value: await this.#parts.answer(question) };
    if (this.#threads.has(thread)) thread.worker.postMessage(reply, []);
  }

  #finish(thread: Thread): Job | null {
    const { job } = thread;
    thread.job = thread.lent = null;
    if (job) this.#bytes -= job.bytes;
    return job;
  }

  #lost(thread: Thread, reason: string): void {
    if (!this.#threads.delete(thread) || this.#closed) return;
    this.#parts.died(reason);
    const { job } = thread;
    // what it said last may come after its end (tried, Node 24): the job is not its any more
    thread.job = thread.lent = null;
    if (job) {
      job.deaths++;
      if (job.deaths === 1) {
        this.#waiting.unshift(job);
      } else {
        this.#bytes -= job.bytes;
        job.done.resolve(job.batches.map(() => unmaskable(job.rules)));
      }
    }
    this.#next();
  }
}

function unmaskable(rules: RecordRules): GuardedBatch {
  const failed = unreadableCounts("overloaded", ruleNames(rules));
  return { kind: "unreadable", code: "overloaded", counts: { ...newCounts(), failed } };
}
