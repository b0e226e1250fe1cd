// The composition root: configuration → objects, started in order, stopped in reverse. This file and its folder app/ are the only
// places that know every room.
import { openApprovals } from "./app/approvals.ts";
import { openAuditTrail } from "./app/audit.ts";
import { openControl } from "./app/control.ts";
import { openMasking, openMaskings } from "./app/masking.ts";
import { gatewayMetrics } from "./app/metrics.ts";
import type { GatewayParts } from "./app/parts.ts";
import { openPolicy } from "./app/policy.ts";
import { openRecordGuards } from "./app/records.ts";
import { openTraffic } from "./app/traffic.ts";
import { healthOfAll, metricsOfAll } from "./app/workers/whole.ts";
import { describeError } from "./base/errors.ts";
import { createMetrics } from "./control/metrics.ts";
import type { Health } from "./control/routes/health.ts";
import { TrafficCounts } from "./pipeline/traffic-counts.ts";

export interface Gateway {
  /** Where clients connect, in the order of the configuration; ports that were 0 are known here. */
  readonly listeners: readonly { readonly cluster: string; readonly address: string }[];
  /** `host:port` of health and API. */
  readonly control: string;
  /** Resolves once every cluster was reached. Until then sessions are closed as by a broker that is away. */
  readonly clustersReady: Promise<void>;
  /** Ends in order: no new connections, work in flight finished, everything written. */
  stop(): Promise<void>;
}

/** Starts a gateway. Rejects with a LockkeeperError whose message says what to mend; nothing is left running then. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const { config, log } = parts;
  const stack = new AsyncDisposableStack();
  try {
    const audit = await openAuditTrail(parts, stack);
    const maskings = openMaskings(parts, stack);
    const records = openRecordGuards(config, maskings, log, stack);
    const policy = await openPolicy(parts, openMasking(config), audit, stack);
    const approvals = await openApprovals(parts, audit, stack);
    const counts = new TrafficCounts();
    const traffic = await openTraffic({ ...parts, audit, policy, records, approvals, counts }, stack);
    const ready = () => traffic.ready() && audit.healthy();
    const own: Health = {
      live: () => true,
      report: async () => ({
        ready: ready(),
        clusters: traffic.states(),
        schemaRegistries: maskings.states(),
        tls: traffic.tlsStates(),
        audit: audit.healthy() ? "writable" : "not writable",
        approvals: approvals.state(),
        policy: policy.revision,
        sessions: traffic.sessions(),
      }),
    };
    const { waitingBytesMax } = parts.config.limits;
    const metrics = createMetrics(
      gatewayMetrics({ ...parts, waitingBytesMax, audit, policy, records, approvals, counts, traffic, ready }),
    );
    const { worker } = parts;
    const health = worker ? healthOfAll(own, worker) : own;
    const page = worker ? metricsOfAll(metrics, worker) : metrics.page;
    const control = await openControl({ ...parts, approvals, traffic, health, metrics: page }, stack);
    await audit.events.record({
      code: "gateway.started",
      at: parts.clock.now(),
      actor: null,
      details: { version: parts.version },
    });
    return {
      listeners: traffic.listeners,
      control: control.address,
      clustersReady: traffic.clustersReady,
      stop: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack
      .disposeAsync()
      .catch((also: unknown) => log.error({ error: describeError(also) }, "stopping after a failed start"));
    throw error;
  }
}
