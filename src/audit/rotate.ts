// Another key for the log: the event and the last checkpoint under the old key, a hand-over signed by both, then everything under the
// new one. The gateway must not run meanwhile: the lock sees to it.
import { join } from "node:path";
import { makeFolder, realDisk, replaceFile, syncFolder } from "./disk.ts";
import { readHandovers, signHandover } from "./handover.ts";
import { loadSigningKey } from "./keys.ts";
import { noteSigner, verifierKey } from "./note.ts";
import { logOrigin, type OpenLogOptions, openAuditLog } from "./open.ts";
import { nextKeyFile, retiredKeyFile } from "./rotation.ts";
import { readCheckpoint } from "./snapshot.ts";

export interface Rotated {
  /** Verifier keys. */
  readonly from: string;
  readonly to: string;
  /** Where the old private key was put aside: destroy it once nobody needs it. */
  readonly retiredFile: string;
}

/** Makes a new key in the key's place. Rejects as `openAuditLog` does: while a gateway runs, with `audit-unavailable`. */
export async function rotateKey(options: OpenLogOptions): Promise<Rotated> {
  const { directory: folder, keyFile, clock, disk = realDisk } = options;
  const log = await openAuditLog(options);
  const origin = logOrigin(options.source.gateway);
  const old = noteSigner(origin, await loadSigningKey(disk, keyFile));
  try {
    const next = noteSigner(origin, await loadSigningKey(disk, nextKeyFile(keyFile)));
    const [from, to] = [verifierKey(old), verifierKey(next)];
    const at = clock.now();
    await log.record({ code: "log.key-rotated", at, actor: null, details: { from, to } }, { durable: true });
    await log.checkpoint();
    const { size, root } = await readCheckpoint(disk, folder);
    await makeFolder(disk, join(folder, "handovers"));
    const name = String((await readHandovers(disk, folder)).length + 1).padStart(6, "0");
    await replaceFile(disk, join(folder, "handovers", name), Buffer.from(signHandover(old, next, size, root, at)));
    await syncFolder(disk, join(folder, "handovers"));
  } finally {
    await log.close();
  }
  // The next start completes it, before anything else can be recorded: ours, or a gateway's that was faster.
  const reopened = await openAuditLog(options);
  await reopened.close();
  return { from: verifierKey(old), to: reopened.verifierKey, retiredFile: retiredKeyFile(keyFile, old) };
}
