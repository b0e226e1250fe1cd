// The identify stage: carries a login mechanism's bytes between the client and identity/, and turns the end of that
// conversation into what the spine needs. Keeps no credential; a re-authentication may not change the caller (KIP-368).
import type { Clock } from "../base/clock.ts";
import { sameCaller, sessionLifetimeMs } from "../identity/lifetime.ts";
import type { Mechanism, MechanismExchange } from "../identity/mechanism.ts";
import type { Identity } from "../model/identity.ts";
import type { Session } from "../model/session.ts";
import type { LoginReply, Step } from "../protocols/protocol.ts";

export type Identified =
  | { readonly kind: "challenge"; readonly reply: LoginReply }
  | { readonly kind: "success"; readonly reply: LoginReply; readonly identity: Identity }
  /** `reason` is for the log, `claimed` the name that was tried. */
  | { readonly kind: "failure"; readonly reply: LoginReply; readonly reason: string; readonly claimed: string | null };

export class Identifier {
  readonly #mechanisms: ReadonlyMap<string, Mechanism>;
  readonly #sessionMsMax: number | null;
  readonly #clock: Clock;
  #running: { readonly mechanism: string; readonly exchange: MechanismExchange } | null = null;

  /** `sessionMsMax` is the longest that a login lasts, in milliseconds; null for no bound but the proof's own. */
  constructor(mechanisms: ReadonlyMap<string, Mechanism>, sessionMsMax: number | null, clock: Clock) {
    this.#mechanisms = mechanisms;
    this.#sessionMsMax = sessionMsMax;
    this.#clock = clock;
  }

  async step(step: Extract<Step, { kind: "login" }>, session: Session): Promise<Identified> {
    const mechanism = this.#mechanisms.get(step.mechanism);
    if (!mechanism) return failure("Authentication failed.", `mechanism ${step.mechanism} is not offered`, null);
    if (this.#running?.mechanism !== step.mechanism) {
      this.#running = { mechanism: step.mechanism, exchange: mechanism.start() };
    }
    const result = await this.#running.exchange.step(step.bytes);
    if (result.kind === "challenge") return { kind: "challenge", reply: result };
    this.#running = null;
    if (result.kind === "failure") return failure(result.message, result.reason, result.claimed);
    return this.#success(result.identity, result.bytes, session);
  }

  #success(identity: Identity, bytes: Buffer, session: Session): Identified {
    const before = session.identity;
    if (before && !sameCaller(before, identity)) {
      const reason = `re-authentication as ${identity.principal} in a session of ${before.principal}`;
      return failure("Re-authentication may not change the principal.", reason, identity.principal);
    }
    const now = this.#clock.now();
    const lifetimeMs = sessionLifetimeMs(identity, this.#sessionMsMax, now);
    return {
      kind: "success",
      identity: { ...identity, expiresAt: lifetimeMs === 0 ? null : now + lifetimeMs },
      reply: { kind: "success", bytes, sessionLifetimeMs: lifetimeMs },
    };
  }
}

function failure(message: string, reason: string, claimed: string | null): Identified {
  return { kind: "failure", reply: { kind: "failure", message }, reason, claimed };
}
