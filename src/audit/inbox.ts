// Events of processes beside the gateway: who replayed a recording, who placed a hold. The log has one writer, so the command line
// leaves its event in the folder `inbox` and waits until the gateway has recorded it; where no gateway runs it writes the log itself.
// Whoever may write into that folder may only tell of such acts: other codes are refused, and the owner of the file is the witness.
import { join } from "node:path";
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import type { AuditCode, AuditEvent } from "../model/audit-event.ts";
import { type Disk, isErrno, makeFolder, realDisk, replaceFile, syncFolder } from "./disk.ts";
import { folderHolder } from "./lock.ts";
import { type OpenLogOptions, openAuditLog } from "./open.ts";

/** What others than the gateway may say. */
const codesFromOutside = [
  "recording.viewed",
  "recording.exported",
  "recording.redriven",
  "recording.erased",
  "hold.placed",
  "hold.released",
] as const satisfies readonly AuditCode[];

export type OutsideCode = (typeof codesFromOutside)[number];
export type OutsideEvent = AuditEvent & { readonly code: OutsideCode };

const lookMs = 500;
const waitMs = 50;
const patienceMs = 10_000;
const eventBytesMax = 64 * 1024;

export interface InboxOptions {
  /** The audit log's folder. */
  readonly directory: string;
  readonly record: (event: AuditEvent, options: { readonly durable: true }) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly disk?: Disk;
}

export interface Inbox {
  /** Records what lies there now; resolves when that is done. What the log could not take stays. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** The gateway's side: looks into the folder twice a second. */
export function openInbox({ directory, record, clock, log, disk = realDisk }: InboxOptions): Inbox {
  const folder = join(directory, "inbox");
  let timer: Cancel | null = null;
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  async function take(name: string): Promise<void> {
    const path = join(folder, name);
    const { uid, size } = await disk.stat(path);
    const event = size > eventBytesMax ? null : parseOutside(await disk.readFile(path, "utf8"), uid);
    if (event) await record(event, { durable: true });
    else log.warn({ path }, "something in the audit inbox is no event of the command line: removed");
    await disk.rm(path, { force: true });
  }

  async function lookNow(): Promise<void> {
    const names = await disk.readdir(folder).catch((error: unknown) => {
      if (isErrno(error, "ENOENT")) return [];
      throw error;
    });
    // Names begin with their time.
    for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) if (name.endsWith(".json")) await take(name);
  }

  function look(): Promise<void> {
    running = running.then(lookNow).catch((error: unknown) => {
      log.warn({ path: folder, error: describeError(error) }, "the audit inbox waits");
    });
    return running;
  }

  function later(): void {
    timer = clock.after(lookMs, () => {
      void look().then(() => {
        if (!closed) later();
      });
    });
  }

  later();
  return {
    look,
    async close() {
      closed = true;
      timer?.();
      await running;
    },
  };
}

/** Null for what is not an event that may come from outside. The file's owner is added: the kernel says it, not the writer. */
function parseOutside(text: string, uid: number): AuditEvent | null {
  try {
    const event: OutsideEvent = JSON.parse(text);
    if (!codesFromOutside.includes(event.code) || event.actor === null || typeof event.at !== "number") return null;
    return { ...event, actor: { ...event.actor, mechanism: "local", claims: { uid } } };
  } catch {
    return null;
  }
}

export type OutsideOptions = Omit<OpenLogOptions, "onCheckpoint" | "checkpointMs" | "heartbeatMs">;

/**
 * The command line's side. Resolves once the event is in the log, durably. Rejects with `audit-unavailable` when it is not:
 * the act must then not happen.
 */
export async function recordFromOutside(options: OutsideOptions, event: OutsideEvent): Promise<void> {
  const { directory, clock, log, disk = realDisk } = options;
  const folder = join(directory, "inbox");
  const path = join(folder, `${newId("evt", event.at)}.json`);
  await makeFolder(disk, folder);
  await replaceFile(disk, path, Buffer.from(JSON.stringify(event)), 0o600);
  await syncFolder(disk, folder);
  const end = clock.monotonic() + patienceMs;
  try {
    while (await isThere(disk, path)) {
      if ((await folderHolder(disk, directory)) === null) {
        const audit = await openAuditLog(options);
        const inbox = openInbox({ directory, record: audit.record, clock, log, disk });
        await inbox.look();
        await inbox.close();
        await audit.close();
      } else if (clock.monotonic() > end) {
        throw new LockkeeperError(
          "audit-unavailable",
          "the gateway did not record this within 10 s, so it does not happen: see its log, or try again",
        );
      } else await new Promise<void>((resolve) => setTimeout(resolve, waitMs));
    }
  } finally {
    await disk.rm(path, { force: true });
  }
}

async function isThere(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.stat(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}
