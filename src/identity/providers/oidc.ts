// Bearer tokens of OpenID Connect issuers → Identity. Sources: RFC 7519 (claims), RFC 8725 (what goes wrong), RFC 9068 (typ).
// The token is read once without proof, only to choose among the configured issuers; everything else is believed after proof.
// Never puts a token or a claim's value into a reason.
import { decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import { limits } from "../../base/limits.ts";
import { claimedName } from "../claimed.ts";
import { type ClaimNames, claimAt, identityFromClaims } from "../claims.ts";
import type { TokenVerdict, TokenVerifier } from "../tokens.ts";
import { createKeySource, type KeySource } from "./key-source.ts";

export interface OidcIssuer extends ClaimNames {
  /** Exactly as the token's `iss` has it. */
  readonly issuer: string;
  /** The token must be meant for one of these. */
  readonly audience: readonly string[];
}

export interface OidcOptions {
  readonly clock: Clock;
  readonly jwksCooldownMs?: number;
}

export interface OidcVerifier extends TokenVerifier {
  /** Asks every issuer for its keys, so that the first login need not wait. Returns what failed, in words; it is tried again anyway. */
  warm(): Promise<readonly string[]>;
}

/** Signatures by a private key only: with HS256 a public key would be the secret, and `none` is no signature at all. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** A logout token or an introspection answer is signed by the same key and is not a login. */
const types = new Set<string | undefined>([undefined, "jwt", "at+jwt", "application/at+jwt"]);

/** In words for the log. The library's own messages name claims and codes; codes not listed are said as they are. */
const reasons: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "the token has expired",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "the token's signature is wrong",
  ERR_JWKS_NO_MATCHING_KEY: "the provider has no key with the token's key id",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: "the token names no key id and the provider has several keys",
  ERR_JWKS_TIMEOUT: "the provider's key set cannot be fetched: timed out",
  ERR_JOSE_ALG_NOT_ALLOWED: "the token's algorithm is not allowed",
  ERR_JWS_INVALID: "the token is malformed",
  ERR_JWT_INVALID: "the token is malformed",
  ERR_JOSE_NOT_SUPPORTED: "the token uses something that is not supported",
};

export function createOidcVerifier(issuers: readonly OidcIssuer[], options: OidcOptions): OidcVerifier {
  const { clock, jwksCooldownMs = limits.jwksCooldownMs } = options;
  const byName = new Map<string, { issuer: OidcIssuer; source: KeySource }>();
  for (const issuer of issuers)
    byName.set(issuer.issuer, { issuer, source: createKeySource(issuer.issuer, { clock, jwksCooldownMs }) });

  async function verify(token: string): Promise<TokenVerdict> {
    if (token.length > limits.tokenBytesMax) return refuse("the token is larger than the gateway accepts", null);
    const unproved = peek(token);
    if (unproved === null) return refuse("the token is not a JWT", null);
    const entry = typeof unproved["iss"] === "string" ? byName.get(unproved["iss"]) : undefined;
    if (entry === undefined) return refuse("the token's issuer is not configured", claimedName(unproved["sub"]));
    const claimed = claimedName(claimAt(unproved, entry.issuer.principal) ?? unproved["sub"]);
    const keys = await entry.source.keys().catch(describeError);
    if (typeof keys === "string") return refuse(keys, claimed);
    try {
      const proved = await prove(token, entry.issuer, keys);
      const identity = typeof proved === "string" ? proved : identityFromClaims(proved, entry.issuer, "oauthbearer");
      return typeof identity === "string" ? refuse(identity, claimed) : { ok: true, identity };
    } catch (error) {
      return refuse(reasonOf(error), claimed);
    }
  }

  /** The claims, or in words why a well-signed token is still no login. Throws what jose throws. */
  async function prove(token: string, issuer: OidcIssuer, keys: JWTVerifyGetKey): Promise<JsonObject | string> {
    const { payload, protectedHeader } = await jwtVerify<{ [claim: string]: Json }>(token, keys, {
      issuer: issuer.issuer,
      audience: [...issuer.audience],
      algorithms,
      clockTolerance: limits.clockSkewMs / 1000,
      currentDate: new Date(clock.now()),
      requiredClaims: ["exp"],
    });
    if (!types.has(protectedHeader.typ?.toLowerCase())) return "the token is of a type that is no access token";
    // Bound to a key that its holder would have to show (RFC 7800, DPoP, mTLS). A bearer cannot: whoever sends it may have stolen it.
    if (payload["cnf"] !== undefined) return "the token is bound to a key and cannot be used as a bearer token";
    return payload;
  }

  async function warm(): Promise<readonly string[]> {
    const asked = await Promise.allSettled([...byName.values()].map((entry) => entry.source.keys()));
    return asked.flatMap((result) => (result.status === "rejected" ? [describeError(result.reason)] : []));
  }

  return { verify, warm };
}

function refuse(reason: string, claimed: string | null): TokenVerdict {
  return { ok: false, reason, claimed };
}

function peek(token: string): JsonObject | null {
  try {
    return decodeJwt<{ [claim: string]: Json }>(token);
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed)
    return `the token's claim "${error.claim}" is not as it must be`;
  if (error instanceof errors.JOSEError) return reasons[error.code] ?? `the token cannot be verified (${error.code})`;
  return `the provider's key set cannot be fetched: ${describeError(error)}`;
}
