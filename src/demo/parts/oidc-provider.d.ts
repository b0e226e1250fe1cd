// The little of oidc-provider 9.13 that parts/oidc.ts uses; the package ships no types of its own. Source: its README and lib/.
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  interface ClientMetadata {
    readonly client_id: string;
    readonly client_secret: string;
    readonly grant_types: readonly string[];
    readonly response_types: readonly string[];
    readonly redirect_uris: readonly string[];
    readonly token_endpoint_auth_method: string;
  }

  interface Adapter {
    find(id: string): Promise<unknown>;
    upsert(id: string, payload: unknown, expiresInSeconds: number): Promise<void>;
    destroy(id: string): Promise<void>;
    consume(id: string): Promise<void>;
    findByUid(uid: string): Promise<unknown>;
    findByUserCode(code: string): Promise<unknown>;
    revokeByGrantId(grant: string): Promise<void>;
  }

  interface Configuration {
    readonly adapter: (model: string) => Adapter;
    readonly jwks: { readonly keys: readonly object[] };
    readonly cookies: { readonly keys: readonly string[] };
    readonly scopes: readonly string[];
    readonly ttl: Readonly<Record<string, number>>;
    readonly features: Readonly<Record<string, object>>;
    readonly extraTokenClaims: (
      context: unknown,
      token: { readonly clientId: string },
    ) => Readonly<Record<string, unknown>>;
  }

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  }
}
