// What a process holds of the memory, from Linux's /proc.
import { family, textOf } from "./cpu.ts";

const lines = { now: /VmRSS:\s+(\d+) kB/, peak: /VmHWM:\s+(\d+) kB/ } as const;

/** Resident bytes of a process with all its living descendants, those of mapped files among them: now, or at their highest so far. */
export function residentBytes(pid: number, which: keyof typeof lines = "now"): number {
  return family(pid).reduce((sum, { id }) => sum + Number(lines[which].exec(textOf(id, "status"))?.[1] ?? 0) * 1024, 0);
}
