// A client certificate as the login itself: Kafka's SSL without SASL. TLS has proved that the caller holds the key and that the
// listener's authority signed it; the configuration's entries say who that is. What no entry matches is refused. Pure.
import type { X509Certificate } from "node:crypto";
import type { Identity } from "../model/identity.ts";
import { type CertificateFacts, certificateFacts } from "./certificate.ts";
import { claimedName } from "./claimed.ts";
import { isPrincipal } from "./claims.ts";
import { sessionLifetimeMs } from "./lifetime.ts";
import type { LoginFailure } from "./mechanism.ts";

export const certificateMechanism = "mtls";

/** What a certificate can be known by: common name, whole subject, subject alternative names. */
export const certificateNames = ["cn", "dn", "dns", "uri"] as const;
export type CertificateName = (typeof certificateNames)[number];

/** Who a certificate is. The first rule that matches decides; all that it gives must match. `*` stands for one part of a name. */
export interface CertificateRule {
  readonly match: Readonly<Record<CertificateName | "issuer", string | null>>;
  readonly principal: CertificateName;
  /** Put before the principal, so that a certificate cannot name a local account or a token's caller. `""` for none. */
  readonly prefix: string;
  readonly groups: readonly string[];
}

/** How a transport's own proof ended. */
export type TransportLogin =
  | { readonly kind: "success"; readonly identity: Identity }
  | (LoginFailure & { readonly kind: "failure" });

/**
 * Who holds this certificate. The login lasts until the certificate ends, or `sessionMs` milliseconds if that is less: a connection
 * without SASL cannot log in again, so it is closed then and the client comes back with a new handshake.
 */
export function certificateLogin(
  certificate: X509Certificate | undefined,
  rules: readonly CertificateRule[],
  sessionMs: number | null,
  nowMs: number,
): TransportLogin {
  if (certificate === undefined) return failure("no certificate was presented", null);
  const facts = certificateFacts(certificate);
  if (facts === null) return failure("the certificate's alternative names cannot be read", null);
  // A resumed TLS session is not verified again: an end that has passed meanwhile is seen here.
  if (!(facts.notAfter > nowMs)) return failure("the certificate has expired", facts.dn);
  const rule = rules.find((candidate) => matches(candidate, facts));
  if (rule === undefined) return failure("no entry of identity.certificates matches the certificate", facts.dn);
  const name = principalOf(rule, facts);
  if (!isPrincipal(name)) return failure(`the certificate has no single usable ${rule.principal}`, facts.dn);
  const identity = identityOf(rule, name, facts);
  const lifetimeMs = sessionLifetimeMs(identity, sessionMs, nowMs);
  return { kind: "success", identity: { ...identity, expiresAt: nowMs + lifetimeMs } };
}

function identityOf(rule: CertificateRule, name: string, facts: CertificateFacts): Identity {
  const { dn, issuer, dns, uris, serial, fingerprint, notAfter } = facts;
  return {
    principal: rule.prefix + name,
    groups: rule.groups,
    mechanism: certificateMechanism,
    issuer,
    claims: { subject: dn, issuer, dns, uris, serial, fingerprint },
    expiresAt: notAfter,
  };
}

function matches({ match }: CertificateRule, facts: CertificateFacts): boolean {
  return (
    (match.issuer === null || match.issuer === facts.issuer) &&
    certificateNames.every((kind) => match[kind] === null || matching(kind, match[kind], facts).length > 0)
  );
}

/** Several names of the kind that an entry asks for are as good as none, except for alternative names that it picks out itself. */
function principalOf({ principal, match }: CertificateRule, facts: CertificateFacts): string | undefined {
  const candidates = matching(principal, match[principal], facts);
  return candidates.length === 1 ? candidates[0] : undefined;
}

function matching(kind: CertificateName, pattern: string | null, facts: CertificateFacts): readonly string[] {
  const names = { cn: facts.commonNames, dn: [facts.dn], dns: facts.dns, uri: facts.uris }[kind];
  if (kind === "cn" && names.length > 1) return [];
  if (pattern === null) return names;
  const expression = expressionOf(kind, pattern);
  return names.filter((name) => expression.test(name));
}

/** A star never crosses into another part: not over a dot of a host, a slash of a URI, or into the next attribute of a subject. */
const starOf: Record<CertificateName, string> = { cn: "[^]*", dn: "[^,+]*", dns: "[^.]*", uri: "[^/]*" };

function expressionOf(kind: CertificateName, pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[^A-Za-z0-9]/gu, String.raw`\$&`));
  return new RegExp(`^${parts.join(starOf[kind])}$`, kind === "dns" ? "i" : "");
}

function failure(reason: string, claimed: string | null): TransportLogin {
  return { kind: "failure", reason, claimed: claimedName(claimed) };
}
