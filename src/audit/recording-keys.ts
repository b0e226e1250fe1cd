// The small file beside each recording: the session's key, wrapped; where records before masking are kept, a second key that only the
// holder of `audit.recordings.rawKey`'s private half can unwrap. To delete this file is to erase the recording.
import { createHash, type KeyObject } from "node:crypto";
import { dirname } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Sensitive } from "../base/sensitive.ts";
import { type Disk, isErrno, readFileIfThere, realDisk, replaceFile, syncFolder } from "./disk.ts";
import { type RawWrapped, unwrapKey, unwrapRawKey, wrapKey, wrappingKeyId, wrapRawKey } from "./wrap.ts";

export interface SessionKeys {
  readonly session: string;
  /** Names the key-encryption key that is needed. */
  readonly wrappingKey: string;
  /** Base 64. */
  readonly key: string;
  readonly raw: RawWrapped | null;
}

/** `<session>.key` beside `<session>.lkrec`. */
export function keyPath(recordingPath: string): string {
  return recordingPath.replace(/(\.lkrec)?$/, ".key");
}

export function encodeSessionKeys(
  session: string,
  key: Buffer,
  wrapping: Sensitive<Buffer>,
  raw: { readonly key: Buffer; readonly recipient: KeyObject } | null,
): Buffer {
  const keys: SessionKeys = {
    session,
    wrappingKey: wrappingKeyId(wrapping),
    key: wrapKey(key, session, wrapping),
    raw: raw && wrapRawKey(raw.key, session, raw.recipient),
  };
  return Buffer.from(`${JSON.stringify(keys)}\n`);
}

/** Null where the file is gone: the recording was erased. Throws `audit-corrupt` where it is no such file. */
export async function readSessionKeys(recordingPath: string, disk: Disk = realDisk): Promise<SessionKeys | null> {
  const bytes = await readFileIfThere(disk, keyPath(recordingPath));
  if (bytes === null) return null;
  try {
    const keys: SessionKeys = JSON.parse(bytes.toString("utf8"));
    if (typeof keys.session === "string" && typeof keys.key === "string" && typeof keys.wrappingKey === "string") {
      return { ...keys, raw: (keys.raw as Json) === undefined ? null : keys.raw };
    }
  } catch {
    // said below, without what stood in it
  }
  throw new LockkeeperError("audit-corrupt", `${keyPath(recordingPath)} is no key of a recording`);
}

/** Throws `audit-corrupt`, naming the key that is needed, where none of these is it. */
export function openSessionKey(keys: SessionKeys, wrapping: readonly Sensitive<Buffer>[]): Buffer {
  const its = wrapping.find((each) => wrappingKeyId(each) === keys.wrappingKey);
  if (!its) {
    throw new LockkeeperError(
      "audit-corrupt",
      `the recording of ${keys.session} needs the key ${keys.wrappingKey}: add its file to audit.recordings.oldKeys`,
    );
  }
  return unwrapKey(keys.key, keys.session, its);
}

/** For whoever holds the private half. Throws `audit-corrupt`. */
export function openRawKey(keys: SessionKeys, recipient: KeyObject): Buffer {
  if (keys.raw) return unwrapRawKey(keys.raw, keys.session, recipient);
  throw new LockkeeperError("audit-corrupt", `the recording of ${keys.session} has nothing from before masking`);
}

/** Wraps the session's key anew. False where the key file is gone or was wrapped by this key already. */
export async function rewrapSessionKey(
  recordingPath: string,
  old: readonly Sensitive<Buffer>[],
  wrapping: Sensitive<Buffer>,
  disk: Disk = realDisk,
): Promise<boolean> {
  const keys = await readSessionKeys(recordingPath, disk);
  if (keys === null || keys.wrappingKey === wrappingKeyId(wrapping)) return false;
  const key = wrapKey(openSessionKey(keys, old), keys.session, wrapping);
  const anew: SessionKeys = { ...keys, key, wrappingKey: wrappingKeyId(wrapping) };
  await replaceFile(disk, keyPath(recordingPath), Buffer.from(`${JSON.stringify(anew)}\n`), 0o600);
  await syncFolder(disk, dirname(recordingPath));
  return true;
}

/**
 * Destroys the key, for good: nobody can read the recording any more, and its hashes still prove what it was. Returns the fingerprint of
 * the wrapped key for the event that proves it, or null where it was gone already. Copies of the file (backups) are not ours to find.
 */
export async function destroySessionKey(recordingPath: string, disk: Disk = realDisk): Promise<string | null> {
  const path = keyPath(recordingPath);
  const bytes = await readFileIfThere(disk, path);
  if (bytes === null) return null;
  try {
    await disk.rm(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  await syncFolder(disk, dirname(path));
  return createHash("sha256").update(bytes).digest("hex");
}
