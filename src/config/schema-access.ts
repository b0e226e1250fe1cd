// The sections `identity` and `policy`: who callers are, and what they may do.
import { z } from "zod";
import { certificateNames } from "../identity/mtls.ts";
import { duration, name, optional, path, secret, url, type ValueContext } from "./values.ts";

export function accessSections(context: ValueContext) {
  return { identity: identitySection(context), policy: policySection(context) };
}

function identitySection(context: ValueContext) {
  const issuer = z.strictObject({
    /** Exactly as tokens have it in `iss`. Plain http only on a loopback address. */
    issuer: url(["https:", "http:"]),
    /** What tokens must have in `aud`: one, or any of several. */
    audience: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
        error: "an audience or a list of audiences is expected",
      })
      .transform((audience) => (typeof audience === "string" ? [audience] : audience)),
    /** The claim that names the caller; `a.b` reaches into an object. */
    principal: claim().default("sub"),
    /** The claim that lists the caller's groups: a list, or one name. A token without it has no groups. */
    groups: claim().default("groups"),
    /** Put before each principal of this issuer, so that two issuers cannot name the same caller. */
    prefix: z.string().max(64).default(""),
  });
  const user = z.strictObject({
    name: name(),
    password: secret(context),
    groups: z.array(name()).default([]),
  });
  return z
    .strictObject({
      /** OpenID Connect providers whose tokens are accepted (oauthbearer). */
      oidc: z.array(issuer).default([]),
      /** Local accounts, for services without a provider (plain, scram-sha-256, scram-sha-512). */
      users: z.array(user).default([]),
      /** Who client certificates are, on listeners with `tls.client: login`. The first entry that matches decides; none: refused. */
      certificates: z.array(certificate()).default([]),
    })
    .prefault({});
}

/** In a pattern, `*` stands for one part: it never crosses a dot of a host, a slash of a URI, a comma of a subject. */
function certificate() {
  const pattern = () => optional(z.string().min(1).max(1_024));
  return z.strictObject({
    /** All that is given must match. */
    match: z
      .strictObject({
        /** The subject's only common name. */
        cn: pattern(),
        /** The whole subject as RFC 4514 writes it: `CN=orders,OU=payments,O=Example`. */
        dn: pattern(),
        /** A DNS name among the subject's alternative names. */
        dns: pattern(),
        /** A URI among them, such as a SPIFFE id. */
        uri: pattern(),
        /** The subject of the authority that signed it, whole and without `*`: where `clientCa` holds several. */
        issuer: pattern(),
      })
      .refine(({ cn, dn, dns, uri }) => [cn, dn, dns, uri].some((given) => given !== null), {
        error: "give at least one of cn, dn, dns, uri",
      }),
    /** Which of its names becomes the principal. */
    principal: z.enum(certificateNames).default("cn"),
    /** Put before the principal, so that a certificate cannot name a local account or a token's caller. */
    prefix: z.string().max(64).default(""),
    groups: z.array(name()).default([]),
  });
}

function claim() {
  return z.string({ error: "the name of a claim is expected" }).min(1, { error: "the name of a claim is expected" });
}

function policySection(context: ValueContext) {
  const bundle = z.strictObject({
    url: url(["https:", "http:", "file:"]),
    /** The public key that signs it; with a key, an unsigned bundle is refused. */
    key: optional(z.strictObject({ file: path(context, "file") })),
    /** How often it is asked for. */
    poll: duration().prefault("60s"),
  });
  return z
    .strictObject({
      /** *.rego and data.json; watched. */
      directory: optional(path(context, "directory")),
      /** An OPA bundle instead of a folder. */
      bundle: optional(
        bundle.transform(({ key, poll, ...rest }) => ({ ...rest, keyFile: key?.file ?? null, pollMs: poll })),
      ),
    })
    .superRefine((policy, issues) => {
      if ((policy.directory === null) === (policy.bundle === null))
        issues.addIssue({ code: "custom", message: "give either directory or bundle" });
    });
}
