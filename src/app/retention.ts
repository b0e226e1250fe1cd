// Retention of a gateway: once an hour what is due goes from the log and from the recordings, each with an event that says so first.
// A failure is loud and removes nothing: it is tried again.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { realDisk } from "../audit/disk.ts";
import { heldSessions, type LegalHold, mayHold, readHolds } from "../audit/holds.ts";
import type { AuditLog } from "../audit/log.ts";
import { logPlaces } from "../audit/logs.ts";
import { dueBundles, pruneBundles, removeLeftOvers } from "../audit/retention.ts";
import {
  type DueRecordings,
  dueRecordings,
  removeRecordings,
  type StoredRecording,
  storedRecordings,
} from "../audit/retention-recordings.ts";
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config/schema.ts";

export interface RetentionParts {
  readonly audit: AuditLog;
  readonly config: Pick<Config["audit"], "directory" | "retain"> & {
    readonly recordings: { readonly directory: string } | null;
  };
  /** The folder of the legal holds, and of all logs of this gateway. */
  readonly root: string;
  /** Events before this were delivered to every sink. */
  readonly delivered: () => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Retention {
  /** Removes what is due now. Never rejects. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export function startRetention(parts: RetentionParts): Retention {
  const { clock, log, audit } = parts;
  let timer: Cancel | null = null;
  let running: Promise<void> = Promise.resolve();
  let failing = false;

  async function once(): Promise<void> {
    try {
      await removeDue(parts);
      failing = false;
    } catch (error) {
      const reason = describeError(error);
      log.error({ error: reason }, "retention could not remove what is due");
      if (!failing) {
        const event = { code: "retention.failed", at: clock.now(), actor: null, details: { error: reason } } as const;
        await audit.record(event).catch(() => {});
      }
      failing = true;
    }
  }

  function run(): Promise<void> {
    running = running.then(once);
    return running;
  }

  function later(ms: number): void {
    timer = clock.after(ms, () => void run().then(() => timer && later(limits.retentionMs)));
  }

  later(limits.retentionFirstMs);
  return {
    run,
    async close() {
      timer?.();
      timer = null;
      await running;
    },
  };
}

async function removeDue({ audit, config, root, delivered, clock, log }: RetentionParts): Promise<void> {
  const { directory: folder, retain, recordings } = config;
  const now = clock.now();
  await removeLeftOvers(realDisk, folder);
  const holds = await readHolds(realDisk, root);
  const bundles = await dueBundles(realDisk, folder, retain.events, holds, { now, before: await delivered() });
  const stored = recordings ? await storedRecordings(realDisk, recordings.directory) : [];
  const asked = holds.length > 0 && stored.length > 0;
  const held = asked ? await heldSessions(realDisk, await logPlaces(root), holds) : new Set<string>();
  const isHeld = (session: string) => held.has(session);
  const aged = dueRecordings(stored, retain.recordings, isHeld, now);
  const due = { remove: await notHeld(aged.remove, holds), shred: await notHeld(aged.shred, holds) };
  if (bundles.length + due.remove.length + due.shred.length === 0) return;
  const prune = {
    disk: realDisk,
    folder,
    record: audit.record,
    settle: audit.settle,
    now,
  };
  const [first, ...rest] = batches(due);
  for (const details of rest) await pruneBundles(prune, [], details);
  await pruneBundles(prune, bundles, first ?? {});
  await removeRecordings(realDisk, due);
  log.info({ count: due.remove.length + due.shred.length }, "retention removed what was due");
}

/** A recording says in plain text who its session was; its events may be gone from the log. */
async function notHeld(due: readonly StoredRecording[], holds: readonly LegalHold[]): Promise<StoredRecording[]> {
  const byPrincipal = holds.filter(({ kind }) => kind === "principal");
  if (byPrincipal.length === 0) return [...due];
  const free: StoredRecording[] = [];
  for (const each of due) {
    if (!mayHold(byPrincipal, await readFile(join(each.folder, `${each.session}.lkrec`)))) free.push(each);
  }
  return free;
}

/** Every recording that goes is named, in as many events as that takes: `sessions verify` looks for it. */
function batches({ remove, shred }: DueRecordings): JsonObject[] {
  const gone = [
    ...remove.map(({ session }) => ({ session, key: "recordings_removed" })),
    ...shred.map(({ session }) => ({ session, key: "recordings_shredded" })),
  ];
  const events: JsonObject[] = [];
  for (let at = 0; at < gone.length; at += limits.retentionNamesMax) {
    const some = Map.groupBy(gone.slice(at, at + limits.retentionNamesMax), ({ key }) => key);
    const told = [...some].map(([key, its]) => [key, { count: its.length, sessions: its.map((it) => it.session) }]);
    events.push(Object.fromEntries(told));
  }
  return events;
}
