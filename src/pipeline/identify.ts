// The identify stage: carries a login mechanism's bytes between the client and identity/, and turns the end of that
// conversation into what the spine needs. Keeps no credential; a re-authentication may not change the principal (KIP-368).
import type { Clock } from "../base/clock.ts";
import type { Identity } from "../model/identity.ts";
import type { Session } from "../model/session.ts";
import type { LoginReply, Step } from "../protocols/protocol.ts";

/** identity/mechanism.ts states what these promise. */
export interface LoginExchange {
  step(bytes: Buffer): Promise<
    | { readonly kind: "challenge"; readonly bytes: Buffer }
    | { readonly kind: "success"; readonly bytes: Buffer; readonly identity: Identity }
    | {
        readonly kind: "failure";
        readonly bytes: Buffer | null;
        readonly message: string;
        readonly reason: string;
        readonly claimed: string | null;
      }
  >;
}

export interface LoginMechanism {
  readonly name: string;
  start(): LoginExchange;
}

export type Identified =
  | { readonly kind: "challenge"; readonly reply: LoginReply }
  | { readonly kind: "success"; readonly reply: LoginReply; readonly identity: Identity }
  /** `reason` is for the log, `claimed` the name that was tried. */
  | { readonly kind: "failure"; readonly reply: LoginReply; readonly reason: string; readonly claimed: string | null };

export class Identifier {
  readonly #mechanisms: ReadonlyMap<string, LoginMechanism>;
  readonly #sessionMsMax: number;
  readonly #clock: Clock;
  #running: { readonly mechanism: string; readonly exchange: LoginExchange } | null = null;

  /** `sessionMsMax` is the longest that a login lasts, in milliseconds; 0 for no bound but the token's own. */
  constructor(mechanisms: readonly LoginMechanism[], sessionMsMax: number, clock: Clock) {
    this.#mechanisms = new Map(mechanisms.map((mechanism) => [mechanism.name, mechanism]));
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
    if (before && before.principal !== identity.principal) {
      const reason = `re-authentication as ${identity.principal} in a session of ${before.principal}`;
      return failure("Re-authentication may not change the principal.", reason, identity.principal);
    }
    const now = this.#clock.now();
    const ends = [identity.expiresAt, this.#sessionMsMax > 0 ? now + this.#sessionMsMax : null].filter(
      (at) => at !== null,
    );
    const expiresAt = ends.length > 0 ? Math.min(...ends) : null;
    const sessionLifetimeMs = expiresAt === null ? 0 : Math.max(1, expiresAt - now);
    return {
      kind: "success",
      identity: { ...identity, expiresAt },
      reply: { kind: "success", bytes, sessionLifetimeMs },
    };
  }
}

function failure(message: string, reason: string, claimed: string | null): Identified {
  return { kind: "failure", reply: { kind: "failure", message }, reason, claimed };
}
