// What people do on the command line that the audit log must know of: recorded before it happens, by whoever writes the log.
import { userInfo } from "node:os";
import { realDisk } from "../audit/disk.ts";
import { type OutsideCode, recordFromOutside } from "../audit/inbox.ts";
import { folderHolder } from "../audit/lock.ts";
import { type LogPlace, logOfWorker, logPlaces } from "../audit/logs.ts";
import { systemClock } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import { silentLog } from "../base/log.ts";
import type { Config } from "../config/schema.ts";
import { version } from "./version.ts";

/** Resolves once it is in the log. Rejects with `audit-unavailable`: what was asked for must then not be done. */
export async function recordAct(config: Config, code: OutsideCode, details: JsonObject): Promise<void> {
  const none = { session: null, cluster: null, issuer: null, client: null, clientId: null };
  await recordFromOutside(
    { ...logAt(config, await placeToRecord(config)), clock: systemClock, log: silentLog },
    {
      code,
      at: systemClock.now(),
      actor: {
        ...none,
        principal: userInfo().username,
        groups: [],
        mechanism: "local",
        claims: {},
        software: `lockkeeper ${version}`,
      },
      details,
    },
  );
}

/** The log of a gateway, or of one of its workers, as `openAuditLog` wants it. */
export function logAt(config: Config, { name }: LogPlace) {
  const own = { ...config.audit, gateway: config.gateway.name };
  const { directory, keyFile, gateway } = name === "" ? own : logOfWorker(own, name);
  return { directory, keyFile, source: { gateway, version } };
}

/** One whose writer runs; otherwise the first, which this process then writes itself. */
async function placeToRecord({ audit: { directory } }: Config): Promise<LogPlace> {
  const places = await logPlaces(directory);
  for (const place of places) if ((await folderHolder(realDisk, place.folder)) !== null) return place;
  return places[0] ?? { name: "", folder: directory };
}
