// One configured listener: its sockets, its TLS, and a connection through the whole path for each client that comes.
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { approvalDigest } from "../approvals/digest.ts";
import { newId } from "../base/ids.ts";
import { limits } from "../base/limits.ts";
import type { Config } from "../config/schema.ts";
import { chooseLogin, createLoginClient } from "../identity/broker-login.ts";
import type { FailureDelay } from "../identity/failure-delay.ts";
import type { LoginGate } from "../identity/login-gate.ts";
import { createMechanisms, type MechanismParts } from "../identity/mechanisms/index.ts";
import { certificateLogin } from "../identity/mtls.ts";
import type { Session } from "../model/session.ts";
import type { BrokerLink } from "../pipeline/broker-link.ts";
import type { Cluster, HostPort } from "../pipeline/cluster.ts";
import { Connection, type ConnectionParts } from "../pipeline/connection.ts";
import { connectionRoom } from "../pipeline/connection-room.ts";
import { Identifier } from "../pipeline/identify.ts";
import { Listener } from "../pipeline/listener.ts";
import { OpenedBrokers } from "../pipeline/other-brokers.ts";
import { ownPorts } from "../pipeline/ports.ts";
import { SessionAudit } from "../pipeline/session-audit.ts";
import { kafka } from "../protocols/kafka/index.ts";
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
  /** Takes over a connection that has begun. */
  began(connection: Connection, running: Promise<void>): void;
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
  const { cluster, clock, log, config, place } = parts;
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
    clock,
    log,
    accept(socket, node, address) {
      const session = newSession(socket, node, address, its, parts);
      const connection = new Connection(socket, {
        ...connectionParts(socket, session, its, parts),
        protocolSession: cluster.protocol.session(session, book, [...mechanisms.keys()]),
        identifier: new Identifier(mechanisms, its.sessionMs, clock),
      });
      parts.began(connection, connection.run());
    },
  });
  const book = cluster.book(listener);
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

function connectionParts(
  socket: Socket,
  session: Session,
  its: ListenerConfig,
  parts: ListenParts,
): Omit<ConnectionParts, "protocolSession" | "identifier"> {
  const { cluster, broker, clock, log, config, audit } = parts;
  // kept: a socket that has ended has none any more, and all of those would count as one
  const address = socket.remoteAddress ?? "";
  const login = (link: BrokerLink, who: Session) =>
    cluster.protocol.login(link, createLoginClient(chooseLogin(broker, who.identity)));
  return {
    session,
    protocol: kafka,
    transportLogin: transportLogin(socket, its, parts),
    policy: parts.policy,
    hold: {
      gate: parts.approvals.gate,
      session,
      clock,
      otherBrokers: () =>
        new OpenedBrokers({
          protocol: kafka,
          clock,
          target: (node) => cluster.target(node),
          login: (link) => login(link, session),
        }),
      digest: (ask, pinned) => approvalDigest({ ...ask, pinned }),
      holdMs: (it) => holdMs(it, config),
      nativeWaitMs: ({ software }) =>
        config.approvals?.nativeWait.includes(software?.name ?? "") ? limits.approvalNativeWaitMs : null,
    },
    audit: new SessionAudit({
      session,
      events: audit.events,
      ranges: audit.ranges,
      recording: audit.recording(session),
      counts: parts.counts,
      clock,
    }),
    counts: parts.counts,
    clock,
    log,
    grants: ({ cluster: name, identity }) => parts.approvals.grants(name, identity?.principal ?? ""),
    requestFrameBytesMax: config.limits.requestFrameBytesMax,
    brokerTarget: () => cluster.target(session.node),
    brokerLogin: (link, who, again) =>
      again
        ? cluster.protocol.loginAgain(link, createLoginClient(chooseLogin(broker, who.identity)))
        : login(link, who),
    failureDelayMs: () => parts.failures.failed(address),
    attempt: (gone) => parts.logins.enter(address, gone),
    records: parts.records,
  };
}

/** Who the client's certificate says it is, where that is the login; null where the login comes by SASL. */
function transportLogin(
  socket: Socket,
  { tls, sessionMs }: ListenerConfig,
  { clock, config }: ListenParts,
): ConnectionParts["transportLogin"] {
  if (tls?.client !== "login") return null;
  // Not asked for again: `authorized` is what the handshake came to, and without it no certificate counts.
  const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return certificateLogin(certificate, config.identity.certificates, sessionMs, clock.now());
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

/** The shorter of what the configuration allows and what this client's software is known to bear. */
function holdMs({ software }: Session, { approvals }: Config): number {
  if (!approvals) return 0;
  const { holdByClientMs, holdUnknownMs } = approvals;
  // the name is the client's own word: only the list's own keys count
  const known = software && Object.hasOwn(holdByClientMs, software.name) ? holdByClientMs[software.name] : undefined;
  return Math.min(approvals.holdMs, known ?? holdUnknownMs);
}
