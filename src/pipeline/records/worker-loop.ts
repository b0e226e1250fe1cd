// The worker thread's side: takes one job after the other, and asks the event loop for what it cannot get by itself. Holds no socket, no file,
// no log: what it is told is in its messages, what it finds goes back in them.
import type { MessagePort } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import { describeError } from "../../base/errors.ts";
import { type GuardTools, guardBatch, type RecordRules } from "./guard-batch.ts";
import { type FromWorker, JobOutput, type PackedBatch, type ToWorker } from "./worker-protocol.ts";

/** `tools` is given a way to ask the event loop. Answers come in any order; none ever fails. */
export function serveBatches(
  port: MessagePort,
  tools: (ask: (question: unknown) => Promise<unknown>) => GuardTools,
): void {
  const rules = new Map<number, RecordRules>();
  const asked = new Map<number, (value: unknown) => void>();
  let asks = 0;
  const say = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

  const ready = tools((question) => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const ask = asks++;
    asked.set(ask, resolve);
    say({ kind: "ask", ask, question });
    return promise;
  });

  async function work(job: Extract<ToWorker, { kind: "job" }>): Promise<void> {
    try {
      const jobRules = rules.get(job.rules);
      assert(jobRules !== undefined, "a job's rules are known");
      const input = Buffer.from(job.input);
      const output = new JobOutput(job.output);
      const its = { ...ready, options: { ...ready.options, room: output.room } };
      const batches: PackedBatch[] = [];
      const transfer: ArrayBuffer[] = [];
      let at = 0;
      for (const size of job.sizes) {
        const result = guardBatch(input.subarray(at, at + size), jobRules, its);
        batches.push(output.pack(result instanceof Promise ? await result : result, transfer));
        at += size;
      }
      say({ kind: "done", batches }, transfer);
    } catch (error) {
      say({ kind: "failed", message: describeError(error) });
    }
  }

  port.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "rules":
        rules.set(message.id, message.rules);
        return;
      case "forget":
        rules.clear();
        return;
      case "job":
        void work(message);
        return;
      case "reply":
        asked.get(message.ask)?.(message.value);
        asked.delete(message.ask);
        return;
      default:
        message satisfies never;
    }
  });
}
