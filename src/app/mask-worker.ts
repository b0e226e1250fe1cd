// A thread that masks batches: the composition of masking and Kafka's records that the gateway itself has in app/records.ts. Gets everything by
// message, keys among it, and writes nothing anywhere.
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { Sensitive } from "../base/sensitive.ts";
import { maskingPerCluster } from "../masking/per-cluster.ts";
import { relayClient } from "../masking/registry/relay.ts";
import { createSchemas } from "../masking/registry/schemas.ts";
import { serveBatches } from "../pipeline/records/worker-loop.ts";
import { recordTools, type WorkerSettings } from "./record-tools.ts";

assert(parentPort !== null, "this file runs as a worker thread");
const { keys, registries, options } = workerData as WorkerSettings;
const maskKeys = new Map(keys.map(({ name, id, secret }) => [name, { id, secret: new Sensitive(secret) }]));
serveBatches(parentPort, (ask) => {
  const schemasOf = (cluster: string) =>
    registries.includes(cluster)
      ? createSchemas({ client: relayClient(cluster, ask), cluster, clock: systemClock, log: silentLog })
      : null;
  return recordTools(maskingPerCluster(maskKeys, schemasOf, silentLog), options);
});
