// Tells when any of some files changed: by the content, not by dates, since mounted secrets are swapped as folders. The folders are
// watched for speed and read again now and then for certainty; what is half written settles first.
import { createHash } from "node:crypto";
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Cancel, Clock } from "../base/clock.ts";
import { limits } from "../base/limits.ts";

/** Calls `changed` after the files' content is another than at the last call; never twice at once. Returns how to stop. */
export async function watchFiles(
  paths: readonly string[],
  clock: Clock,
  changed: () => Promise<void>,
): Promise<Cancel> {
  let last = await contentOf(paths);
  let busy = Promise.resolve();
  let closed = false;
  let cancelSettle: Cancel = () => {};
  let cancelRescan: Cancel = () => {};

  async function look(): Promise<void> {
    const now = await contentOf(paths);
    if (closed || now === last) return;
    last = now;
    await changed();
  }
  const next = () => {
    busy = busy.then(look);
  };
  const settle = () => {
    cancelSettle();
    cancelSettle = clock.after(limits.tlsSettleMs, next);
  };
  const rescan = () => {
    next();
    cancelRescan = clock.after(limits.tlsRescanMs, rescan);
  };

  cancelRescan = clock.after(limits.tlsRescanMs, rescan);
  const stops = [...new Set(paths.map((path) => dirname(path)))].map((directory) => watchFolder(directory, settle));
  return () => {
    closed = true;
    cancelSettle();
    cancelRescan();
    for (const stop of stops) stop();
  };
}

/** One digest of all; a file that cannot be read counts as a content of its own. */
async function contentOf(paths: readonly string[]): Promise<string> {
  const digest = createHash("sha256");
  for (const path of paths) {
    const content = await readFile(path).catch(() => null);
    digest.update(content === null ? "-" : `+${content.length}:`).update(content ?? "");
  }
  return digest.digest("hex");
}

/** Node's own watcher. Where it fails (too many watches) reading again still finds every change. */
function watchFolder(directory: string, changed: () => void): Cancel {
  try {
    const watcher = watch(directory, { persistent: false }, changed);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
