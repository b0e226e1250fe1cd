// Verified claims → Identity, as the configuration says. Pure; it believes what it is given, so give it only verified claims.
import type { Json, JsonObject } from "../base/json.ts";
import type { Identity } from "../model/identity.ts";

/** Which claims name the caller and its groups. A path such as `realm_access.roles` reaches into objects. */
export interface ClaimNames {
  readonly principal: string;
  readonly groups: string;
  /** Put before the principal, so that two issuers cannot name the same caller. `""` for none. */
  readonly prefix: string;
}

const principalCharactersMax = 256;

/**
 * The claim at `path`. A claim that has the whole path as its name wins, since names like `https://example.com/groups` hold
 * dots; else each dot goes one object deeper. Undefined where nothing is there.
 */
export function claimAt(claims: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: Json | undefined = claims;
  for (const key of path.split(".")) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The e-mail address that the provider says it has verified, in lower case: one that a user only wrote down proves nothing. Else null. */
export function verifiedEmail(claims: JsonObject): string | null {
  const { email, email_verified: verified } = claims;
  return typeof email === "string" && email !== "" && verified === true ? email.toLowerCase() : null;
}

/** A name that can stand in policies and logs without being mistaken for something else. */
export function isPrincipal(value: Json | undefined): value is string {
  return (
    typeof value === "string" && value.length <= principalCharactersMax && value.trim() !== "" && !/\p{Cc}/u.test(value)
  );
}

/** One group may come as a string (some providers do that), none as nothing at all. Null for anything else. */
function groupsOf(value: Json | undefined): readonly string[] | null {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [value];
  if (!Array.isArray(value) || !value.every((group) => typeof group === "string")) return null;
  return [...new Set<string>(value)];
}

/** The identity, or in words why these claims give none. */
export function identityFromClaims(claims: JsonObject, names: ClaimNames, mechanism: string): Identity | string {
  const principal = claimAt(claims, names.principal);
  if (principal === undefined) return `the token has no claim "${names.principal}"`;
  if (!isPrincipal(principal)) return `the claim "${names.principal}" is not a usable name`;
  const groups = groupsOf(claimAt(claims, names.groups));
  if (groups === null) return `the claim "${names.groups}" is not a list of names`;
  const { iss, exp } = claims;
  return {
    principal: names.prefix + principal,
    groups,
    mechanism,
    issuer: typeof iss === "string" ? iss : null,
    claims,
    expiresAt: typeof exp === "number" ? exp * 1000 : null,
  };
}
