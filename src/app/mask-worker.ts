// A thread that masks batches: the composition of masking and Kafka's records that the gateway itself has in app/records.ts. Gets everything by
// message, keys among it, and writes nothing anywhere.
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { Sensitive } from "../base/sensitive.ts";
import { formats } from "../masking/formats/index.ts";
import { createMasking } from "../masking/mask.ts";
import { serveBatches } from "../pipeline/records/worker-loop.ts";
import { recordTools, type WorkerSettings } from "./record-tools.ts";

assert(parentPort !== null, "this file runs as a worker thread");
const { keys, options } = workerData as WorkerSettings;
const masking = createMasking({
  keys: new Map(keys.map(({ name, id, secret }) => [name, { id, secret: new Sensitive(secret) }])),
  formats,
});
serveBatches(parentPort, () => recordTools(masking, options));
