// Which entries retention has removed: ranges of whole bundles, kept beside the log for its readers. The event `retention.pruned` says the
// same inside the log, and only that is believed when the log is verified: whoever removes a bundle by hand cannot also sign for it.
import { join } from "node:path";
import { type Disk, readFileIfThere, replaceFile } from "./disk.ts";

/** From an entry to the one behind the last: multiples of a bundle's 256, ascending, neither overlapping nor touching. */
export interface PrunedRange {
  readonly from: number;
  readonly to: number;
}

function place(folder: string): string {
  return join(folder, "pruned.json");
}

/** Empty where nothing was pruned, or where the file says nothing that can be read. */
export async function readPruned(disk: Disk, folder: string): Promise<PrunedRange[]> {
  const text = (await readFileIfThere(disk, place(folder)))?.toString("utf8");
  if (text === undefined) return [];
  try {
    return parsePruned(JSON.parse(text));
  } catch {
    return [];
  }
}

export function writePruned(disk: Disk, folder: string, ranges: readonly PrunedRange[]): Promise<void> {
  return replaceFile(disk, place(folder), Buffer.from(`${JSON.stringify(ranges)}\n`));
}

/** What is not a list of ranges is no range. */
export function parsePruned(value: unknown): PrunedRange[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: { from?: unknown; to?: unknown }) => {
    const [from, to] = [Number(each?.from), Number(each?.to)];
    return Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && to > from ? [{ from, to }] : [];
  });
}

export function isPruned(ranges: readonly PrunedRange[], index: number): boolean {
  return ranges.some(({ from, to }) => index >= from && index < to);
}

/** The union, in order. */
export function addRange(ranges: readonly PrunedRange[], added: PrunedRange): PrunedRange[] {
  const sorted = [...ranges, added].toSorted((a, b) => a.from - b.from);
  const united: PrunedRange[] = [];
  for (const each of sorted) {
    const last = united.at(-1);
    if (last && each.from <= last.to) united[united.length - 1] = { from: last.from, to: Math.max(last.to, each.to) };
    else united.push(each);
  }
  return united;
}
