// Threads that are none: the loop of a masking thread at the other end of a message channel, with the same messages and the same shared memory.
import { MessageChannel, type Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";
import type { GuardTools } from "../../src/pipeline/records/guard-batch.ts";
import { serveBatches } from "../../src/pipeline/records/worker-loop.ts";

export function threadInTest(tools: (ask: (question: unknown) => Promise<unknown>) => GuardTools): Worker {
  const channel = new MessageChannel();
  onTestFinished(() => channel.port1.close());
  serveBatches(channel.port2, tools);
  return Object.assign(channel.port1, { terminate: () => Promise.resolve(channel.port1.close()) }) as unknown as Worker;
}
