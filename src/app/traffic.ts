// The traffic of a gateway: clusters, listeners, and a connection for each client that comes.
import type { Socket } from "node:net";
import { approvalDigest } from "../approvals/digest.ts";
import { LockkeeperError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Config } from "../config/schema.ts";
import { createAccounts } from "../identity/accounts.ts";
import { chooseLogin, createLoginClient } from "../identity/broker-login.ts";
import { createFailureDelay } from "../identity/failure-delay.ts";
import { createMechanisms } from "../identity/mechanisms/index.ts";
import { createOidcVerifier } from "../identity/providers/oidc.ts";
import { createMasker } from "../masking/mask.ts";
import type { Session } from "../model/session.ts";
import { Cluster, type HostPort } from "../pipeline/cluster.ts";
import { Connection } from "../pipeline/connection.ts";
import { Identifier } from "../pipeline/identify.ts";
import { Listener } from "../pipeline/listener.ts";
import { SessionAudit } from "../pipeline/session-audit.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import { kafka } from "../protocols/kafka/index.ts";
import type { ApprovalsRoom } from "./approvals.ts";
import type { AuditTrail } from "./audit.ts";
import type { GatewayParts } from "./parts.ts";
import { brokerTls, clientTls } from "./tls.ts";

export interface TrafficParts extends GatewayParts {
  readonly audit: AuditTrail;
  readonly policy: PolicyEngine;
  readonly approvals: ApprovalsRoom;
}

export interface Traffic {
  readonly listeners: readonly { readonly cluster: string; readonly address: string }[];
  readonly clustersReady: Promise<void>;
  ready(): boolean;
  states(): Record<string, string>;
  sessions(): number;
}

/** Time for work in flight when the gateway stops; what is not done by then is cut. */
const drainMsMax = 10_000;

export async function openTraffic(parts: TrafficParts, stack: AsyncDisposableStack): Promise<Traffic> {
  const { config, clock, log } = parts;
  const identity = await openIdentity(parts);
  const failures = createFailureDelay(clock);
  const connections = new Map<Connection, Promise<void>>();
  stack.defer(() => drain(connections, parts));
  const clusters = new Map(Object.entries(config.clusters).map(([name, its]) => [name, openCluster(name, its, parts)]));
  const listeners: { cluster: string; address: string }[] = [];
  for (const its of config.listeners) {
    const cluster = clusters.get(its.cluster);
    const broker = config.clusters[its.cluster];
    if (!cluster || !broker)
      throw new LockkeeperError("config-invalid", `listeners: there is no cluster ${its.cluster}`);
    const mechanisms = createMechanisms(its.mechanisms, identity);
    const accept = (socket: Socket, node: number | null, address: HostPort) => {
      const session = newSession(socket, node, address, its, parts);
      const connection = new Connection(socket, {
        session,
        protocol: kafka,
        protocolSession: cluster.protocol.session(session, book, [...mechanisms.keys()]),
        identifier: new Identifier(mechanisms, its.sessionMs, clock),
        policy: parts.policy,
        hold: {
          gate: parts.approvals.gate,
          session,
          digest: (ask, pinned) => approvalDigest({ ...ask, pinned }),
          holdMs: (it) => holdMs(it, config),
        },
        audit: new SessionAudit({
          session,
          events: parts.audit.events,
          ranges: parts.audit.ranges,
          recording: parts.audit.recording(session),
          clock,
        }),
        clock,
        log,
        keepsRecords: config.audit.recordings?.payloads === "masked",
        requestFrameBytesMax: config.limits.requestFrameBytesMax,
        brokerTarget: () => cluster.target(node),
        brokerLogin: (link, who) => cluster.protocol.login(link, createLoginClient(chooseLogin(broker, who.identity))),
        failureDelayMs: () => failures.failed(socket.remoteAddress ?? ""),
        rewriter: (verdict, counts) =>
          verdict.kind === "allow" && verdict.masks.length > 0 ? createMasker(verdict.masks, counts) : null,
      });
      const running = connection.run();
      connections.set(connection, running);
      void running.finally(() => connections.delete(connection));
    };
    const listener = new Listener({
      bind: its.bind,
      nodes: its.nodes,
      advertise: its.advertise ?? its.bind.host,
      tls: clientTls(its.tls),
      connectionsMax: config.limits.connectionsMax,
      log,
      accept,
    });
    const book = cluster.book(listener);
    const port = await listener.start();
    stack.defer(() => listener.stop());
    listeners.push({ cluster: its.cluster, address: `${its.advertise ?? its.bind.host}:${port}` });
  }
  const discovering = [...clusters.values()].map((cluster) => cluster.discover());
  stack.defer(() => {
    for (const cluster of clusters.values()) cluster.stop();
  });
  return {
    listeners,
    clustersReady: Promise.all(discovering).then(() => {}),
    ready: () => [...clusters.values()].every((cluster) => cluster.protocol.ready),
    states: () =>
      Object.fromEntries(
        [...clusters].map(([name, { protocol }]) => [name, protocol.ready ? "reached" : "not reached yet"]),
      ),
    sessions: () => connections.size,
  };
}

async function openIdentity({ config, clock, log }: TrafficParts) {
  const tokens = createOidcVerifier(config.identity.oidc, { clock });
  for (const failed of await tokens.warm())
    log.warn({ reason: failed }, "an identity provider is away; logins try again");
  return { accounts: createAccounts(config.identity.users), tokens };
}

function openCluster(
  name: string,
  its: Config["clusters"][string],
  { config: { limits }, clock, log }: TrafficParts,
): Cluster {
  return new Cluster({
    name,
    bootstrap: its.bootstrap,
    tls: brokerTls(its.tls),
    answerBytesMax: limits.responseFrameBytesMax,
    protocol: kafka,
    clock,
    log,
    login: () => createLoginClient(chooseLogin(its, null)),
  });
}

function newSession(
  socket: Socket,
  node: number | null,
  address: HostPort,
  its: Config["listeners"][number],
  { clock }: TrafficParts,
): Session {
  return {
    id: newId("ses", clock.now()),
    protocol: kafka.name,
    cluster: its.cluster,
    listener: `${address.host}:${address.port}`,
    node,
    client: `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`,
    startedAt: clock.now(),
    tls: its.tls !== null,
    identity: null,
    software: null,
    clientId: null,
  };
}

/** The shorter of what the configuration allows and what this client's software is known to bear. */
function holdMs({ software }: Session, { approvals }: Config): number {
  if (!approvals) return 0;
  const { holdByClientMs, holdUnknownMs } = approvals;
  // the name is the client's own word: only the list's own keys count
  const known = software && Object.hasOwn(holdByClientMs, software.name) ? holdByClientMs[software.name] : undefined;
  return Math.min(approvals.holdMs, known ?? holdUnknownMs);
}

async function drain(connections: ReadonlyMap<Connection, Promise<void>>, { clock }: TrafficParts): Promise<void> {
  for (const connection of connections.keys()) connection.drain();
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(drainMsMax, resolve);
  const ends = Promise.all(connections.values());
  await Promise.race([ends, late]);
  cancel();
  for (const connection of connections.keys()) connection.destroy("the gateway is stopping");
  await ends;
}
