// BullMQ carries the workflow's jobs: delays, retries with back-off, one winner a job over all approver processes. The state of approvals is
// not here but in the store; a lost queue loses reminders and updates, never a decision. Producers fail fast when Redis is away.
import { DelayedError, type Job, Queue, Worker } from "bullmq";
import { createClient } from "redis";
import { assert } from "../base/assert.ts";
import { describeError } from "../base/errors.ts";
import { closeClient, openClient, type RedisClient, type RedisOptions, whenReady } from "./redis.ts";
import type { JobOutcome, WorkflowJob } from "./workflow.ts";

const queueName = "approvals";
const backoffMsMax = 60_000;
const concurrency = 5;
const connectMsMax = 10_000;
const lockMs = 15_000;
const stalledMs = 5_000;
const stalledMax = 100_000;

/** A message that nobody got is tried until the approval is over (the job then finds nothing to do); the rest is worth less. */
const attempts = {
  notify: 100_000,
  expire: 100_000,
  lapse: 100_000,
  doubt: 100_000,
  update: 50,
  alert: 50,
  tell: 20,
  remind: 20,
} as const;

type JobData = Pick<WorkflowJob, "approval" | "channel">;
type WorkflowBullJob = Job<JobData, null, WorkflowJob["name"]>;

export interface WorkflowQueue {
  /** Rejects when Redis is away; a job that is there already is left as it is. */
  add(jobs: readonly WorkflowJob[]): Promise<void>;
  /** Starts to work. `run` resolves with the time at which the job must come again, or null. */
  work(run: (job: Pick<WorkflowJob, "name" | "approval" | "channel">) => Promise<JobOutcome>): void;
  close(): Promise<void>;
}

/** Waits for Redis first, for at most 10 s: BullMQ greets it as soon as it is built, and a greeting that fails is nobody's rejection. */
export async function openQueue(options: RedisOptions): Promise<WorkflowQueue> {
  const producer = openClient(options, "quiet");
  await whenReady(producer, options.clock, connectMsMax);
  if (!producer.isReady) {
    closeClient(producer);
    throw new Error("Redis cannot be reached");
  }
  const queue = new Queue<JobData, null, WorkflowJob["name"]>(queueName, {
    connection: producer,
    prefix: options.prefix,
    skipWaitingForReady: true,
  });
  const complain = (error: Error) => options.log.debug({ error: error.message }, "the job queue has no Redis");
  queue.on("error", complain);
  const consumers: { readonly worker: Worker<JobData, null, WorkflowJob["name"]>; readonly client: RedisClient }[] = [];
  return {
    async add(jobs) {
      // One by one: addBulk is a transaction of EVALSHA, which fails for ever once a restart of Redis has emptied its script cache.
      for (const job of jobs) {
        const { name, data, opts } = toBull(job);
        await queue.add(name, data, opts);
      }
    },
    work(run) {
      const client: RedisClient = createClient({ url: options.url });
      client.on("error", complain);
      const worker = new Worker<JobData, null, WorkflowJob["name"]>(
        queueName,
        (job, token) => runJob(run, job, token),
        {
          connection: client,
          prefix: options.prefix,
          concurrency,
          // A worker that died is noticed by its lock, and its jobs are somebody else's then: however often, since each looks first.
          lockDuration: lockMs,
          stalledInterval: stalledMs,
          maxStalledCount: stalledMax,
          settings: { backoffStrategy: backoffMs },
        },
      );
      worker.on("error", complain);
      worker.on("failed", (job, error) => {
        const fields = { approval: job?.data.approval ?? "", operation: job?.name ?? "", error: describeError(error) };
        options.log.warn(fields, "a step of an approval's workflow failed and will be tried again");
      });
      consumers.push({ worker, client });
    },
    async close() {
      // BullMQ closes only connections of its own; and one that it no longer listens to must not outlive it.
      for (const { worker, client } of consumers) {
        await worker.close(true).catch(complain);
        closeClient(client);
      }
      await queue.close().catch(complain);
      closeClient(producer);
    },
  };
}

function toBull(job: WorkflowJob) {
  return {
    name: job.name,
    data: { approval: job.approval, channel: job.channel },
    opts: {
      jobId: job.jobId,
      delay: job.delayMs,
      attempts: attempts[job.name],
      backoff: { type: "custom" },
      removeOnComplete: { age: 86_400, count: 10_000 },
      removeOnFail: { age: 7 * 86_400, count: 10_000 },
    },
  };
}

/** 1 s, 2 s, 4 s … one minute, with up to a quarter of jitter. */
function backoffMs(attempt: number): number {
  return Math.min(1_000 * 2 ** Math.min(attempt - 1, 10), backoffMsMax) * (1 + Math.random() / 4);
}

async function runJob(
  run: (job: Pick<WorkflowJob, "name" | "approval" | "channel">) => Promise<JobOutcome>,
  job: WorkflowBullJob,
  token: string | undefined,
): Promise<null> {
  const again = await run({ name: job.name, approval: job.data.approval, channel: job.data.channel });
  if (again === null) return null;
  assert(token !== undefined, "a job that runs holds its lock's token");
  await job.moveToDelayed(again, token);
  throw new DelayedError();
}
