// The client's side of SCRAM as pure functions: what to send and what to believe, and the keys that both sides share (the server's
// side is scram-server.ts). Sources: RFC 5802, RFC 7677.
// Names and passwords are used as the bytes of their UTF-8, without SASLprep: Kafka's brokers do no SASLprep either
// (ScramFormatter.normalize only encodes), so preparing "ﬁ" into "fi" here would lock out the very password that was set there.
import { createHash, createHmac, createSecretKey, type KeyObject, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { limits } from "../base/limits.ts";

export type ScramDigest = "sha256" | "sha512";

const digestBytes: Record<ScramDigest, number> = { sha256: 32, sha512: 64 };
const derive = promisify(pbkdf2);

/** What the first server message says. */
export interface ServerFirst {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

/** What is left of a password after salting. Enough to log in with: keep it as the password is kept. */
export interface ScramKeys {
  readonly client: Buffer;
  readonly server: Buffer;
}

/** The same, ready for a client's logins: a digest with a KeyObject costs a fifth of one with a key in a Buffer. */
export interface ClientKeys {
  readonly client: Buffer;
  readonly stored: KeyObject;
  readonly server: KeyObject;
}

export function clientKeys(digest: ScramDigest, { client, server }: ScramKeys): ClientKeys {
  return { client, stored: createSecretKey(hash(digest, client)), server: createSecretKey(server) };
}

/** `n=user,r=nonce`: the part that is signed. The message on the wire has `n,,` before it: no channel binding, no authzid. */
export function clientFirstBare(username: string, nonce: string): string {
  return `n=${username.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
}

/** Returns in words why the message cannot be accepted; never quotes it. */
export function parseServerFirst(text: string, clientNonce: string): ServerFirst | string {
  const [, nonce, salt, count] =
    /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,8})(?:,.*)?$/s.exec(text) ?? [];
  if (nonce === undefined || salt === undefined || count === undefined)
    return "the server's first message is malformed";
  if (!nonce.startsWith(clientNonce) || nonce === clientNonce) return "the server's nonce does not continue ours";
  const iterations = Number(count);
  if (iterations < limits.scramIterationsMin)
    return `the server asks for fewer than ${limits.scramIterationsMin} iterations`;
  if (iterations > limits.scramIterationsMax)
    return `the server asks for more than ${limits.scramIterationsMax} iterations`;
  return { nonce, salt: Buffer.from(salt, "base64"), iterations };
}

/** Slow on purpose; runs on the thread pool. */
export async function scramKeys(
  digest: ScramDigest,
  password: string,
  salt: Buffer,
  iterations: number,
): Promise<ScramKeys> {
  const salted = await derive(password, salt, iterations, digestBytes[digest], digest);
  return { client: hmac(digest, salted, "Client Key"), server: hmac(digest, salted, "Server Key") };
}

/** The last client message, and the signature that the server must answer with. */
export function clientFinal(digest: ScramDigest, keys: ClientKeys, bare: string, serverFirst: string, nonce: string) {
  const withoutProof = `c=biws,r=${nonce}`;
  const signed = `${bare},${serverFirst},${withoutProof}`;
  const signature = hmac(digest, keys.stored, signed);
  const proof = keys.client.map((byte, i) => byte ^ (signature[i] ?? 0));
  return {
    message: `${withoutProof},p=${Buffer.from(proof).toString("base64")}`,
    serverSignature: hmac(digest, keys.server, signed),
  };
}

/** True only for a server that knows our password too: anything else is an impostor or a wrong password. */
export function isServerFinal(text: string, serverSignature: Buffer): boolean {
  const [, value] = /^v=([A-Za-z0-9+/]+={0,2})(?:,.*)?$/s.exec(text) ?? [];
  if (value === undefined) return false;
  const given = Buffer.from(value, "base64");
  return given.length === serverSignature.length && timingSafeEqual(given, serverSignature);
}

export function hmac(digest: ScramDigest, key: Buffer | KeyObject, text: string): Buffer {
  return createHmac(digest, key).update(text).digest();
}

/** RFC 5802's H: what a server keeps of a client key. */
export function hash(digest: ScramDigest, key: Buffer): Buffer {
  return createHash(digest).update(key).digest();
}
