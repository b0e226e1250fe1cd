// Signed notes: a text and the lines that sign it, checked by tools that this project did not write.
// Source: C2SP signed-note (Ed25519, type 0x01) and tlog-cosignature (timestamped Ed25519, type 0x04).
import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { LockkeeperError } from "../base/errors.ts";

const plainType = 0x01;
const timestampedType = 0x04;
/** DER head of an Ed25519 SubjectPublicKeyInfo (RFC 8410); the 32 bytes of the key follow. */
const spkiHead = Buffer.from("302a300506032b6570032100", "hex");
const separator = "\n\n";

export interface NoteSigner {
  readonly name: string;
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Buffer;
}

/** A key name may hold neither spaces nor `+` nor control characters. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && !/[\s+\p{Zs}\p{Cc}]/u.test(name);
}

export function noteSigner(name: string, privateKey: KeyObject): NoteSigner {
  if (!isKeyName(name)) {
    throw new LockkeeperError("config-invalid", "the audit log's origin may hold neither spaces nor '+'");
  }
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return { name, privateKey, publicKey: Buffer.from(spki.subarray(spkiHead.length)) };
}

function keyId(name: string, type: number, publicKey: Uint8Array): Buffer {
  const hash = createHash("sha256").update(`${name}\n`).update(Uint8Array.of(type)).update(publicKey);
  return hash.digest().subarray(0, 4);
}

/** `name+keyid+base64(type || key)`: what auditors are given, once, outside the log. */
export function verifierKey(signer: Pick<NoteSigner, "name" | "publicKey">): string {
  const material = Buffer.concat([Uint8Array.of(plainType), signer.publicKey]);
  return `${signer.name}+${keyId(signer.name, plainType, signer.publicKey).toString("hex")}+${material.toString("base64")}`;
}

export interface Verifier {
  readonly name: string;
  readonly publicKey: Buffer;
}

/** Throws LockkeeperError `audit-corrupt` for anything but an Ed25519 verifier key whose id fits. */
export function parseVerifierKey(text: string): Verifier {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim());
  const material = Buffer.from(match?.[3] ?? "", "base64");
  if (!match || material.length !== 33 || material[0] !== plainType) {
    throw new LockkeeperError("audit-corrupt", "this is not an Ed25519 verifier key (name+id+key)");
  }
  const name = match[1] ?? "";
  const publicKey = material.subarray(1);
  if (keyId(name, plainType, publicKey).toString("hex") !== match[2]) {
    throw new LockkeeperError("audit-corrupt", "the verifier key's id does not fit its key");
  }
  return { name, publicKey };
}

function cosigned(text: string, atSeconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${atSeconds}\n${text}`);
}

/**
 * `text` ends in a newline. Two lines sign it: the log's own, and a timestamped one by the same key, which says
 * "at this second this was the largest tree": that is how quiet hours are proved quiet, since a checkpoint has no time.
 */
export function signNote(text: string, signer: NoteSigner, atMs: number): string {
  const atSeconds = BigInt(Math.floor(atMs / 1000));
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(atSeconds);
  const line = (type: number, ...parts: Buffer[]) =>
    `\u2014 ${signer.name} ${Buffer.concat([keyId(signer.name, type, signer.publicKey), ...parts]).toString("base64")}\n`;
  const plain = line(plainType, sign(null, Buffer.from(text), signer.privateKey));
  const timed = line(timestampedType, stamp, sign(null, cosigned(text, atSeconds), signer.privateKey));
  return `${text}\n${plain}${timed}`;
}

export interface OpenedNote {
  /** With its final newline, without the blank line. */
  readonly text: string;
  /** Milliseconds since 1970 of the timestamped line, or null where the key set none. */
  readonly atMs: number | null;
}

/** Throws LockkeeperError `audit-corrupt` unless the key's plain line is there and every line of this key is right. */
export function openNote(note: string, verifier: Verifier): OpenedNote {
  const cut = note.lastIndexOf(separator);
  if (cut < 0 || !note.endsWith("\n")) throw new LockkeeperError("audit-corrupt", "this is not a signed note");
  const text = note.slice(0, cut + 1);
  const key = createPublicKey({ key: Buffer.concat([spkiHead, verifier.publicKey]), format: "der", type: "spki" });
  const [plainId, timedId] = [plainType, timestampedType].map((type) => keyId(verifier.name, type, verifier.publicKey));
  let signed = false;
  let atMs: number | null = null;
  for (const line of note.slice(cut + separator.length, -1).split("\n")) {
    const match = /^\u2014 (\S+) ([A-Za-z0-9+/=]+)$/.exec(line);
    if (!match) throw new LockkeeperError("audit-corrupt", "a signature line of the note is malformed");
    const bytes = Buffer.from(match[2] ?? "", "base64");
    // One signature has one spelling: spare bits of base 64 are no place to hide a change.
    if (bytes.toString("base64") !== match[2]) throw badSignature();
    if (match[1] !== verifier.name) continue;
    const id = bytes.subarray(0, 4);
    if (plainId && id.equals(plainId)) {
      if (!verify(null, Buffer.from(text), key, bytes.subarray(4))) throw badSignature();
      signed = true;
    } else if (timedId && id.equals(timedId)) {
      if (bytes.length !== 76) throw badSignature();
      const at = bytes.readBigUInt64BE(4);
      if (!verify(null, cosigned(text, at), key, bytes.subarray(12))) throw badSignature();
      atMs = Number(at) * 1000;
    }
  }
  if (!signed) throw new LockkeeperError("audit-corrupt", "the note is not signed by this key");
  return { text, atMs };
}

function badSignature(): LockkeeperError {
  return new LockkeeperError("audit-corrupt", "a signature of the note is wrong");
}
