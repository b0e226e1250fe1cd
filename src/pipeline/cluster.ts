// One cluster behind its listeners: which brokers there are, where each is reached, and at which address clients find it. A node's
// port opens the first time that an answer names the node, before that answer leaves. Brokers come, move and go: every answer to a
// client that names brokers is believed, and the gateway itself looks again now and then, and as soon as one cannot be reached.
import type { SecureContext } from "node:tls";
import type { Cancel, Clock } from "../base/clock.ts";
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
  /** For the next connection; null for plain TCP. */
  tls(): SecureContext | null;
  readonly answerBytesMax: number;
  readonly protocol: Protocol;
  readonly clock: Clock;
  readonly log: Log;
  /** The gateway's own login, for looking around; null for none. */
  login(): LoginClient | null;
}

const discoverRetryMsMin = 500;
const discoverRetryMsMax = 15_000;
/** A cluster that is well is looked at this often: brokers that nobody asked for are found, those that are gone forgotten. */
const lookAgainMs = 60_000;
/** After a broker could not be reached; also the shortest time between two looks, whoever asks for them. */
const lookSoonMs = 1_000;
/** An address that could not be reached, or did not answer, is the last choice for so long: who comes next need not wait for it again. */
const avoidMs = 30_000;
/** Addresses tried for one connection: the client waits meanwhile. */
const bootstrapTriesMax = 6;

export class Cluster {
  readonly name: string;
  readonly protocol: ProtocolCluster;
  readonly #parts: ClusterParts;
  readonly #brokers = new Map<number, HostPort>();
  readonly #books = new Set<NodeBook>();
  /** Nodes whose ports are being opened: an answer that names one waits, whoever learnt of it first. */
  readonly #opening = new Map<number, Promise<void>>();
  /** Addresses to be tried last, and until when, by the monotonic clock. */
  readonly #avoided = new Map<string, number>();
  #next = 0;
  #stopped = false;
  #looking = false;
  #cancelLook: Cancel = () => {};
  /** When the next look is due, by the monotonic clock. */
  #lookDue = Number.POSITIVE_INFINITY;
  #away: string | null = "not reached yet";

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.protocol = parts.protocol.cluster(parts.name);
  }

  /** Ids of the brokers that are known. */
  get nodes(): readonly number[] {
    return [...this.#brokers.keys()];
  }

  /** In words: whether the gateway's last look at the cluster went well. */
  get state(): string {
    return this.#away ?? "reached";
  }

  /** Where a session's broker connection goes: the node's address; else the bootstrap addresses, and after them every known broker. */
  target(node: number | null): BrokerTarget {
    const { tls, answerBytesMax } = this.#parts;
    const [first, ...others] = node === null ? this.#anyBroker() : [this.#brokers.get(node)];
    if (!first) {
      this.#lookSoon();
      const what = node === null ? "no bootstrap address" : `broker node ${node} is not known`;
      throw new LockkeeperError("broker-unavailable", what);
    }
    let at = first;
    const unanswered = () => {
      this.#avoided.set(keyOf(at), this.#parts.clock.monotonic() + avoidMs);
      this.#lookSoon();
    };
    const tried = (address: HostPort, reached: boolean) => {
      at = address;
      if (!reached) unanswered();
    };
    return {
      ...first,
      others: others.filter((one) => one !== undefined),
      tls: tls(),
      answerBytesMax,
      tried,
      unanswered,
    };
  }

  /** The bootstrap addresses take turns at being first, so that one of them that is dead delays only some. */
  #anyBroker(): HostPort[] {
    const { bootstrap } = this.#parts;
    const first = this.#next++ % Math.max(1, bootstrap.length);
    const all = [...bootstrap.slice(first), ...bootstrap.slice(0, first), ...this.#brokers.values()];
    const distinct = [...new Map(all.map((address) => [keyOf(address), address])).values()];
    const last = new Set(distinct.filter((address) => this.#isAvoided(address)));
    return [...distinct.filter((address) => !last.has(address)), ...last].slice(0, bootstrapTriesMax);
  }

  #isAvoided(address: HostPort): boolean {
    const until = this.#avoided.get(keyOf(address));
    if (until === undefined) return false;
    if (until > this.#parts.clock.monotonic()) return true;
    this.#avoided.delete(keyOf(address));
    return false;
  }

  /** The addresses that this listener's clients are told. */
  book(book: NodeBook): AddressBook {
    this.#books.add(book);
    return {
      learn: (brokers) => this.#learn(brokers),
      advertised: (node) => book.advertised(node),
    };
  }

  /**
   * Looks for the cluster until it is found; resolves then, or when stopped. Clients that come earlier are closed, as by a broker.
   * Afterwards it goes on looking until `stop`.
   */
  async discover(): Promise<void> {
    for (let delayMs = discoverRetryMsMin; !this.#stopped; delayMs = Math.min(delayMs * 2, discoverRetryMsMax)) {
      if (await this.#look()) return;
      await new Promise<void>((resolve) => this.#parts.clock.after(delayMs, resolve));
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelLook();
  }

  /** False when the cluster could not be reached, which is then in the log and in `state`. Never rejects. */
  async #look(): Promise<boolean> {
    this.#cancelLook();
    this.#lookDue = Number.POSITIVE_INFINITY;
    this.#looking = true;
    try {
      await this.#lookAround();
      if (this.#away !== null) this.#parts.log.info({ cluster: this.name }, "cluster reached");
      this.#away = null;
    } catch (error) {
      const reason = describeError(error);
      this.#parts.log.warn({ cluster: this.name, reason }, "cluster not reachable, trying again");
      this.#away = this.protocol.ready ? `away: ${reason}` : "not reached yet";
    }
    this.#looking = false;
    // Before the first success it is discover's to try again.
    if (this.protocol.ready) this.#lookIn(this.#away === null ? lookAgainMs : discoverRetryMsMax);
    return this.#away === null;
  }

  #lookSoon(): void {
    if (this.protocol.ready && !this.#looking) this.#lookIn(lookSoonMs);
  }

  /** Sets the time of the next look, unless an earlier one is set. */
  #lookIn(delayMs: number): void {
    const due = this.#parts.clock.monotonic() + delayMs;
    if (this.#stopped || this.#lookDue <= due) return;
    this.#cancelLook();
    this.#lookDue = due;
    this.#cancelLook = this.#parts.clock.after(delayMs, () => void this.#look());
  }

  async #lookAround(): Promise<void> {
    const { protocol, clock } = this.#parts;
    const target = this.target(null);
    const link = await openBroker(target, { protocol, clock, inFlight: new InFlight(() => {}) });
    try {
      await this.protocol.login(link, this.#parts.login());
      const brokers = await this.protocol.discover(link);
      await this.#learn(brokers);
      this.#forget(brokers);
    } catch (error) {
      target.unanswered?.();
      throw error;
    } finally {
      link.close();
    }
  }

  /** Nodes that the cluster no longer names: their address may be another's by now. The port stays, so that nobody else takes it. */
  #forget(brokers: readonly BrokerAddress[]): void {
    const there = new Set(brokers.map(({ node }) => node));
    for (const node of this.#brokers.keys()) {
      if (there.has(node) || there.size === 0) continue;
      this.#brokers.delete(node);
      this.#parts.log.info({ cluster: this.name, node }, "broker gone");
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

function keyOf({ host, port }: HostPort): string {
  return `${host}:${port}`;
}

/** The ports of one listener: one for each broker node. */
export interface NodeBook {
  advertised(node: number): HostPort;
  /** Resolves once the node's port accepts connections. */
  open(node: number): Promise<void>;
}
