// Legal holds: what must not be removed or erased, whatever its age. A hold names a session, a principal or a topic; events and recordings
// that touch it stay. Kept beside the log in `holds.json`; the log has an event for each that was placed or released.
// What cannot be read holds everything: nothing is removed then.
import { join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { type Disk, readFileIfThere, replaceFile, syncFolder } from "./disk.ts";
import { logPlaces } from "./logs.ts";
import { decodeEvent } from "./query.ts";
import { readEntries } from "./snapshot.ts";

export const holdKinds = ["session", "principal", "topic"] as const;
export type HoldKind = (typeof holdKinds)[number];

export interface LegalHold {
  /** `hold_…` */
  readonly id: string;
  readonly kind: HoldKind;
  readonly name: string;
  readonly why: string;
  readonly placedBy: string;
  /** Milliseconds since 1970. */
  readonly placedAt: number;
}

/** Oldest first. Rejects with `audit-corrupt` where the file is there and cannot be understood. */
export async function readHolds(disk: Disk, folder: string): Promise<LegalHold[]> {
  const text = (await readFileIfThere(disk, join(folder, "holds.json")))?.toString("utf8");
  if (text === undefined) return [];
  try {
    const holds: LegalHold[] = JSON.parse(text);
    if (Array.isArray(holds) && holds.every(isHold)) return holds;
  } catch {
    // said below
  }
  throw new LockkeeperError(
    "audit-corrupt",
    `${folder}/holds.json cannot be read: mend it, until then nothing is removed`,
  );
}

function isHold(hold: Partial<LegalHold> | null): boolean {
  return typeof hold?.id === "string" && typeof hold.name === "string" && holdKinds.some((kind) => kind === hold.kind);
}

export async function writeHolds(disk: Disk, folder: string, holds: readonly LegalHold[]): Promise<void> {
  await replaceFile(disk, join(folder, "holds.json"), Buffer.from(`${JSON.stringify(holds, null, 2)}\n`), 0o600);
  await syncFolder(disk, folder);
}

/** The hold that keeps this session, or null. `topics` are those that it read or wrote. */
export function holdOf(
  holds: readonly LegalHold[],
  session: { readonly session: string; readonly principal: string | null; readonly topics: ReadonlySet<string> },
): LegalHold | null {
  const held = ({ kind, name }: LegalHold): boolean => {
    if (kind === "session") return name === session.session;
    return kind === "principal" ? name === session.principal : session.topics.has(name);
  };
  return holds.find(held) ?? null;
}

/** True where the bytes may hold anything of a held name: a name that stands there for another reason keeps them too. */
export function mayHold(holds: readonly LegalHold[], bytes: Buffer): boolean {
  return holds.some(({ name }) => bytes.includes(JSON.stringify(name)));
}

/**
 * Sessions that a hold keeps, as far as the logs know them: by its id, by who logged in, by the topics of its operations and data. Reads
 * each log once, bundle by bundle; only entries that may speak of a held name are decoded.
 */
export async function heldSessions(
  disk: Disk,
  logs: readonly { readonly folder: string }[],
  holds: readonly LegalHold[],
): Promise<Set<string>> {
  const sessions = new Set(holds.filter(({ kind }) => kind === "session").map(({ name }) => name));
  const others = holds.filter(({ kind }) => kind !== "session");
  if (others.length === 0) return sessions;
  for (const { folder } of logs) {
    for await (const entry of readEntries(disk, folder, 0)) {
      if (!mayHold(others, entry.bytes)) continue;
      const { session, principal, resource, ranges, sent } = decodeEvent(entry);
      if (session === null) continue;
      const topics = new Set([...ranges, ...sent].map(({ topic }) => (typeof topic === "string" ? topic : "")));
      if (resource?.type === "topic") topics.add(resource.name);
      if (holdOf(others, { session, principal, topics })) sessions.add(session);
    }
  }
  return sessions;
}

/** `folder` is the configuration's. Before a recording is erased on request. Throws a sentence that names the hold: a court's order outlives a person's wish. */
export async function refuseIfHeld(
  disk: Disk,
  folder: string,
  { session, principal }: { readonly session: string; readonly principal: string | null },
): Promise<void> {
  const holds = await readHolds(disk, folder);
  if (holds.length === 0) return;
  const own = holdOf(holds, { session, principal, topics: new Set() });
  if (own === null && !(await heldSessions(disk, await logPlaces(folder, disk), holds)).has(session)) return;
  const name = own?.id ?? holds.map(({ id }) => id).join(", ");
  throw new LockkeeperError(
    "config-invalid",
    `${session} is under a legal hold (${name}): lockkeeper audit hold release ends it`,
  );
}
