// How long a login may be used before the client must log in again. Source: KIP-368 (session_lifetime_ms of SaslAuthenticate).
import type { Identity } from "../model/identity.ts";

/**
 * Milliseconds for the client's answer: the shorter of `sessionMs` and what is left of the proof; 0 means for ever, as Kafka
 * has it. A proof that is in its last clock-skew seconds gives 1, never 0. `sessionMs` is null where none is configured.
 */
export function sessionLifetimeMs(identity: Identity, sessionMs: number | null, nowMs: number): number {
  const left = identity.expiresAt === null ? Infinity : Math.max(1, identity.expiresAt - nowMs);
  const lifetime = Math.min(left, sessionMs ?? Infinity);
  return lifetime === Infinity ? 0 : Math.max(1, Math.floor(lifetime));
}

/**
 * Whether a session may go on under a second login. Kafka asks for the same principal; we ask for the same prover as well, since
 * another issuer's `alice` is somebody else. Groups and claims may have changed: that is what re-authentication is good for.
 */
export function sameCaller(before: Identity, after: Identity): boolean {
  return before.principal === after.principal && before.issuer === after.issuer;
}

/** True once a login has ended; never before there is one. */
export function isExpired(identity: Identity | null, now: number): boolean {
  const expiresAt = identity?.expiresAt ?? null;
  return expiresAt !== null && expiresAt <= now;
}
