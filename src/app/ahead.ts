// Asking ahead, put together for the clusters of a gateway: broker connections of the caller's own credential, opened for one question and closed.
import type { ApprovalGate } from "../approvals/approvals.ts";
import { approvalDigest } from "../approvals/digest.ts";
import { LockkeeperError } from "../base/errors.ts";
import { chooseLogin, createLoginClient } from "../identity/broker-login.ts";
import type { Identity } from "../model/identity.ts";
import {
  type AheadAnswer,
  type AheadCaller,
  type AheadRequest,
  type AskedBroker,
  askAhead,
} from "../pipeline/ahead.ts";
import { type BrokerLink, openBroker } from "../pipeline/broker-link.ts";
import type { Cluster } from "../pipeline/cluster.ts";
import { InFlight } from "../pipeline/in-flight.ts";
import { OpenedBrokers } from "../pipeline/other-brokers.ts";
import { kafka } from "../protocols/kafka/index.ts";
import type { TrafficParts } from "./traffic.ts";

export interface Ahead {
  (cluster: string, caller: AheadCaller, asked: AheadRequest, reason: string): Promise<readonly AheadAnswer[]>;
}

export function createAhead(clusters: ReadonlyMap<string, Cluster>, parts: TrafficParts, gate: ApprovalGate): Ahead {
  return (name, caller, asked, reason) => {
    const cluster = clusters.get(name);
    if (!cluster) throw new LockkeeperError("message-malformed", `there is no cluster ${name}`);
    const { policy, clock, approvals } = parts;
    return askAhead(
      {
        cluster: name,
        protocol: kafka.name,
        protocolCluster: cluster.protocol,
        policy,
        gate,
        digest: (ask, pinned) => approvalDigest({ ...ask, pinned }),
        clock,
        grants: approvals.grants,
        withBrokers: (identity, work) => withBrokers(cluster, identity, parts, work),
      },
      caller,
      asked,
      reason,
    );
  };
}

/** Any broker first, which knows most things; then each, for what only a leader or a coordinator knows. */
async function withBrokers<T>(
  cluster: Cluster,
  identity: Identity,
  { config, clock }: TrafficParts,
  work: (asked: AskedBroker) => Promise<T | "elsewhere">,
): Promise<T> {
  const its = config.clusters[cluster.name];
  if (!its) throw new LockkeeperError("config-invalid", `there is no cluster ${cluster.name}`);
  const login = (link: BrokerLink) => cluster.protocol.login(link, createLoginClient(chooseLogin(its, identity)));
  const targets = [null, ...cluster.nodes];
  for (const [index, node] of targets.entries()) {
    const link = await openBroker(cluster.target(node), { protocol: kafka, clock, inFlight: new InFlight(() => {}) });
    const others = new OpenedBrokers({ protocol: kafka, clock, target: (other) => cluster.target(other), login });
    try {
      await login(link);
      const done = await work({ channel: link, others, last: index === targets.length - 1 });
      if (done !== "elsewhere") return done;
    } finally {
      link.close();
      others.close();
    }
  }
  throw new LockkeeperError("broker-unavailable", "no broker of the cluster could answer");
}
