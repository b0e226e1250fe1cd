// What a process holds of the memory, from Linux's /proc.
import { readFileSync } from "node:fs";

/** Resident bytes, those of mapped files among them. */
export function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}
