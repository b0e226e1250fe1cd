// Removes what is due: entry bundles of the log by age and size, and recordings (retention-recordings.ts). The hash tiles stay, so the log
// goes on proving what it held and that nothing else was removed: the event comes first, names all that was pruned so far, and is under a
// checkpoint before anything goes. Whatever a legal hold touches stays, and whatever a sink has not got yet.
import { join } from "node:path";
import type { JsonObject } from "../base/json.ts";
import type { AuditEvent } from "../model/audit-event.ts";
import type { Disk } from "./disk.ts";
import { type LegalHold, mayHold } from "./holds.ts";
import { addRange, isPruned, type PrunedRange, readPruned, writePruned } from "./pruned.ts";
import { decodeEvent } from "./query.ts";
import { readCheckpoint } from "./snapshot.ts";
import { decodeBundle, tilePath, tileWidth } from "./tiles.ts";
import { readTile } from "./tree.ts";

export interface EventLimits {
  /** Milliseconds. */
  readonly ageMsMax: number;
  /** Of all entry bundles; null for no bound. */
  readonly bytesMax: number | null;
}

export interface DueBundle {
  readonly bundle: number;
  readonly bytes: number;
}

/** The newest bundles always stay: what a size bound leaves is still a log. */
const bundlesKept = 2;

/** Full bundles that are due and that nothing holds, oldest first. `before`: entries from here on are still needed outside. */
export async function dueBundles(
  disk: Disk,
  folder: string,
  { ageMsMax, bytesMax }: EventLimits,
  holds: readonly LegalHold[],
  { now, before }: { readonly now: number; readonly before: number },
): Promise<DueBundle[]> {
  const { size } = await readCheckpoint(disk, folder);
  const pruned = await readPruned(disk, folder);
  const full = Math.floor(size / tileWidth);
  const there = Array.from({ length: full }, (_, bundle) => bundle).filter(
    (bundle) => !isPruned(pruned, bundle * tileWidth),
  );
  let excess = bytesMax === null ? 0 : (await bytesOf(disk, folder, there)) - bytesMax;
  const due: DueBundle[] = [];
  for (const bundle of there) {
    const needed = (bundle + 1) * tileWidth > before || bundle >= full - bundlesKept;
    if (needed) break;
    const content = await readTile(disk, folder, "entries", bundle, tileWidth);
    const last = content && decodeBundle(content)?.at(-1);
    // What is missing or damaged is for `audit verify`: nothing is removed around it.
    if (!content || !last) break;
    const { at } = decodeEvent({ index: 0, integrated: true, bytes: last });
    // Entries are in the order of their time: behind the first that is neither old nor too much nothing is due.
    if (at > now - ageMsMax && excess <= 0) break;
    if (mayHold(holds, content)) continue;
    excess -= content.length;
    due.push({ bundle, bytes: content.length });
  }
  return due;
}

async function bytesOf(disk: Disk, folder: string, bundles: readonly number[]): Promise<number> {
  let bytes = 0;
  for (const bundle of bundles) bytes += (await disk.stat(join(folder, tilePath("entries", bundle, tileWidth)))).size;
  return bytes;
}

export interface PruneParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly record: (event: AuditEvent, options: { readonly durable: true }) => Promise<void>;
  /** Resolves once all that was recorded is under a signed checkpoint, and the journal has no copy of it. */
  readonly settle: () => Promise<void>;
  readonly now: number;
}

/** Records what goes (with `details` of what else goes), then removes the bundles. Nothing is removed unless the event is signed for. */
export async function pruneBundles(
  { disk, folder, record, settle, now }: PruneParts,
  due: readonly DueBundle[],
  details: JsonObject,
): Promise<void> {
  let pruned: PrunedRange[] = await readPruned(disk, folder);
  for (const { bundle } of due) pruned = addRange(pruned, { from: bundle * tileWidth, to: (bundle + 1) * tileWidth });
  const facts = { entries: due.length * tileWidth, bytes: due.reduce((sum, each) => sum + each.bytes, 0) };
  const told = pruned.map(({ from, to }) => ({ from, to }));
  await record(
    { code: "retention.pruned", at: now, actor: null, details: { ...facts, ...details, pruned: told } },
    { durable: true },
  );
  if (due.length === 0) return;
  await settle();
  await writePruned(disk, folder, pruned);
  for (const { bundle } of due) await disk.rm(join(folder, tilePath("entries", bundle, tileWidth)), { force: true });
  // The index of look-ups holds the same names: it is made anew without them.
  await disk.rm(join(folder, "index"), { recursive: true, force: true });
}

/** A crash between the event and the removal leaves bundles that the log says are gone: they go now. */
export async function removeLeftOvers(disk: Disk, folder: string): Promise<void> {
  for (const { from, to } of await readPruned(disk, folder)) {
    for (let first = from; first < to; first += tileWidth) {
      const path = join(folder, tilePath("entries", first / tileWidth, tileWidth));
      await disk.rm(path, { force: true });
    }
  }
}
