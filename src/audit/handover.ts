// Hand-overs: a log that goes on under another key. The old key signs, over the tree as it was, which key comes next, and the new key
// signs the same: whoever trusts one of them can follow the chain to the other. Files `handovers/000001` … beside the log.
// Source: C2SP signed-note for the form; what it says is ours.
import { join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { type Disk, isErrno } from "./disk.ts";
import { hashBytes } from "./merkle.ts";
import { type NoteSigner, openNote, parseVerifierKey, signNote, type Verifier, verifierKey } from "./note.ts";

const heading = "lockkeeper-key-handover/1";

export interface Handover {
  /** Verifier keys. */
  readonly from: string;
  readonly to: string;
  /** The tree that the old key leaves behind; its last entry is the event `log.key-rotated`. */
  readonly size: number;
  readonly root: Buffer;
  readonly atMs: number | null;
}

export function signHandover(from: NoteSigner, to: NoteSigner, size: number, root: Buffer, atMs: number): string {
  const text = `${heading}\n${from.name}\n${size}\n${root.toString("base64")}\n${verifierKey(from)}\n${verifierKey(to)}\n`;
  const lines = (signer: NoteSigner) => signNote(text, signer, atMs).slice(text.length + 1);
  return `${text}\n${lines(from)}${lines(to)}`;
}

/** Throws `audit-corrupt` unless both keys signed it. */
export function openHandover(note: string): Handover {
  const [head, origin, size, root = "", from = "", to = ""] = note.split("\n");
  const rootBytes = Buffer.from(root, "base64");
  if (head !== heading || !/^\d{1,15}$/.test(size ?? "") || rootBytes.length !== hashBytes) {
    throw new LockkeeperError("audit-corrupt", "this is not a hand-over of a log's key");
  }
  const [old, next] = [parseVerifierKey(from), parseVerifierKey(to)];
  if (old.name !== origin || next.name !== origin) {
    throw new LockkeeperError("audit-corrupt", "the hand-over is another log's");
  }
  const { atMs } = openNote(note, old);
  openNote(note, next);
  return { from, to, size: Number(size), root: rootBytes, atMs };
}

export interface HandoverFile {
  /** Within the log's folder. */
  readonly file: string;
  readonly note: string;
}

/** Oldest first. */
export async function readHandovers(disk: Disk, folder: string): Promise<HandoverFile[]> {
  try {
    const names = (await disk.readdir(join(folder, "handovers"))).filter((name) => /^\d{6}$/.test(name));
    const files = names.toSorted((a, b) => Number(a) - Number(b)).map((name) => `handovers/${name}`);
    return await Promise.all(
      files.map(async (file) => ({ file, note: await disk.readFile(join(folder, file), "utf8") })),
    );
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

/**
 * The keys that `trusted` vouches for: those before it and those after it, newest last. Each hand-over must be signed by both of its
 * keys, and follow the one before. Throws `audit-corrupt` where the chain is broken or does not hold the trusted key.
 */
export function keyChain(trusted: string, handovers: readonly Handover[]): Verifier[] {
  const keys = handovers.map(({ from }) => from);
  for (const [i, { to }] of handovers.entries()) {
    const next = handovers[i + 1];
    if (next && next.from !== to)
      throw new LockkeeperError("audit-corrupt", "the hand-overs of the log's key are no chain");
  }
  keys.push(handovers.at(-1)?.to ?? trusted.trim());
  if (!keys.includes(trusted.trim())) {
    throw new LockkeeperError(
      "audit-corrupt",
      "the verifier key is none of this log's keys: it is another log's, or a hand-over of its key was removed",
    );
  }
  return keys.map(parseVerifierKey);
}
