// The HTTP side of a gateway: health for everybody, approvals and asking ahead for whoever proves who they are.

import type { JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import { createAuthenticate } from "../control/authenticate.ts";
import type { Health } from "../control/routes/health.ts";
import { routesOf } from "../control/routes/index.ts";
import type { MetricsPage } from "../control/routes/metrics.ts";
import { type Control, startControl } from "../control/server.ts";
import { createAccounts } from "../identity/accounts.ts";
import { createFailureDelay } from "../identity/failure-delay.ts";
import { plain } from "../identity/mechanisms/plain.ts";
import type { ApprovalsRoom } from "./approvals.ts";
import type { GatewayParts } from "./parts.ts";
import { openTls, type Tls } from "./tls.ts";
import type { Traffic } from "./traffic.ts";

export interface ControlParts extends GatewayParts {
  readonly approvals: ApprovalsRoom;
  readonly traffic: Traffic;
  readonly health: Health;
  readonly metrics: MetricsPage;
}

export async function openControl(parts: ControlParts, stack: AsyncDisposableStack): Promise<Control> {
  const { config, clock, log, approvals, traffic, health, metrics, version } = parts;
  const { desk, people } = approvals;
  const { worker } = parts;
  const failing = createFailureDelay(clock);
  const { ahead } = traffic;
  const tls = await openControlTls(parts, stack, (material) => control.secure(material));
  const control = await startControl({
    bind: config.control.bind,
    tls: tls && tls.current.options,
    requestsMax: Math.ceil(limits.controlRequestsMax / (worker?.count ?? 1)),
    routes: routesOf({
      health: withOwnCertificate(health, tls),
      metrics,
      approvals: desk &&
        people &&
        ahead && { desk, people, clusters: Object.keys(config.clusters), ask: ahead, grants: approvals.grants },
    }),
    authenticate: createAuthenticate({
      tokens: traffic.tokens,
      plain: plain(createAccounts(config.identity.users)),
      failures: worker?.shareFailures("api", failing) ?? failing,
      wait: (delayMs) => new Promise((resolve) => void clock.after(delayMs, resolve)),
    }),
    log: log.child({ listener: "control" }),
    version,
  });
  stack.defer(() => control.close());
  return control;
}

/** As the listeners': new files are taken up without a restart, broken ones leave the old ones in place. */
async function openControlTls(
  { config: { control }, clock, log }: ControlParts,
  stack: AsyncDisposableStack,
  secure: (material: Tls["current"]["options"]) => void,
): Promise<Tls | null> {
  if (control.tls === null) return null;
  const changed = async ({ options }: Tls["current"]) => secure(options);
  return openTls({ name: "control.tls", files: { ...control.tls, ca: null }, clock, log, changed }, stack);
}

/** Of several workers each tells of its own: they read the same files. */
function withOwnCertificate(health: Health, tls: Tls | null): Health {
  if (tls === null) return health;
  return {
    live: () => health.live(),
    async report() {
      const report = await health.report();
      return { ...report, tls: { ...(report["tls"] as JsonObject), control: tls.state() } };
    },
  };
}
