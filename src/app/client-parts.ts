// What a connection is given: the rooms of its gateway and its listener, and what is its own. Ten thousand idle connections have one of these each, so it
// holds little and makes the rest when it is asked for.
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { approvalDigest } from "../approvals/digest.ts";
import { limits } from "../base/limits.ts";
import type { Config } from "../config/schema.ts";
import { chooseLogin, createLoginClient } from "../identity/broker-login.ts";
import { certificateLogin } from "../identity/mtls.ts";
import type { Session } from "../model/session.ts";
import type { BrokerLink } from "../pipeline/broker-link.ts";
import type { ConnectionParts } from "../pipeline/connection-parts.ts";
import { Identifier } from "../pipeline/identify.ts";
import { OpenedBrokers } from "../pipeline/other-brokers.ts";
import { SessionAudit } from "../pipeline/session-audit.ts";
import { kafka } from "../protocols/kafka/index.ts";
import type { ListenParts } from "./listen.ts";

/** What all connections of one listener share. */
export interface ClientSurroundings extends ListenParts {
  readonly listener: Config["listeners"][number];
  readonly offered: ConstructorParameters<typeof Identifier>[0];
  protocolSession(session: Session): ConnectionParts["protocolSession"];
}

export class ClientParts implements ConnectionParts {
  readonly session: Session;
  readonly audit: SessionAudit;
  readonly protocolSession: ConnectionParts["protocolSession"];
  readonly identifier: Identifier;
  readonly transportLogin: ConnectionParts["transportLogin"];
  readonly #around: ClientSurroundings;
  /** Kept: a socket that has ended has none any more, and all of those would count as one. */
  readonly #address: string;

  constructor(socket: Socket, session: Session, around: ClientSurroundings) {
    const { audit, counts, clock, offered, listener } = around;
    const { events, ranges } = audit;
    this.#around = around;
    this.#address = socket.remoteAddress ?? "";
    this.session = session;
    this.audit = new SessionAudit({ session, events, ranges, recording: audit.recording(session), counts, clock });
    this.protocolSession = around.protocolSession(session);
    this.identifier = new Identifier(offered, listener.sessionMs, clock);
    this.transportLogin = transportLogin(socket, around);
  }

  get protocol() {
    return kafka;
  }

  get policy() {
    return this.#around.policy;
  }

  get counts() {
    return this.#around.counts;
  }

  get clock() {
    return this.#around.clock;
  }

  get log() {
    return this.#around.log;
  }

  get pace() {
    return this.#around.pace;
  }

  get records() {
    return this.#around.records;
  }

  get requestFrameBytesMax() {
    return this.#around.config.limits.requestFrameBytesMax;
  }

  /** Made for a request that has to wait; all others have no use for it. */
  get hold(): ConnectionParts["hold"] {
    const { session } = this;
    const { approvals, cluster, clock, config } = this.#around;
    return {
      gate: approvals.gate,
      session,
      clock,
      otherBrokers: () =>
        new OpenedBrokers({
          protocol: kafka,
          clock,
          target: (node) => cluster.target(node),
          login: (link) => this.brokerLogin(link, session, false),
        }),
      digest: (ask, pinned) => approvalDigest({ ...ask, pinned }),
      holdMs: (it) => holdMs(it, config),
      nativeWaitMs: ({ software }) =>
        config.approvals?.nativeWait.includes(software?.name ?? "") ? limits.approvalNativeWaitMs : null,
    };
  }

  grants({ cluster, identity }: Session) {
    return this.#around.approvals.grants(cluster, identity?.principal ?? "");
  }

  brokerTarget() {
    return this.#around.cluster.target(this.session.node);
  }

  brokerLogin(link: BrokerLink, { identity }: Session, again: boolean): Promise<number> {
    const { cluster, broker } = this.#around;
    const client = createLoginClient(chooseLogin(broker, identity));
    return again ? cluster.protocol.loginAgain(link, client) : cluster.protocol.login(link, client);
  }

  failureDelayMs(): number {
    return this.#around.failures.failed(this.#address);
  }

  attempt(gone: AbortSignal) {
    return this.#around.logins.enter(this.#address, gone);
  }
}

/** Who the client's certificate says it is, where that is the login; null where the login comes by SASL. */
function transportLogin(
  socket: Socket,
  { listener: { tls, sessionMs }, clock, config }: ClientSurroundings,
): ConnectionParts["transportLogin"] {
  if (tls?.client !== "login") return null;
  // Not asked for again: `authorized` is what the handshake came to, and without it no certificate counts.
  const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return certificateLogin(certificate, config.identity.certificates, sessionMs, clock.now());
}

/** The shorter of what the configuration allows and what this client's software is known to bear. */
function holdMs({ software }: Session, { approvals }: Config): number {
  if (!approvals) return 0;
  const { holdByClientMs, holdUnknownMs } = approvals;
  // the name is the client's own word: only the list's own keys count
  const known = software && Object.hasOwn(holdByClientMs, software.name) ? holdByClientMs[software.name] : undefined;
  return Math.min(approvals.holdMs, known ?? holdUnknownMs);
}
