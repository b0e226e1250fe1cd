// What a process has used of the processor, from Linux's /proc: the one figure that a busy machine disturbs least.
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks of /proc are hundredths of a second on every Linux that matters (USER_HZ). */
const ticksPerSecond = 100;

/** User and system seconds of a process with all its living descendants. */
export function cpuSeconds(pid: number): number {
  const [parents, ticks] = [new Map<number, number>(), new Map<number, number>()];
  for (const name of readdirSync("/proc")) {
    const id = Number(name);
    const fields = Number.isInteger(id) ? statFields(id) : undefined;
    if (fields === undefined) continue;
    parents.set(id, Number(fields[1]));
    ticks.set(id, Number(fields[11]) + Number(fields[12]));
  }
  const belongs = (id: number | undefined): boolean => id !== undefined && (id === pid || belongs(parents.get(id)));
  return [...ticks].reduce((sum, [id, used]) => (belongs(id) ? sum + used : sum), 0) / ticksPerSecond;
}

/** The fields of /proc/PID/stat after the name, which may hold blanks and brackets; the first is the state. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    // It ended between the listing and now.
    return undefined;
  }
}
