// The traffic of a gateway: clusters, listeners, and the connections that are open.
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Config } from "../config/schema.ts";
import { createAccounts } from "../identity/accounts.ts";
import { chooseLogin, createLoginClient } from "../identity/broker-login.ts";
import { createFailureDelay } from "../identity/failure-delay.ts";
import { createLoginGate } from "../identity/login-gate.ts";
import type { MechanismParts } from "../identity/mechanisms/index.ts";
import { createScramAccounts } from "../identity/scram-accounts.ts";
import { noTokens, type TokenVerifier } from "../identity/tokens.ts";
import { Cluster } from "../pipeline/cluster.ts";
import { createPolicyPace } from "../pipeline/policy-pace.ts";
import type { RecordGuards } from "../pipeline/records/record-guards.ts";
import type { TrafficCounts } from "../pipeline/traffic-counts.ts";
import { watchWaits } from "../pipeline/waits.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import { kafka } from "../protocols/kafka/index.ts";
import { type Ahead, createAhead } from "./ahead.ts";
import type { ApprovalsRoom } from "./approvals.ts";
import type { AuditTrail } from "./audit.ts";
import { openListener } from "./listen.ts";
import { OpenConnections } from "./open-connections.ts";
import type { GatewayParts } from "./parts.ts";
import { openTls, type Tls } from "./tls.ts";

export interface TrafficParts extends GatewayParts {
  readonly audit: AuditTrail;
  readonly policy: PolicyEngine;
  readonly records: RecordGuards;
  readonly approvals: ApprovalsRoom;
  readonly counts: TrafficCounts;
}

export interface Traffic {
  readonly listeners: readonly { readonly cluster: string; readonly address: string }[];
  readonly clustersReady: Promise<void>;
  ready(): boolean;
  states(): Record<string, string>;
  /** Of certificates, by their place in the configuration. */
  tlsStates(): Record<string, string>;
  sessions(): number;
  /** Bytes that wait in connections, at the last look. */
  waitingBytes(): number;
  /** Proves tokens; for the HTTP API as well. */
  readonly tokens: TokenVerifier;
  /** Null where approvals are not configured. */
  readonly ahead: Ahead | null;
}

export async function openTraffic(parts: TrafficParts, stack: AsyncDisposableStack): Promise<Traffic> {
  const { config, clock } = parts;
  const mechanisms = await openIdentity(parts);
  const { worker } = parts;
  const failing = createFailureDelay(clock);
  const failures = worker?.shareFailures("clients", failing) ?? failing;
  const logins = createLoginGate(Math.ceil(limits.loginsAtOnceMax / (worker?.count ?? 1)));
  const connections = new OpenConnections();
  stack.defer(() => connections.drain(clock));
  const waits = watchWaits({
    connections: () => connections,
    bytesMax: config.limits.waitingBytesMax,
    clock,
    log: parts.log,
  });
  stack.defer(() => waits.stop());
  const pace = createPolicyPace(clock);
  parts.policy.onChange(() => void connections.policyChanged());
  const certificates = new Map<string, Tls>();
  const clusters = new Map<string, Cluster>();
  for (const [name, its] of Object.entries(config.clusters)) {
    const tls = await openClusterTls(name, its, parts, stack);
    if (tls) certificates.set(`clusters.${name}`, tls);
    clusters.set(name, openCluster(name, its, tls, parts));
  }
  const listeners: { cluster: string; address: string }[] = [];
  for (const [index, its] of config.listeners.entries()) {
    const cluster = clusters.get(its.cluster);
    const broker = config.clusters[its.cluster];
    if (!cluster || !broker)
      throw new LockkeeperError("config-invalid", `listeners: there is no cluster ${its.cluster}`);
    const place = `listeners[${index}]`;
    const opened = await openListener(
      its,
      { ...parts, place, cluster, broker, mechanisms, failures, logins, pace, connections },
      stack,
    );
    if (opened.tls) certificates.set(place, opened.tls);
    listeners.push({ cluster: its.cluster, address: opened.address });
  }
  const discovering = [...clusters.values()].map((cluster) => cluster.discover());
  stack.defer(() => {
    for (const cluster of clusters.values()) cluster.stop();
  });
  return {
    listeners,
    clustersReady: Promise.all(discovering).then(() => {}),
    ready: () => [...clusters.values()].every((cluster) => cluster.protocol.ready),
    states: () => Object.fromEntries([...clusters].map(([name, { state }]) => [name, state])),
    tlsStates: () => Object.fromEntries([...certificates].map(([place, tls]) => [place, tls.state()])),
    sessions: () => connections.size,
    waitingBytes: () => waits.bytes,
    tokens: mechanisms.tokens,
    ahead: parts.approvals.gate && createAhead(clusters, parts, parts.approvals.gate),
  };
}

async function openIdentity({ config, clock, log }: TrafficParts): Promise<MechanismParts> {
  const accounts = createAccounts(config.identity.users);
  const scram = createScramAccounts(accounts);
  if (config.identity.oidc.length === 0) return { accounts, scram, tokens: noTokens };
  const { createOidcVerifier } = await import("../identity/providers/oidc.ts");
  const tokens = createOidcVerifier(config.identity.oidc, { clock });
  for (const failed of await tokens.warm())
    log.warn({ reason: failed }, "an identity provider is away; logins try again");
  return { accounts, scram, tokens };
}

async function openClusterTls(
  name: string,
  { tls }: Config["clusters"][string],
  { clock, log }: TrafficParts,
  stack: AsyncDisposableStack,
): Promise<Tls | null> {
  if (!tls) return null;
  return openTls({ name: `clusters.${name}.tls`, files: tls, clock, log }, stack);
}

function openCluster(
  name: string,
  its: Config["clusters"][string],
  tls: Tls | null,
  { config, clock, log }: TrafficParts,
): Cluster {
  return new Cluster({
    name,
    bootstrap: its.bootstrap,
    tls: () => tls?.current.context ?? null,
    answerBytesMax: config.limits.responseFrameBytesMax,
    protocol: kafka,
    clock,
    log,
    login: () => createLoginClient(chooseLogin(its, null)),
  });
}
