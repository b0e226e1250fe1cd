// What a process has used of the processor, from Linux's /proc: the one figure that a busy machine disturbs least.
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks of /proc are hundredths of a second on every Linux that matters (USER_HZ). */
const ticksPerSecond = 100;

/** User and system seconds of a process with all its descendants. */
export function cpuSeconds(pid: number): number {
  return family(pid).reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond;
}

/**
 * The same of one process' living threads, without its descendants, to the nanosecond: for differences over less than a second, where hundredths are
 * too coarse. Not for a process whose threads end meanwhile.
 */
export function cpuSecondsExactly(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    nanoseconds += Number(textOf(pid, `task/${thread}/schedstat`).split(" ", 1)[0] ?? 0);
  return nanoseconds / 1e9;
}

/** The process and its living descendants. */
export function family(pid: number): { id: number; ticks: number }[] {
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const id = Number(name);
    const fields = Number.isInteger(id) ? statFields(id) : undefined;
    if (fields === undefined) continue;
    parents.set(id, Number(fields[1]));
    // its own, and of children that have ended: of those that live each tells its own
    ticks.set(
      id,
      fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0),
    );
  }
  const belongs = (id: number | undefined): boolean => id !== undefined && (id === pid || belongs(parents.get(id)));
  return [...ticks].filter(([id]) => belongs(id)).map(([id, used]) => ({ id, ticks: used }));
}

/** The fields of /proc/PID/stat after the name, which may hold blanks and brackets; the first is the state. */
function statFields(pid: number): string[] | undefined {
  const text = textOf(pid, "stat");
  return text === "" ? undefined : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** A file of /proc/PID; empty where the process ended between the listing and now. */
export function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
