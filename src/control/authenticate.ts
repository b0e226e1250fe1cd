// Who calls the HTTP API: a bearer token of a configured issuer (RFC 6750), or a local account by Basic (RFC 7617). No cookies and no sessions, so
// there is nothing that a foreign page could use. Credentials are never logged or returned.
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { FailureDelay } from "../identity/failure-delay.ts";
import type { Mechanism } from "../identity/mechanism.ts";
import type { TokenVerifier } from "../identity/tokens.ts";
import type { Identity } from "../model/identity.ts";

export interface AuthenticateParts {
  readonly tokens: TokenVerifier;
  /** SASL PLAIN: the same look-up of names and passwords as for Kafka clients. */
  readonly plain: Mechanism;
  readonly failures: FailureDelay;
  /** Resolves after so many milliseconds. */
  wait(delayMs: number): Promise<void>;
}

export type Authenticate = (authorization: string | undefined, address: string) => Promise<Identity>;

/** Rejects with `authentication-failed`, after a delay that grows with each failure of the address. */
export function createAuthenticate({ tokens, plain, failures, wait }: AuthenticateParts): Authenticate {
  async function prove(authorization: string): Promise<Identity | null> {
    const [, scheme, value] = /^([A-Za-z]+) +([A-Za-z0-9\-._~+/]+=*)$/.exec(authorization) ?? [];
    if (scheme === undefined || value === undefined || value.length > limits.tokenBytesMax) return null;
    if (scheme.toLowerCase() === "bearer") {
      const verdict = await tokens.verify(value);
      return verdict.ok ? verdict.identity : null;
    }
    if (scheme.toLowerCase() !== "basic") return null;
    const pair = Buffer.from(value, "base64");
    const colon = pair.indexOf(":");
    if (colon <= 0 || pair.includes(0)) return null;
    const message = Buffer.concat([Buffer.of(0), pair.subarray(0, colon), Buffer.of(0), pair.subarray(colon + 1)]);
    const result = await plain.start().step(message);
    return result.kind === "success" ? result.identity : null;
  }
  return async (authorization, address) => {
    const identity = authorization === undefined ? null : await prove(authorization);
    if (identity !== null) return identity;
    if (authorization !== undefined) await wait(failures.failed(address));
    throw new LockkeeperError(
      "authentication-failed",
      "give a bearer token of a configured issuer, or a local account by Basic",
    );
  };
}
