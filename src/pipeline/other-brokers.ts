// Brokers beside the one that a session talks to, for one look-up of facts: each is opened when it is asked for, logged in with the credential that the
// gateway holds for the caller, and closed with all others when the look-up is over or its time is. Nothing of a client ever goes this way.
import type { Cancel, Clock } from "../base/clock.ts";
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { BrokerChannel, OtherBrokers, Protocol } from "../protocols/protocol.ts";
import { type BrokerLink, type BrokerTarget, openBroker } from "./broker-link.ts";
import { InFlight } from "./in-flight.ts";

export interface OtherBrokersParts {
  readonly protocol: Protocol;
  readonly clock: Clock;
  /** Throws `broker-unavailable` for a node that is not known. */
  target(node: number): BrokerTarget;
  login(link: BrokerLink): Promise<unknown>;
}

/** For one look-up; whoever made it closes it. */
export interface LookUpBrokers extends OtherBrokers {
  close(): void;
}

export class OpenedBrokers implements LookUpBrokers {
  readonly #parts: OtherBrokersParts;
  readonly #channels = new Map<number, Promise<BrokerChannel>>();
  readonly #links = new Set<BrokerLink>();
  readonly #over = Promise.withResolvers<never>();
  #cancel: Cancel | null = null;
  #closed = false;

  constructor(parts: OtherBrokersParts) {
    this.#parts = parts;
    this.#over.promise.catch(() => {});
  }

  /** Rejects with `overloaded` beyond limits.factsBrokersMax. */
  channel(node: number): Promise<BrokerChannel> {
    const known = this.#channels.get(node);
    if (known) return known;
    if (this.#closed) return this.#over.promise;
    if (this.#channels.size >= limits.factsBrokersMax)
      return Promise.reject(new LockkeeperError("overloaded", "too many brokers are asked at once"));
    // all of a look-up together: the client waits for it
    this.#cancel ??= this.#parts.clock.after(limits.factsMsMax, () => this.close());
    const channel = Promise.race([this.#open(node), this.#over.promise]);
    this.#channels.set(node, channel);
    return channel;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#over.reject(new LockkeeperError("broker-unavailable", "no answer in time"));
    for (const link of this.#links) link.close();
  }

  async #open(node: number): Promise<BrokerChannel> {
    const { protocol, clock } = this.#parts;
    const where = { ...this.#parts.target(node), connectMsMax: limits.factsMsMax };
    const link = await openBroker(where, { protocol, clock, inFlight: new InFlight(() => {}) });
    if (this.#closed) link.close();
    this.#links.add(link);
    await this.#parts.login(link);
    return link;
  }
}
