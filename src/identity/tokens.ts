// What the bearer mechanism asks of a provider: is this token good, and whose is it?
import type { Identity } from "../model/identity.ts";

/** `reason` is for the log and holds no part of the token; `claimed` is the unproved name in it, or null. */
export type TokenVerdict =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly reason: string; readonly claimed: string | null };

export interface TokenVerifier {
  /** Never throws: a provider that cannot be reached is a verdict too. */
  verify(token: string): Promise<TokenVerdict>;
}

/** Where no identity provider is configured. */
export const noTokens: TokenVerifier = {
  verify: async () => ({ ok: false, reason: "no identity provider is configured", claimed: null }),
};
