// The sections `identity` and `policy`: who callers are, and what they may do.
import { z } from "zod";
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
      /** Local accounts, for services without a provider (plain). */
      users: z.array(user).default([]),
    })
    .prefault({});
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
