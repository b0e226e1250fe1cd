// One cluster behind one listener: which brokers there are, where each is reached, and at which address clients find it.
// Node N is served on port `nodes + N`; its port opens the first time that an answer names the node, before that answer leaves.
import type { SecureContext } from "node:tls";
import type { Clock } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { AddressBook, BrokerAddress, LoginClient, Protocol, ProtocolCluster } from "../protocols/protocol.ts";
import { type BrokerTarget, openBroker } from "./broker-link.ts";
import { InFlight } from "./in-flight.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface ClusterParts {
  readonly name: string;
  readonly bootstrap: readonly HostPort[];
  readonly tls: SecureContext | null;
  readonly answerBytesMax: number;
  readonly protocol: Protocol;
  readonly clock: Clock;
  readonly log: Log;
  /** The gateway's own login, for looking around; null for none. */
  login(): LoginClient | null;
}

const discoverRetryMsMin = 500;
const discoverRetryMsMax = 15_000;

export class Cluster {
  readonly name: string;
  readonly protocol: ProtocolCluster;
  readonly #parts: ClusterParts;
  readonly #brokers = new Map<number, HostPort>();
  readonly #books = new Set<NodeBook>();
  /** Nodes whose ports are being opened: an answer that names one waits, whoever learnt of it first. */
  readonly #opening = new Map<number, Promise<void>>();
  #next = 0;
  #stopped = false;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.protocol = parts.protocol.cluster(parts.name);
  }

  /** Where a session's broker connection goes: the node's address, or one bootstrap address after the other. */
  target(node: number | null): BrokerTarget {
    const { bootstrap, tls, answerBytesMax } = this.#parts;
    const known = node === null ? undefined : this.#brokers.get(node);
    if (node !== null && !known) throw new LockkeeperError("broker-unavailable", `broker node ${node} is not known`);
    const address = known ?? bootstrap[this.#next++ % bootstrap.length];
    if (!address) throw new LockkeeperError("broker-unavailable", "no bootstrap address");
    return { ...address, tls, answerBytesMax };
  }

  /** The addresses that this listener's clients are told. */
  book(book: NodeBook): AddressBook {
    this.#books.add(book);
    return {
      learn: (brokers) => this.#learn(brokers),
      advertised: (node) => book.advertised(node),
    };
  }

  /** Looks for the cluster until it is found; resolves then, or when stopped. Clients that come earlier are closed, as by a broker. */
  async discover(): Promise<void> {
    for (let delayMs = discoverRetryMsMin; !this.#stopped; delayMs = Math.min(delayMs * 2, discoverRetryMsMax)) {
      try {
        await this.#lookAround();
        return;
      } catch (error) {
        this.#parts.log.warn(
          { cluster: this.name, reason: describeError(error) },
          "cluster not reachable, trying again",
        );
        await new Promise<void>((resolve) => this.#parts.clock.after(delayMs, resolve));
      }
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #lookAround(): Promise<void> {
    const inFlight = new InFlight(() => {});
    const link = await openBroker(this.target(null), this.#parts.protocol, inFlight);
    try {
      await this.protocol.login(link, this.#parts.login());
      await this.#learn(await this.protocol.discover(link));
    } finally {
      link.close();
    }
  }

  /** Undefined when nothing was new: the usual case, which waits for nothing. */
  #learn(brokers: readonly BrokerAddress[]): Promise<void> | undefined {
    let opening: Promise<void>[] | undefined;
    for (const { node, host, port } of brokers) {
      if (node < 0) continue;
      const known = this.#brokers.get(node);
      const moved = known?.host !== host || known.port !== port;
      if (moved) {
        this.#parts.log.info({ cluster: this.name, node, broker: `${host}:${port}` }, "broker learnt");
        this.#brokers.set(node, { host, port });
      }
      const open = this.#opening.get(node) ?? (moved ? this.#open(node) : undefined);
      if (open) (opening ??= []).push(open);
    }
    return opening && Promise.all(opening).then(() => {});
  }

  /** A port that could not be opened is tried again by the next answer that names its node. */
  #open(node: number): Promise<void> {
    const open = Promise.all([...this.#books].map((book) => book.open(node)))
      .then(() => {})
      .catch((error: unknown) => {
        this.#brokers.delete(node);
        throw error;
      })
      .finally(() => this.#opening.delete(node));
    this.#opening.set(node, open);
    return open;
  }
}

/** The ports of one listener: one for each broker node. */
export interface NodeBook {
  advertised(node: number): HostPort;
  /** Resolves once the node's port accepts connections. */
  open(node: number): Promise<void>;
}
