// The identify stage: carries a login mechanism's bytes between the client and identity/, and turns the end of that
// conversation into what the spine needs. Keeps no credential; a re-authentication may not change the caller (KIP-368).
import type { Clock } from "../base/clock.ts";
import { sameCaller, sessionLifetimeMs } from "../identity/lifetime.ts";
import type { LoginFailure, Mechanism, MechanismExchange } from "../identity/mechanism.ts";
import type { Identity } from "../model/identity.ts";
import type { Session } from "../model/session.ts";
import type { LoginReply, Step } from "../protocols/protocol.ts";

export type Identified =
  /** `failed`: the client is told of a failure that is already certain. */
  | { readonly kind: "challenge"; readonly reply: LoginReply; readonly failed: LoginFailure | null }
  | { readonly kind: "success"; readonly reply: LoginReply; readonly identity: Identity }
  /** `failed` is null where a challenge has said it before. */
  | { readonly kind: "failure"; readonly reply: LoginReply; readonly failed: LoginFailure | null };

export class Identifier {
  readonly #mechanisms: ReadonlyMap<string, Mechanism>;
  readonly #sessionMsMax: number | null;
  readonly #clock: Clock;
  #running: { readonly mechanism: string; readonly exchange: MechanismExchange; told: boolean } | null = null;

  /** `sessionMsMax` is the longest that a login lasts, in milliseconds; null for no bound but the proof's own. */
  constructor(mechanisms: ReadonlyMap<string, Mechanism>, sessionMsMax: number | null, clock: Clock) {
    this.#mechanisms = mechanisms;
    this.#sessionMsMax = sessionMsMax;
    this.#clock = clock;
  }

  async step(step: Extract<Step, { kind: "login" }>, session: Session): Promise<Identified> {
    const mechanism = this.#mechanisms.get(step.mechanism);
    if (!mechanism)
      return failure("Authentication failed.", { reason: `mechanism ${step.mechanism} is not offered`, claimed: null });
    if (this.#running?.mechanism !== step.mechanism) {
      this.#running = { mechanism: step.mechanism, exchange: mechanism.start(), told: false };
    }
    const running = this.#running;
    const result = await running.exchange.step(step.bytes);
    if (result.kind === "challenge") {
      const { bytes, failed = null } = result;
      const { told } = running;
      running.told ||= failed !== null;
      return { kind: "challenge", reply: { kind: "challenge", bytes }, failed: told ? null : failed };
    }
    this.#running = null;
    if (result.kind === "failure") {
      const { message, reason, claimed } = result;
      return failure(message, running.told ? null : { reason, claimed });
    }
    return this.#success(result.identity, result.bytes, session);
  }

  #success(identity: Identity, bytes: Buffer, session: Session): Identified {
    const before = session.identity;
    if (before && !sameCaller(before, identity)) {
      const reason = `re-authentication as ${identity.principal} in a session of ${before.principal}`;
      return failure("Re-authentication may not change the principal.", { reason, claimed: identity.principal });
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

function failure(message: string, failed: LoginFailure | null): Identified {
  return { kind: "failure", reply: { kind: "failure", message }, failed };
}
