// Who is calling: what a mechanism proved, as policies and the audit log see it. Holds no credential.
import type { JsonObject } from "../base/json.ts";

export interface Identity {
  /** The caller's name, from the claim or account that the configuration says. */
  readonly principal: string;
  readonly groups: readonly string[];
  /** How it was proved: `plain`, `oauthbearer`, `scram-sha-256`, `scram-sha-512`, `mtls`. */
  readonly mechanism: string;
  /** The OIDC issuer or the subject of a certificate's signer; null for a local account. */
  readonly issuer: string | null;
  /** The token's claims without the token, a certificate's facts (subject, issuer, dns, uris, serial, fingerprint), or {}. */
  readonly claims: JsonObject;
  /** Milliseconds since 1970 at which the proof ends, or null. */
  readonly expiresAt: number | null;
}
