// What a process with all its living descendants has used, from Linux's /proc: CPU seconds, the figure that a busy machine disturbs least, and
// resident memory.
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks of /proc are hundredths of a second on every Linux that matters (USER_HZ). */
const ticksPerSecond = 100;

/** User and system seconds. */
export function cpuSeconds(pid: number): number {
  return family(pid).reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond;
}

/** Resident bytes: now, or at their highest since the process began. */
export function residentBytes(pid: number, which: "now" | "peak"): number {
  const line = which === "now" ? /VmRSS:\s+(\d+) kB/ : /VmHWM:\s+(\d+) kB/;
  return family(pid).reduce((sum, { id }) => sum + Number(line.exec(textOf(id, "status"))?.[1] ?? 0) * 1024, 0);
}

function family(pid: number): { id: number; ticks: number }[] {
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const id = Number(name);
    const fields = Number.isInteger(id) ? statFields(id) : undefined;
    if (fields === undefined) continue;
    parents.set(id, Number(fields[1]));
    ticks.set(id, Number(fields[11]) + Number(fields[12]));
  }
  const belongs = (id: number | undefined): boolean => id !== undefined && (id === pid || belongs(parents.get(id)));
  return [...ticks].filter(([id]) => belongs(id)).map(([id, used]) => ({ id, ticks: used }));
}

/** The fields of /proc/PID/stat after the name, which may hold blanks and brackets; the first is the state. */
function statFields(pid: number): string[] | undefined {
  const text = textOf(pid, "stat");
  return text === "" ? undefined : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Empty where it ended between the listing and now. */
function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
