// A journal whose disk is slow, or hangs, holds up every new operation: the operational log says so while it lasts, and how long it took afterwards.
// It changes nothing of what the journal does.
import type { Clock } from "../base/clock.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Journal } from "./journal.ts";

export function tellWhenSlow(journal: Journal, path: string, { clock, log }: { clock: Clock; log: Log }): Journal {
  async function watched(work: Promise<void>): Promise<void> {
    const from = clock.monotonic();
    let told = false;
    const cancel = clock.after(limits.auditSlowMs, () => {
      told = true;
      log.warn({ path }, "the audit log waits for its disk: new operations wait with it");
    });
    try {
      await work;
    } finally {
      cancel();
      const durationMs = Math.round(clock.monotonic() - from);
      if (told) log.warn({ path, durationMs }, "the audit log had to wait for its disk");
    }
  }

  return {
    ...journal,
    write: (entries, firstIndex, written) => watched(journal.write(entries, firstIndex, written)),
    sync: () => watched(journal.sync()),
  };
}
