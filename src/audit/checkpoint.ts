// Checkpoints: origin, size and root hash of the tree, signed. Source: C2SP tlog-checkpoint.
import { LockkeeperError } from "../base/errors.ts";
import { hashBytes } from "./merkle.ts";
import { type NoteSigner, openNote, signNote, type Verifier } from "./note.ts";

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** Milliseconds since 1970, to the second; null where no timestamped line says it. */
  readonly atMs: number | null;
}

export function signCheckpoint(size: number, root: Buffer, signer: NoteSigner, atMs: number): string {
  return signNote(`${signer.name}\n${size}\n${root.toString("base64")}\n`, signer, atMs);
}

/** Throws LockkeeperError `audit-corrupt`: not signed by this key, another log's, or malformed. */
export function openCheckpoint(note: string, verifier: Verifier): Checkpoint {
  const { text, atMs } = openNote(note, verifier);
  const [origin = "", size = "", root = ""] = text.split("\n");
  const rootBytes = Buffer.from(root, "base64");
  if (
    !/^(0|[1-9]\d*)$/.test(size) ||
    !Number.isSafeInteger(Number(size)) ||
    rootBytes.length !== hashBytes ||
    rootBytes.toString("base64") !== root
  ) {
    throw new LockkeeperError("audit-corrupt", "the checkpoint's size or root hash is malformed");
  }
  if (origin !== verifier.name) throw new LockkeeperError("audit-corrupt", "the checkpoint is another log's");
  return { origin, size: Number(size), root: rootBytes, atMs };
}
