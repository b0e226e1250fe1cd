// A real OpenID Connect issuer inside this process (oidc-provider), for the demo and for tests: discovery, key set, and a token
// endpoint where each user is a client of the client-credentials grant, which Kafka's own clients can ask by themselves.
// Not for anything else: secrets are made up at start and everything is gone when it stops.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";
import { loopback } from "./ports.ts";

export interface OidcUser {
  readonly name: string;
  readonly groups: readonly string[];
  /** Made up when missing. */
  readonly secret?: string;
}

export interface OidcPartOptions {
  readonly users: readonly OidcUser[];
  /** The `aud` of its tokens; `lockkeeper` when missing. */
  readonly audience?: string;
  /** How long its tokens live, in seconds; an hour when missing. */
  readonly tokenSeconds?: number;
  /** A free one when missing. */
  readonly port?: number;
}

export interface OidcPart {
  /** `http://127.0.0.1:PORT` */
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** What a user gives to the token endpoint as its client secret. */
  secretOf(name: string): string;
  /** A token from the token endpoint. A principal that is not known yet becomes a user; `groups` replaces the ones it had. */
  tokenFor(principal: string, groups?: readonly string[]): Promise<string>;
  /** New signing keys; tokens of the old ones stop being valid once their key set is read again. */
  rotateKeys(): Promise<void>;
  stop(): Promise<void>;
}

interface Registered {
  readonly groups: readonly string[];
  readonly secret: string;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function notReady(_request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(503).end();
}

export async function startOidc(options: OidcPartOptions): Promise<OidcPart> {
  const users = new Map<string, Registered>();
  const register = (user: OidcUser) =>
    users.set(user.name, { groups: user.groups, secret: user.secret ?? randomBytes(24).toString("hex") });
  for (const user of options.users) register(user);

  let handle: Handler = notReady;
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, loopback);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the OIDC issuer has no port");
  const issuer = `http://${loopback}:${address.port}`;

  async function rotateKeys(): Promise<void> {
    handle = (await createProvider(issuer, users, options)).callback();
  }
  await rotateKeys();

  return {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    secretOf: (name) => secretOf(users, name),
    async tokenFor(principal, groups) {
      const known = users.get(principal);
      if (known === undefined || groups !== undefined)
        register({ name: principal, groups: groups ?? [], ...(known && { secret: known.secret }) });
      return askForToken(`${issuer}/token`, principal, secretOf(users, principal));
    },
    rotateKeys,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function secretOf(users: ReadonlyMap<string, Registered>, name: string): string {
  const user = users.get(name);
  if (user === undefined) throw new Error(`the OIDC issuer has no user ${name}`);
  return user.secret;
}

async function createProvider(issuer: string, users: ReadonlyMap<string, Registered>, options: OidcPartOptions) {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const key = { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: randomBytes(8).toString("hex") };
  const resource = {
    scope: "kafka",
    audience: options.audience ?? "lockkeeper",
    accessTokenTTL: options.tokenSeconds ?? 3600,
    accessTokenFormat: "jwt",
    jwt: { sign: { alg: "RS256" } },
  };
  return new Provider(issuer, {
    adapter: (model) => adapter(model === "Client" ? users : null),
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    scopes: ["kafka"],
    ttl: { ClientCredentials: resource.accessTokenTTL },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:lockkeeper",
        getResourceServerInfo: () => resource,
        useGrantedResource: () => true,
      },
    },
    extraTokenClaims: (_context, token) => ({
      preferred_username: token.clientId,
      groups: users.get(token.clientId)?.groups ?? [],
    }),
  });
}

async function nothing(): Promise<undefined> {}

/** Only clients are ever looked up: tokens are JWTs and nobody has a session. */
function adapter(clients: ReadonlyMap<string, Registered> | null) {
  const find = async (id: string) => {
    const user = clients?.get(id);
    return user && clientOf(id, user.secret);
  };
  return {
    find,
    upsert: nothing,
    destroy: nothing,
    consume: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    revokeByGrantId: nothing,
  };
}

function clientOf(id: string, secret: string) {
  return {
    client_id: id,
    client_secret: secret,
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: "client_secret_basic",
  };
}

async function askForToken(endpoint: string, client: string, secret: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${encodeURIComponent(client)}:${encodeURIComponent(secret)}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "grant_type=client_credentials",
  });
  const answer: unknown = await response.json();
  if (
    typeof answer === "object" &&
    answer !== null &&
    "access_token" in answer &&
    typeof answer.access_token === "string"
  )
    return answer.access_token;
  throw new Error(`the OIDC issuer gave no token: HTTP ${response.status}`);
}
