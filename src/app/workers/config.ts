// What a worker's configuration says otherwise than the gateway's: a log, a key and an origin of its own, and its share of what the file gives for the
// gateway as a whole.
import { logOfWorker, workerName } from "../../audit/logs.ts";
import type { Config } from "../../config/schema.ts";
import { maskThreadsDefault } from "../records.ts";

export function workerConfig(config: Config, slot: number, count: number): Config {
  const { audit, gateway, masking } = config;
  const its = logOfWorker({ ...audit, gateway: gateway.name }, workerName(slot));
  const share = (whole: number) => Math.floor(whole / count);
  const { events } = audit.retain;
  const threads = masking.workers ?? maskThreadsDefault();
  return {
    ...config,
    gateway: { ...gateway, name: its.gateway },
    audit: {
      ...audit,
      directory: its.directory,
      keyFile: its.keyFile,
      retain: {
        ...audit.retain,
        events: { ...events, bytesMax: events.bytesMax === null ? null : share(events.bytesMax) },
      },
    },
    limits: { ...config.limits, waitingBytesMax: Math.max(1, share(config.limits.waitingBytesMax)) },
    masking: {
      ...masking,
      workers: threads === 0 ? 0 : Math.max(1, share(threads)),
      cacheBytes: share(masking.cacheBytes),
    },
  };
}
