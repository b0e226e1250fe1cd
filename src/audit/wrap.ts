// Keys of recordings: each session has one of its own, wrapped by the gateway's key-encryption key (AES-256-GCM). What was recorded before
// masking has another, sealed to a public key (RFC 9180's DHKEM idea with X25519, HKDF-SHA-256, AES-256-GCM; the names below are ours, it
// is not HPKE on the wire): the gateway can write it and never read it again.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import { LockkeeperError } from "../base/errors.ts";
import { randomPiece } from "../base/random.ts";
import type { Sensitive } from "../base/sensitive.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** What is made of a key-encryption key once; each session's key is wrapped by it. */
const prepared = new WeakMap<Sensitive<Buffer>, { readonly id: string; readonly key: KeyObject }>();

function prepare(wrapping: Sensitive<Buffer>) {
  const known = prepared.get(wrapping);
  if (known) return known;
  const bytes = wrapping.reveal();
  const id = createHash("sha256").update("lockkeeper-wrapping-key\n").update(bytes).digest("hex").slice(0, 16);
  const made = { id, key: createSecretKey(bytes) };
  prepared.set(wrapping, made);
  return made;
}

/** Names a key-encryption key without telling anything of it. */
export function wrappingKeyId(wrapping: Sensitive<Buffer>): string {
  return prepare(wrapping).id;
}

/** Names a public key. */
export function rawKeyId(key: KeyObject): string {
  return createHash("sha256").update(spki(key)).digest("hex").slice(0, 16);
}

/** AES-256-GCM, bound to the session. Base 64 of nonce, ciphertext, tag. */
export function wrapKey(sessionKey: Buffer, session: string, wrapping: Sensitive<Buffer>): string {
  return seal(sessionKey, session, prepare(wrapping).key);
}

/** Throws `audit-corrupt` when the key is another's. */
export function unwrapKey(wrapped: string, session: string, wrapping: Sensitive<Buffer>): Buffer {
  try {
    return unseal(wrapped, session, wrapping.reveal());
  } catch (error) {
    throw new LockkeeperError("audit-corrupt", `the key of session ${session} was not wrapped by this key`, {
      cause: error,
    });
  }
}

/** A key that only the holder of an X25519 private key can unwrap. */
export interface RawWrapped {
  readonly recipient: string;
  /** Base 64 of the ephemeral public key (SPKI). */
  readonly ephemeral: string;
  readonly key: string;
}

export function wrapRawKey(sessionKey: Buffer, session: string, recipient: KeyObject): RawWrapped {
  const ephemeral = generateKeyPairSync("x25519");
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient });
  const wrapping = derive(shared, ephemeral.publicKey, recipient);
  return {
    recipient: rawKeyId(recipient),
    ephemeral: spki(ephemeral.publicKey).toString("base64"),
    key: seal(sessionKey, session, createSecretKey(wrapping)),
  };
}

/** Throws `audit-corrupt` when the private key is another's. */
export function unwrapRawKey(wrapped: RawWrapped, session: string, privateKey: KeyObject): Buffer {
  try {
    const ephemeral = createPublicKey({
      key: Buffer.from(wrapped.ephemeral, "base64"),
      format: "der",
      type: "spki",
    });
    const shared = diffieHellman({ privateKey, publicKey: ephemeral });
    return unseal(wrapped.key, session, derive(shared, ephemeral, createPublicKey(privateKey)));
  } catch (error) {
    throw new LockkeeperError(
      "audit-corrupt",
      `the records of session ${session} from before masking need the private key of ${wrapped.recipient}`,
      { cause: error },
    );
  }
}

function derive(shared: Buffer, ephemeral: KeyObject, recipient: KeyObject): Buffer {
  const salt = Buffer.concat([spki(ephemeral), spki(recipient)]);
  return Buffer.from(hkdfSync("sha256", shared, salt, "lockkeeper-raw-recording/1", 32));
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

function seal(plain: Buffer, session: string, key: KeyObject): string {
  const nonce = randomPiece(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(session));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

function unseal(sealed: string, session: string, key: Buffer): Buffer {
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes));
  decipher.setAAD(Buffer.from(session));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes)), decipher.final()]);
}
