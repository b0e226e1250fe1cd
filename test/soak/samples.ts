// What the gateway's processes hold, sampled each second: resident memory, open files, and the heap, whose lowest value of a minute is what a collection
// leaves. And whether it grows: the first third after the warm-up against the last. From Linux's /proc and from /metrics.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Sample {
  readonly atMs: number;
  readonly rssMiB: number;
  readonly heapMiB: number;
  readonly files: number;
  readonly sockets: number;
  readonly sessions: number;
}

const MiB = 1 << 20;

export async function sample(pid: number, control: string, atMs: number): Promise<Sample> {
  const pids = processTree(pid);
  const links = pids.flatMap(linksOf);
  const metrics = await (await fetch(`http://${control}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
  return {
    atMs,
    rssMiB: pids.reduce((sum, id) => sum + rssKiB(id), 0) / 1024,
    heapMiB: value("nodejs_heap_size_used_bytes") / MiB,
    // what a thread or the event loop has opened for itself (pipes, eventfds) is not a client's
    files: links.filter((link) => link.startsWith("/")).length,
    sockets: links.filter((link) => link.startsWith("socket:")).length,
    sessions: value("lockkeeper_connections_open"),
  };
}

/** A process and all that it started. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = textOf(`/proc/${name}/stat`);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const belongs = (id: number | undefined): boolean => id !== undefined && (id === pid || belongs(parents.get(id)));
  return [...parents.keys()].filter(belongs);
}

function rssKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0);
}

function linksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${name}`)];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
}

export interface Growth {
  readonly first: number;
  readonly last: number;
  /** For an hour, along the line that fits best. */
  readonly anHour: number;
  readonly grows: boolean;
}

/** Of the values of windows in order of time; `slack` is what may come between the first third and the last. */
export function growthOf(values: readonly { readonly atMs: number; readonly value: number }[], slack: number): Growth {
  const third = Math.max(1, Math.floor(values.length / 3));
  const [first, last] = [median(values.slice(0, third)), median(values.slice(-third))];
  const mean = (of: (one: { atMs: number; value: number }) => number) =>
    values.reduce((sum, one) => sum + of(one), 0) / values.length;
  const [at, level] = [mean(({ atMs }) => atMs), mean(({ value }) => value)];
  const over = mean(({ atMs, value }) => (atMs - at) * (value - level));
  const spread = mean(({ atMs }) => (atMs - at) ** 2);
  return { first, last, anHour: spread === 0 ? 0 : (over / spread) * 3_600_000, grows: last > first * 1.1 + slack };
}

function median(values: readonly { readonly value: number }[]): number {
  const sorted = values.map(({ value }) => value).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
