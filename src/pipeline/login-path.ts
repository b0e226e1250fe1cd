// One connection's logins: a mechanism's bytes on their way, a certificate, a re-authentication. Tells the audit log before the client,
// and delays what failed. Owns no socket: the spine (connection.ts) does.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Maybe } from "../base/maybe.ts";
import type { Leave } from "../identity/login-gate.ts";
import type { TransportLogin } from "../identity/mtls.ts";
import type { Identity } from "../model/identity.ts";
import type { Session } from "../model/session.ts";
import type { Step } from "../protocols/protocol.ts";
import type { Identified, Identifier } from "./identify.ts";
import type { InFlight } from "./in-flight.ts";
import type { SessionAudit } from "./session-audit.ts";

export interface LoginParts {
  readonly session: Session;
  readonly identifier: Identifier;
  readonly audit: SessionAudit;
  readonly clock: Clock;
  readonly log: Log;
  /** For how many milliseconds the answer to a failed login waits. */
  failureDelayMs(): number;
  /** Settles when the client's address may have another attempt looked at (identity/login-gate.ts); null when the client has gone. */
  attempt(gone: AbortSignal): Maybe<Leave | null>;
}

/** What a login needs of its connection. */
export interface LoginHost {
  readonly inFlight: InFlight;
  readonly closed: boolean;
  /** Aborted when the client goes away, or the session ends. */
  readonly gone: AbortSignal;
  /** The identity stands and is recorded. `again` for a re-authentication. Resolves when the first request may come. */
  loggedIn(again: boolean): Promise<void>;
  /** Ends the session. */
  destroy(reason: string): void;
}

export class LoginPath {
  readonly #parts: LoginParts;
  readonly #host: LoginHost;

  constructor(parts: LoginParts, host: LoginHost) {
    this.#parts = parts;
    this.#host = host;
  }

  async take(step: Extract<Step, { kind: "login" }>): Promise<void> {
    const { audit } = this.#parts;
    const place = this.#host.inFlight.place();
    const leave = await this.#parts.attempt(this.#host.gone);
    if (!leave) return;
    let identified: Identified;
    try {
      identified = await this.#identify(step);
    } finally {
      leave();
    }
    if (identified.kind === "success") await this.#authenticated(identified.identity);
    if (this.#host.closed) return;
    const bytes = step.reply(identified.reply);
    audit.replied(step, bytes, step.keptReply(identified.reply));
    this.#host.inFlight.fill(place, [bytes]);
    if (identified.kind === "failure") this.#host.destroy("authentication failed");
  }

  /** A failure is recorded, and over when its delay is. */
  async #identify(step: Extract<Step, { kind: "login" }>): Promise<Identified> {
    const { session, audit, clock, identifier } = this.#parts;
    const identified = await identifier.step(step, session);
    // once, and before the client hears of it: some clients (kafkajs) leave at a challenge that tells them of the failure
    if (identified.kind !== "success" && identified.failed) {
      const { reason, claimed } = identified.failed;
      await audit.event("session.authentication-failed", { reason, claimed, mechanism: step.mechanism });
      await new Promise<void>((resolve) => clock.after(this.#parts.failureDelayMs(), resolve));
    }
    return identified;
  }

  /** Before the first request, which waits. There is no message to refuse it with: a client that is not let in is closed. */
  async byTransport(login: TransportLogin): Promise<void> {
    if (login.kind === "success") return this.#authenticated(login.identity);
    const { session, audit, log } = this.#parts;
    const { reason, claimed } = login;
    await audit.event("session.authentication-failed", { reason, claimed, mechanism: "mtls" });
    log.warn({ session: session.id, client: session.client, reason }, "client certificate refused");
    this.#host.destroy("authentication failed");
  }

  async #authenticated(identity: Identity): Promise<void> {
    const { session, audit } = this.#parts;
    const again = session.identity !== null;
    session.identity = identity;
    audit.refresh();
    await audit.event("session.authenticated", { principal: identity.principal, again, expiresAt: identity.expiresAt });
    await this.#host.loggedIn(again);
  }
}
