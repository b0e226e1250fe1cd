// The broker's side of a client's connection: opened and logged in once it is known who calls, logged in again before the broker's patience ends
// (KIP-368), closed with the session. Passes no request.
import type { Cancel, Clock } from "../base/clock.ts";
import type { Session } from "../model/session.ts";
import type { Protocol } from "../protocols/protocol.ts";
import { type BrokerLink, type BrokerLinkEvents, type BrokerTarget, openBroker } from "./broker-link.ts";
import type { InFlight } from "./in-flight.ts";
import type { TrafficCounts } from "./traffic-counts.ts";

export interface BrokerSideParts {
  readonly protocol: Protocol;
  readonly session: Session;
  readonly counts: TrafficCounts;
  readonly clock: Clock;
  /** Where the broker is, once it is known who calls. Throws `broker-unavailable`. */
  brokerTarget(): BrokerTarget;
  /**
   * Logs the link in with the credential that the gateway holds for this principal; `again` on one that is logged in. Resolves with the
   * milliseconds until the broker wants the next login; 0: never.
   */
  brokerLogin(link: BrokerLink, session: Session, again: boolean): Promise<number>;
}

export interface BrokerSideEvents extends BrokerLinkEvents {
  /** A login is due: `renew` as soon as nothing is being worked on. */
  renewalDue(): void;
}

/** Of the time until a broker wants another login: the rest is for what is under way. */
const renewalShare = 0.8;

export class BrokerSide {
  readonly #parts: BrokerSideParts;
  readonly #inFlight: InFlight;
  readonly #events: BrokerSideEvents;
  #link: BrokerLink | null = null;
  #cancelRenewal: Cancel | null = null;
  #renewalDue = false;
  #closed = false;

  constructor(parts: BrokerSideParts, inFlight: InFlight, events: BrokerSideEvents) {
    this.#parts = parts;
    this.#inFlight = inFlight;
    this.#events = events;
  }

  get link(): BrokerLink | null {
    return this.#link;
  }

  get renewalDue(): boolean {
    return this.#renewalDue;
  }

  /** Resolves when requests may be sent. Rejects with `broker-unavailable` or `broker-login-failed`. */
  async open(): Promise<void> {
    const { protocol, clock, session, counts } = this.#parts;
    const parts = { protocol, clock, inFlight: this.#inFlight };
    const target = this.#parts.brokerTarget();
    const link = await openBroker(target, parts).catch((error) => {
      counts.brokers.failed++;
      throw error;
    });
    if (this.#closed) {
      link.close();
      return;
    }
    this.#link = link;
    counts.brokers.opened++;
    const lifetimeMs = await this.#parts.brokerLogin(link, session, false).catch((error) => {
      target.unanswered?.();
      throw error;
    });
    this.#renewIn(lifetimeMs);
    link.watch(this.#events);
  }

  /** Nothing of the client's may be sent meanwhile, and the broker owes no answer: a waiting fetch would hold up the login. */
  async renew(): Promise<void> {
    this.#renewalDue = false;
    await this.#inFlight.quiet();
    if (this.#closed || !this.#link) return;
    this.#renewIn(await this.#parts.brokerLogin(this.#link, this.#parts.session, true));
  }

  /** KIP-368: in good time, since a broker closes at the first request after the end. */
  #renewIn(lifetimeMs: number): void {
    if (lifetimeMs <= 0 || this.#closed) return;
    this.#cancelRenewal = this.#parts.clock.after(lifetimeMs * renewalShare, () => {
      this.#renewalDue = true;
      this.#events.renewalDue();
    });
  }

  /** After what was written has left. */
  close(): void {
    this.#closed = true;
    this.#cancelRenewal?.();
    if (this.#link) this.#parts.counts.brokers.closed++;
    this.#link?.finish();
  }
}
