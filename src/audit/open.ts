// Opens the audit log of a folder: lock, key, recovery, and a first checkpoint. The composition root calls this and nothing deeper.
import { join } from "node:path";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { type Disk, makeFolder, readFileIfThere, realDisk, replaceFile } from "./disk.ts";
import { journalFiles } from "./journal.ts";
import { loadSigningKey } from "./keys.ts";
import { lockFolder } from "./lock.ts";
import { type AuditLog, createLog, type LogSettings } from "./log.ts";
import { emptyRoot } from "./merkle.ts";
import { type NoteSigner, noteSigner, verifierKey } from "./note.ts";
import { type Recovered, recover } from "./recover.ts";
import { resumeRotation } from "./rotation.ts";
import { emptyEdge } from "./tiles.ts";
import { writeCheckpoint } from "./tree.ts";

export interface OpenLogOptions extends Omit<LogSettings, "checkpointMs" | "heartbeatMs"> {
  readonly directory: string;
  /** The Ed25519 key's file (PEM, PKCS #8), made when it is not there. */
  readonly keyFile: string;
  /** Milliseconds; 1,000 unless told. */
  readonly checkpointMs?: number;
  /** Milliseconds; 60,000 unless told. */
  readonly heartbeatMs?: number;
  /** Bytes of one journal file after which the next one begins; 4 MiB unless told. */
  readonly journalFileBytesMax?: number;
  readonly disk?: Disk;
}

/**
 * The log's origin, the first line of its checkpoints: a name that no other log has.
 * What a key name may not hold (spaces, `+`) becomes `-`.
 */
export function logOrigin(gateway: string): string {
  return `lockkeeper/${gateway.replace(/[^\w.-]+/gu, "-")}`;
}

/**
 * Rejects with `audit-unavailable` (the folder cannot be written, or another gateway has it), `audit-corrupt` (what is there
 * does not fit together) or `config-invalid` (the key file).
 */
export async function openAuditLog(options: OpenLogOptions): Promise<AuditLog> {
  const { directory: folder, keyFile, disk = realDisk } = options;
  try {
    await makeFolder(disk, join(folder, "journal"));
    await makeFolder(disk, join(folder, "tile"));
  } catch (error) {
    throw unusable(folder, error);
  }
  const lock = await lockFolder(disk, folder);
  let log: AuditLog | null = null;
  try {
    const origin = logOrigin(options.source.gateway);
    await resumeRotation(disk, folder, keyFile, origin, options.clock.now());
    const signer = noteSigner(origin, await loadSigningKey(disk, keyFile));
    await claimFolder(disk, folder, signer);
    const recovered = (await recover(disk, folder, signer)) ?? (await begin(disk, folder, signer, options));
    log = createLog(
      {
        disk,
        folder,
        signer,
        recovered,
        segmentBytesMax: options.journalFileBytesMax ?? 4 * 1024 * 1024,
        release: lock.release,
      },
      { ...options, checkpointMs: options.checkpointMs ?? 1_000, heartbeatMs: options.heartbeatMs ?? 60_000 },
    );
    if (recovered.torn) await noteTorn(disk, log, recovered.torn, options);
    if (lock.takenOver) await noteCrash(log, options);
    await log.checkpoint();
    return log;
  } catch (error) {
    // A log that runs already has timers and releases the lock itself.
    await (log ? log.close().catch(() => {}) : lock.release());
    throw error instanceof LockkeeperError ? error : unusable(folder, error);
  }
}

function unusable(folder: string, error: unknown): LockkeeperError {
  const reason = describeError(error);
  return new LockkeeperError("audit-unavailable", `the audit directory ${folder} cannot be used: ${reason}`, {
    cause: error,
  });
}

/** A folder belongs to one key; another key would make a log that no old verifier key can check. */
async function claimFolder(disk: Disk, folder: string, signer: NoteSigner): Promise<void> {
  const path = join(folder, "log.pub");
  const there = (await readFileIfThere(disk, path))?.toString("utf8").trim();
  const mine = verifierKey(signer);
  if (there === undefined) return replaceFile(disk, path, Buffer.from(`${mine}\n`));
  if (there !== mine) {
    throw new LockkeeperError(
      "audit-corrupt",
      `the audit log in ${folder} belongs to another key or gateway name (${there}): use its key file and name, or another directory`,
    );
  }
}

/** A new log begins with a signed checkpoint of the empty tree, so that a missing checkpoint is never innocent. */
async function begin(disk: Disk, folder: string, signer: NoteSigner, options: OpenLogOptions): Promise<Recovered> {
  const leftOvers = [
    ...(await disk.readdir(join(folder, "tile"))),
    ...(await journalFiles(disk, join(folder, "journal"))),
  ];
  if (leftOvers.length > 0) {
    throw new LockkeeperError("audit-corrupt", `the audit log in ${folder} has lost its checkpoint: restore it whole`);
  }
  const note = signCheckpoint(0, emptyRoot, signer, options.clock.now());
  await writeCheckpoint(disk, folder, note);
  return { edge: emptyEdge(), note, entries: [], lastSequence: 0, torn: null };
}

/** What was cut off stays beside the journal for whoever investigates, and the log says so itself. */
async function noteTorn(disk: Disk, log: AuditLog, torn: NonNullable<Recovered["torn"]>, options: OpenLogOptions) {
  await replaceFile(disk, `${torn.path}.torn`, torn.content, 0o600);
  options.log.warn({ path: torn.path, bytes: torn.bytes }, "the audit journal ended in a torn entry");
  await log.record({
    code: "log.gap",
    at: options.clock.now(),
    actor: null,
    details: { reason: "the journal ended in a torn entry", bytes: torn.bytes },
  });
}

/** No decision is lost, since each is recorded before its effect; what only followed may be: outcomes, and ranges of the last second. */
async function noteCrash(log: AuditLog, options: OpenLogOptions): Promise<void> {
  options.log.warn({ path: options.directory }, "the process before did not stop in order");
  await log.record({
    code: "log.gap",
    at: options.clock.now(),
    actor: null,
    details: { reason: "the process before was killed: outcomes and ranges of its last second may be missing" },
  });
}
