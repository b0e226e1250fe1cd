// One configured listener: its sockets, its TLS, and a connection through the whole path for each client that comes.
import type { Socket } from "node:net";
import { newId } from "../base/ids.ts";
import type { Config } from "../config/schema.ts";
import type { FailureDelay } from "../identity/failure-delay.ts";
import type { LoginGate } from "../identity/login-gate.ts";
import { createMechanisms, type MechanismParts } from "../identity/mechanisms/index.ts";
import type { Session } from "../model/session.ts";
import type { Cluster, HostPort } from "../pipeline/cluster.ts";
import { Connection } from "../pipeline/connection.ts";
import { connectionRoom } from "../pipeline/connection-room.ts";
import { Listener } from "../pipeline/listener.ts";
import type { PolicyPace } from "../pipeline/policy-pace.ts";
import { ownPorts } from "../pipeline/ports.ts";
import { kafka } from "../protocols/kafka/index.ts";
import { ClientParts, type ClientSurroundings } from "./client-parts.ts";
import type { OpenConnections } from "./open-connections.ts";
import { openTls, type Tls } from "./tls.ts";
import type { TrafficParts } from "./traffic.ts";

export type ListenerConfig = Config["listeners"][number];

export interface ListenParts extends TrafficParts {
  /** The place in the configuration: `listeners[0]`. */
  readonly place: string;
  readonly cluster: Cluster;
  readonly broker: Config["clusters"][string];
  readonly mechanisms: MechanismParts;
  readonly failures: FailureDelay;
  readonly logins: LoginGate;
  readonly pace: PolicyPace;
  /** Takes over a connection that has begun. */
  readonly connections: OpenConnections;
}

export interface OpenListener {
  /** What clients are told to begin with, `host:port`. */
  readonly address: string;
  readonly tls: Tls | null;
}

/** Accepts clients once it has resolved. Rejects with `config-invalid` for a port that is taken or files that are not usable. */
export async function openListener(
  its: ListenerConfig,
  parts: ListenParts,
  stack: AsyncDisposableStack,
): Promise<OpenListener> {
  const mechanisms = createMechanisms(its.mechanisms, parts.mechanisms);
  const { cluster, log, config, place } = parts;
  const host = its.advertise ?? its.bind.host;
  const tls = await openListenerTls(its, parts, stack, (material) => listener.secure(material));
  const listener = new Listener({
    bind: its.bind,
    nodes: its.nodes,
    advertise: host,
    tls: tls && { material: tls.current.options, requestCert: its.tls?.client !== "none" },
    ports: parts.worker?.ports ?? ownPorts,
    room:
      parts.worker?.connectionRoom(place, config.limits.connectionsMax) ?? connectionRoom(config.limits.connectionsMax),
    counts: parts.counts,
    log,
    accept(socket, node, address) {
      const session = newSession(socket, node, address, its, parts);
      parts.connections.begin(new Connection(socket, new ClientParts(socket, session, around)));
    },
  });
  const book = cluster.book(listener);
  const names = [...mechanisms.keys()];
  const around: ClientSurroundings = {
    ...parts,
    listener: its,
    offered: mechanisms,
    protocolSession: (session) => cluster.protocol.session(session, book, names),
  };
  const port = await listener.start();
  stack.defer(() => listener.stop());
  return { address: `${host}:${port}`, tls };
}

async function openListenerTls(
  { tls }: ListenerConfig,
  { place, clock, log }: ListenParts,
  stack: AsyncDisposableStack,
  secure: (material: Tls["current"]["options"]) => Promise<void>,
): Promise<Tls | null> {
  if (!tls) return null;
  const files = { cert: tls.cert, key: tls.key, ca: tls.clientCa };
  const changed = (material: Tls["current"]) => secure(material.options);
  return openTls({ name: `${place}.tls`, files, clock, log, changed }, stack);
}

function newSession(
  socket: Socket,
  node: number | null,
  address: HostPort,
  its: ListenerConfig,
  { clock }: ListenParts,
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
