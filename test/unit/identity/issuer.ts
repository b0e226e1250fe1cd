// An issuer that signs whatever a test wants, which a real one would not: discovery and key set over HTTP on loopback.
import { once } from "node:events";
import { createServer } from "node:http";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";

export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  /** How often the key set was asked for. */
  readonly keySetReads: () => number;
  /** While true, every request fails. */
  down: boolean;
  /** Replaces fields of the discovery document. */
  metadata: Record<string, string>;
  /** A token that is good but for what the test changes; undefined takes a claim away. */
  token(claims?: Record<string, unknown>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  publicKeyPem(): Promise<string>;
  rotate(): Promise<void>;
}

export async function startIssuer(): Promise<TestIssuer> {
  let keys = await newKeys();
  let reads = 0;
  const issuer = { down: false, metadata: {} };
  const server = createServer((request, response) => {
    if (issuer.down) return response.writeHead(503).end();
    response.setHeader("content-type", "application/json");
    if (request.url === "/.well-known/openid-configuration")
      return response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys`, ...issuer.metadata }));
    reads++;
    return response.end(JSON.stringify({ keys: [{ ...keys.jwk, kid: keys.kid }] }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;

  return Object.assign(issuer, {
    url,
    keySetReads: () => reads,
    token(claims: Record<string, unknown> = {}, header: Partial<JWTHeaderParameters> = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: url, aud: "lockkeeper", sub: "alice", groups: ["analysts"], exp: now + 600, ...claims };
      return new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid: keys.kid, ...header }).sign(keys.privateKey);
    },
    publicKeyPem: () => exportSPKI(keys.publicKey),
    async rotate() {
      keys = await newKeys();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  });
}

let made = 0;

async function newKeys() {
  const { privateKey, publicKey }: { privateKey: CryptoKey; publicKey: CryptoKey } = await generateKeyPair("ES256", {
    extractable: true,
  });
  return { privateKey, publicKey, jwk: await exportJWK(publicKey), kid: `key-${made++}` };
}
