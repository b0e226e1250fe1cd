// The files of a rotation: what a start completes, or takes back, after a crash at any step. Called under the folder's lock.
import { dirname, join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { openCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { type Disk, readFileIfThere, replaceFile, syncFolder } from "./disk.ts";
import { openHandover, readHandovers } from "./handover.ts";
import { loadSigningKey } from "./keys.ts";
import { type NoteSigner, noteSigner, verifierKey } from "./note.ts";
import { writeCheckpoint } from "./tree.ts";

/** The key that comes next, until it is the log's. */
export function nextKeyFile(keyFile: string): string {
  return `${keyFile}.next`;
}

/** Where the old key is put aside, named by its id. */
export function retiredKeyFile(keyFile: string, old: NoteSigner): string {
  return `${keyFile}.retired-${verifierKey(old).split("+")[1] ?? ""}`;
}

/** From the hand-over on there is only forwards: checkpoint, public key, key files. Before it the next key is forgotten. */
export async function resumeRotation(
  disk: Disk,
  folder: string,
  keyFile: string,
  origin: string,
  at: number,
): Promise<void> {
  const nextFile = nextKeyFile(keyFile);
  if ((await readFileIfThere(disk, nextFile)) === null) return;
  const next = noteSigner(origin, await loadSigningKey(disk, nextFile));
  const last = (await readHandovers(disk, folder)).at(-1);
  if (!last || openHandover(last.note).to !== verifierKey(next)) {
    await disk.rm(nextFile, { force: true });
    return;
  }
  // Between the two renames only the next key is there.
  const old = (await readFileIfThere(disk, keyFile)) && noteSigner(origin, await loadSigningKey(disk, keyFile));
  if (old) {
    await signAnew(disk, folder, last.note, old, next, at);
    await disk.rename(keyFile, retiredKeyFile(keyFile, old));
  }
  await disk.rename(nextFile, keyFile);
  await syncFolder(disk, dirname(keyFile));
}

async function signAnew(disk: Disk, folder: string, note: string, old: NoteSigner, next: NoteSigner, at: number) {
  const { size, root } = openHandover(note);
  const there = await disk.readFile(join(folder, "checkpoint"), "utf8");
  if (!isOf(there, [old, next], size)) {
    throw new LockkeeperError(
      "audit-corrupt",
      `the audit log in ${folder} went on after its key was handed over: restore it whole`,
    );
  }
  await writeCheckpoint(disk, folder, signCheckpoint(size, root, next, at));
  await replaceFile(disk, join(folder, "log.pub"), Buffer.from(`${verifierKey(next)}\n`));
  await syncFolder(disk, folder);
}

function isOf(note: string, signers: readonly NoteSigner[], size: number): boolean {
  return signers.some((signer) => {
    try {
      return openCheckpoint(note, signer).size === size;
    } catch {
      return false;
    }
  });
}
