// Offset ranges of one session and direction while they are summed: for each partition sorted, neither overlapping nor touching. A session that reads on is
// one addition to numbers that are there; only what comes out of order is merged list by list. Never loses a range and never widens one.
import type { DataRange } from "../model/audit-event.ts";

type Growing = { -readonly [Name in keyof DataRange]: DataRange[Name] };

export class Ranges {
  readonly #topics = new Map<string, Map<number, Growing[]>>();

  /** Kept as a copy: what is given stays as it is. */
  add(range: DataRange): void {
    let partitions = this.#topics.get(range.topic);
    if (partitions === undefined) this.#topics.set(range.topic, (partitions = new Map()));
    const known = partitions.get(range.partition);
    const last = known?.at(-1);
    if (!known || !last) partitions.set(range.partition, [{ ...range }]);
    else if (range.firstOffset > last.lastOffset && range.firstOffset !== last.lastOffset + 1n)
      known.push({ ...range });
    else if (range.firstOffset >= last.firstOffset) extend(last, range);
    else partitions.set(range.partition, mergeRange(known, range));
  }

  all(): DataRange[] {
    const all: DataRange[] = [];
    // one by one: as arguments of one call very many would be a RangeError, and lost
    for (const partitions of this.#topics.values())
      for (const ranges of partitions.values()) for (const range of ranges) all.push(range);
    return all;
  }
}

function extend(last: Growing, { lastOffset, records, bytes, masked, filtered }: DataRange): void {
  if (lastOffset > last.lastOffset) last.lastOffset = lastOffset;
  last.records += records;
  last.bytes += bytes;
  last.masked = addUp(last.masked, masked);
  last.filtered = addUp(last.filtered, filtered);
}

/** Unites a range with those it overlaps or touches; counts add up, since a record that was read twice was read twice. */
export function mergeRange(sorted: readonly DataRange[], range: DataRange): DataRange[] {
  const before: DataRange[] = [];
  const after: DataRange[] = [];
  const united: Growing = { ...range };
  for (const each of sorted) {
    if (each.lastOffset + 1n < united.firstOffset) before.push(each);
    else if (united.lastOffset + 1n < each.firstOffset) after.push(each);
    else {
      if (each.firstOffset < united.firstOffset) united.firstOffset = each.firstOffset;
      extend(united, each);
    }
  }
  return [...before, united, ...after];
}

/** The same object where there is nothing to add, as for nearly all data. */
export function addUp(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  let total: Record<string, number> | null = null;
  for (const rule in b) {
    total ??= { ...a };
    total[rule] = (total[rule] ?? 0) + (b[rule] ?? 0);
  }
  return total ?? a;
}
