// The server's side of SCRAM as pure functions: what a client may say and what its proof must be. Sources: RFC 5802, RFC 7677; where
// Kafka is narrower (only `n` for channel binding, the `tokenauth` extension of KIP-48), its ScramMessages. No SASLprep: see scram.ts.
import { timingSafeEqual } from "node:crypto";
import { hash, hmac, type ScramDigest } from "./scram.ts";

export interface ClientFirst {
  /** `n,a=authzid,`: what the last message has to repeat in its channel binding. */
  readonly gs2: string;
  /** The message without `gs2`, exactly as it came: it is signed. */
  readonly bare: string;
  /** `""` when none was sent. */
  readonly authzid: string;
  readonly username: string;
  readonly nonce: string;
}

/** What a server keeps of a password: enough to check a proof, too little to make one. */
export interface StoredKeys {
  readonly stored: Buffer;
  readonly server: Buffer;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const firstPattern = /^([^,]*),(?:a=([^,]*))?,(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)((?:,[A-Za-z]+=[^,]+)*))$/s;
const finalPattern =
  /^(c=([A-Za-z0-9+/]+={0,2}),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]+=[^,]+)*),p=([A-Za-z0-9+/]+={0,2})$/s;

/** Returns in words why the message cannot be accepted; never quotes it. */
export function parseClientFirst(bytes: Buffer): ClientFirst | string {
  const text = decode(bytes);
  if (text === null) return "the client's first message is not UTF-8";
  if (/^[^,]*,[^,]*,m=/s.test(text)) return "the client asks for an extension that must not be ignored";
  const [, binding, authzid = "", bare, saslname, nonce, extensions = ""] = firstPattern.exec(text) ?? [];
  if (bare === undefined || saslname === undefined || nonce === undefined)
    return "the client's first message is malformed";
  // `y` is refused too, as Kafka refuses it: no Kafka client binds channels.
  if (binding !== "n") return "the client asks for channel binding";
  const [username, authorization] = [decodeSaslName(saslname), decodeSaslName(authzid)];
  if (username === null || authorization === null) return "a name in the client's first message is malformed";
  if (/,tokenauth=/i.test(extensions)) return "delegation tokens are not accepted by the gateway";
  return { gs2: text.slice(0, text.length - bare.length), bare, authzid: authorization, username, nonce };
}

/** The answer to the first message. `nonce` is the client's, continued. */
export function serverFirst(nonce: string, salt: Buffer, iterations: number): string {
  return `r=${nonce},s=${salt.toString("base64")},i=${iterations}`;
}

export interface ClientFinal {
  readonly withoutProof: string;
  readonly proof: Buffer;
}

/** `nonce` is the whole one that serverFirst sent. Returns in words why not; never quotes it. */
export function parseClientFinal(bytes: Buffer, gs2: string, nonce: string): ClientFinal | string {
  const text = decode(bytes);
  const [, withoutProof, binding, given, proof] = finalPattern.exec(text ?? "") ?? [];
  if (withoutProof === undefined || proof === undefined) return "the client's last message is malformed";
  if (binding !== Buffer.from(gs2).toString("base64"))
    return "the client's channel binding differs from its first message";
  if (given !== nonce) return "the client's nonce is not the one of this login";
  return { withoutProof, proof: Buffer.from(proof, "base64") };
}

/** The server's last message, or null for a wrong proof. The same work either way; compared in constant time. */
export function checkProof(digest: ScramDigest, keys: StoredKeys, signed: string, proof: Buffer): Buffer | null {
  const signature = hmac(digest, keys.stored, signed);
  const clientKey = Buffer.from(signature.map((byte, i) => byte ^ (proof[i] ?? 0)));
  const right = timingSafeEqual(hash(digest, clientKey), keys.stored);
  const verifier = hmac(digest, keys.server, signed);
  return right && proof.length === signature.length ? Buffer.from(`v=${verifier.toString("base64")}`) : null;
}

function decode(bytes: Buffer): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** RFC 5802: `=2C` is a comma, `=3D` an equals sign; any other `=` and NUL are errors. */
function decodeSaslName(name: string): string | null {
  if (/=(?!2C|3D)|\0/.test(name)) return null;
  return name.replaceAll("=2C", ",").replaceAll("=3D", "=");
}
