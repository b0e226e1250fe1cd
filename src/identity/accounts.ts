// Local accounts: callers that no identity provider knows. Looked up by name; mechanisms compare, this file only finds.
import type { Sensitive } from "../base/sensitive.ts";
import type { Identity } from "../model/identity.ts";

export interface LocalAccount {
  readonly name: string;
  readonly password: Sensitive<string>;
  readonly groups: readonly string[];
}

export interface Accounts {
  readonly all: readonly LocalAccount[];
  /** Null when there is no such account. Names are compared byte for byte: `Alice` is not `alice`. */
  find(name: string): LocalAccount | null;
}

export function createAccounts(users: readonly LocalAccount[]): Accounts {
  const byName = new Map(users.map((user) => [user.name, user]));
  return { all: users, find: (name) => byName.get(name) ?? null };
}

const noClaims = {};

/** Who a local account is, once `mechanism` has proved it. A password has no end, so neither has the identity. */
export function accountIdentity(account: LocalAccount, mechanism: string): Identity {
  return {
    principal: account.name,
    groups: account.groups,
    mechanism,
    issuer: null,
    claims: noClaims,
    expiresAt: null,
  };
}
