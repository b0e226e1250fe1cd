// Keys of recordings: each session has one of its own, kept beside its recording, wrapped by the gateway's key-encryption key.
// Destroying that small file makes the recording unreadable for good, while its hashes still prove that it was not changed.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { LockkeeperError } from "../base/errors.ts";
import type { Sensitive } from "../base/sensitive.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** Names a key-encryption key without telling anything of it. */
export function wrappingKeyId(key: Sensitive<Buffer>): string {
  return createHash("sha256").update("lockkeeper-wrapping-key\n").update(key.reveal()).digest("hex").slice(0, 16);
}

/** AES-256-GCM, bound to the session. Base 64 of nonce, ciphertext, tag. */
export function wrapKey(sessionKey: Buffer, session: string, wrapping: Sensitive<Buffer>): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", wrapping.reveal(), nonce);
  cipher.setAAD(Buffer.from(session));
  return Buffer.concat([nonce, cipher.update(sessionKey), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

/** Throws `audit-corrupt` when the key is another's. */
export function unwrapKey(wrapped: string, session: string, wrapping: Sensitive<Buffer>): Buffer {
  const bytes = Buffer.from(wrapped, "base64");
  try {
    const decipher = createDecipheriv("aes-256-gcm", wrapping.reveal(), bytes.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.from(session));
    decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes)), decipher.final()]);
  } catch (error) {
    throw new LockkeeperError("audit-corrupt", `the key of session ${session} was not wrapped by this key`, {
      cause: error,
    });
  }
}
