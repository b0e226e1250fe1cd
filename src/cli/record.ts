// What people do on the command line that the audit log must know of: recorded before it happens, by whoever writes the log.
import { userInfo } from "node:os";
import { type OutsideCode, recordFromOutside } from "../audit/inbox.ts";
import { systemClock } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import { silentLog } from "../base/log.ts";
import type { Config } from "../config/schema.ts";
import { version } from "./version.ts";

/** Resolves once it is in the log. Rejects with `audit-unavailable`: what was asked for must then not be done. */
export async function recordAct(config: Config, code: OutsideCode, details: JsonObject): Promise<void> {
  const { directory, keyFile } = config.audit;
  const none = { session: null, cluster: null, issuer: null, client: null, clientId: null };
  await recordFromOutside(
    { directory, keyFile, clock: systemClock, log: silentLog, source: { gateway: config.gateway.name, version } },
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
