// Masking and Kafka's records put together: the same for the event loop and for worker threads.
import type { Config } from "../config/schema.ts";
import type { Masking } from "../masking/mask.ts";
import type { GuardTools } from "../pipeline/records/guard-batch.ts";
import { rewriteBatch } from "../protocols/kafka/records/rewrite-batch.ts";
import type { RewriteOptions } from "../protocols/record-guard.ts";

/** What a worker thread is given when it starts. The secrets in it go to our own thread and nowhere else. */
export interface WorkerSettings {
  readonly keys: readonly { readonly name: string; readonly id: string; readonly secret: string }[];
  readonly options: RewriteOptions;
  /** Clusters whose records may have schemas: a thread asks for them. */
  readonly registries: readonly string[];
}

export function workerSettings(
  { keys }: Config["masking"],
  registries: readonly string[],
  options: RewriteOptions,
): WorkerSettings {
  const named = Object.entries(keys);
  return { keys: named.map(([name, { id, secret }]) => ({ name, id, secret: secret.reveal() })), registries, options };
}

export function recordTools(maskingOf: (cluster: string) => Masking, options: RewriteOptions): GuardTools {
  return {
    rewriteBatch,
    options,
    rewriter: ({ cluster, masks, filters }, counts) => maskingOf(cluster).rewriter(masks, filters, counts),
  };
}
