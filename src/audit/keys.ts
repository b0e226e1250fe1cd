// Keys of the audit room, made at first start: the log's Ed25519 key and the key-encryption key of recordings. Files of mode 0600.
// Nothing here prints a key.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { Sensitive } from "../base/sensitive.ts";
import { type Disk, isErrno, makeFolder, readFileIfThere, syncFolder, writeAll } from "./disk.ts";

/** Reads the file, or makes it with what `make` gives; two starters at once end up with the same key. */
async function readOrMake(disk: Disk, path: string, make: () => string): Promise<string> {
  const there = await readFileIfThere(disk, path);
  if (there !== null) return there.toString("utf8");
  await makeFolder(disk, dirname(path));
  try {
    const handle = await disk.open(path, "wx", 0o600);
    try {
      await writeAll(handle, Buffer.from(make()));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(disk, dirname(path));
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
  return disk.readFile(path, "utf8");
}

/** PEM, PKCS #8. Rejects with `config-invalid` when the file holds anything but an Ed25519 private key. */
export async function loadSigningKey(disk: Disk, path: string): Promise<KeyObject> {
  const pem = await readOrMake(disk, path, () =>
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  let key: KeyObject | null = null;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The parser's message could quote the file: it stays here.
  }
  if (key?.asymmetricKeyType !== "ed25519") {
    throw new LockkeeperError("config-invalid", `${path} is not an Ed25519 private key (PEM, PKCS #8)`);
  }
  return key;
}

/** 32 bytes as base 64. Rejects with `config-invalid` when the file holds anything else. */
export async function loadEncryptionKey(disk: Disk, path: string): Promise<Sensitive<Buffer>> {
  const text = await readOrMake(disk, path, () => `${randomBytes(32).toString("base64")}\n`);
  const key = Buffer.from(text.trim(), "base64");
  if (key.length !== 32) throw new LockkeeperError("config-invalid", `${path} is not a 256-bit key in base 64`);
  return new Sensitive(key);
}

/** PEM, SPKI: X25519, public half only. Rejects with `config-invalid` for anything else, a private key above all: it must not lie here. */
export async function loadRawPublicKey(disk: Disk, path: string): Promise<KeyObject> {
  const pem = (await disk.readFile(path)).toString("utf8");
  if (pem.includes("PRIVATE KEY")) {
    throw new LockkeeperError(
      "config-invalid",
      `${path} is a private key: keep it away from the gateway, and give the public one (openssl pkey -in KEY -pubout)`,
    );
  }
  const key = parsedKey(() => createPublicKey(pem));
  if (key?.asymmetricKeyType === "x25519") return key;
  throw new LockkeeperError(
    "config-invalid",
    `${path} is not an X25519 public key (PEM): openssl genpkey -algorithm x25519`,
  );
}

/** The private half, for who reads records from before masking. */
export async function loadRawPrivateKey(disk: Disk, path: string): Promise<KeyObject> {
  const pem = (await disk.readFile(path)).toString("utf8");
  const key = parsedKey(() => createPrivateKey(pem));
  if (key?.asymmetricKeyType === "x25519") return key;
  throw new LockkeeperError("config-invalid", `${path} is not an X25519 private key (PEM, PKCS #8)`);
}

/** The parser's message could quote the file: it stays here. */
function parsedKey(parse: () => KeyObject): KeyObject | null {
  try {
    return parse();
  } catch {
    return null;
  }
}
