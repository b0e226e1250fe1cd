// Every mechanism towards clients, as an explicit list: the configuration's names, its checks and the contract suite derive from it.
// To add one: a file beside this one and a line here. A certificate is no SASL mechanism: see ../mtls.ts.
import type { Accounts } from "../accounts.ts";
import type { Mechanism } from "../mechanism.ts";
import type { ScramAccounts } from "../scram-accounts.ts";
import type { TokenVerifier } from "../tokens.ts";
import { oauthbearer } from "./oauthbearer.ts";
import { plain } from "./plain.ts";
import { scram } from "./scram.ts";

/** What mechanisms are made of. */
export interface MechanismParts {
  readonly accounts: Accounts;
  /** The same accounts with what SCRAM keeps of them, derived once for all listeners. */
  readonly scram: ScramAccounts;
  readonly tokens: TokenVerifier;
}

interface MechanismEntry {
  /** As the configuration writes it. */
  readonly name: string;
  /** Which part of `identity` must not be empty for it to make sense. */
  readonly needs: "users" | "oidc";
  readonly create: (parts: MechanismParts) => Mechanism;
}

export const mechanisms = [
  { name: "plain", needs: "users", create: (parts: MechanismParts) => plain(parts.accounts) },
  { name: "scram-sha-256", needs: "users", create: (parts: MechanismParts) => scram("sha256", parts.scram) },
  { name: "scram-sha-512", needs: "users", create: (parts: MechanismParts) => scram("sha512", parts.scram) },
  { name: "oauthbearer", needs: "oidc", create: (parts: MechanismParts) => oauthbearer(parts.tokens) },
] as const satisfies readonly MechanismEntry[];

export type MechanismName = (typeof mechanisms)[number]["name"];

export const mechanismNames: readonly MechanismName[] = mechanisms.map((mechanism) => mechanism.name);

/** The mechanisms of one listener by their SASL names, in the order of `names`. */
export function createMechanisms(
  names: readonly MechanismName[],
  parts: MechanismParts,
): ReadonlyMap<string, Mechanism> {
  const made = names.flatMap((name) =>
    mechanisms.filter((entry) => entry.name === name).map((entry) => entry.create(parts)),
  );
  return new Map(made.map((mechanism) => [mechanism.name, mechanism]));
}
