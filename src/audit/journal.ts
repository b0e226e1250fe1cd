// The journal: what is recorded and not yet in the tree. One append-only file at a time; a new one begins with all that the
// tree does not hold, so the newest file alone is enough to recover from, and older ones are rubbish.
// File: "LKJ1", base index (uint64); then for each entry: length (uint32), CRC-32 of index and entry (uint32), entry. Big-endian.
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { limits } from "../base/limits.ts";
import { type Disk, type DiskHandle, syncFolder, writeAll } from "./disk.ts";

const magic = Buffer.from("LKJ1");
const headBytes = 12;
const frameHeadBytes = 8;
const suffix = ".lkj";

function encodeHead(base: number): Buffer {
  const head = Buffer.alloc(headBytes);
  magic.copy(head);
  head.writeBigUInt64BE(BigInt(base), magic.length);
  return head;
}

/** The index is part of the sum, so that a frame in the wrong place is as bad as a flipped bit. */
function checksum(index: number, entry: Uint8Array): number {
  const place = Buffer.alloc(8);
  place.writeBigUInt64BE(BigInt(index));
  return crc32(entry, crc32(place));
}

export function encodeFrames(entries: readonly Buffer[], firstIndex: number): Buffer {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + frameHeadBytes + entry.length, 0));
  let at = 0;
  for (const [i, entry] of entries.entries()) {
    at = bytes.writeUInt32BE(entry.length, at);
    at = bytes.writeUInt32BE(checksum(firstIndex + i, entry), at);
    at += entry.copy(bytes, at);
  }
  return bytes;
}

export interface JournalContent {
  /** Index of the first entry. */
  readonly base: number;
  readonly entries: readonly Buffer[];
  /** Bytes behind the last whole entry: a write that a crash cut, or damage. */
  readonly tornBytes: number;
}

/** Null when not even the head is whole. */
export function decodeJournal(bytes: Buffer): JournalContent | null {
  if (bytes.length < headBytes || !bytes.subarray(0, magic.length).equals(magic)) return null;
  const base = Number(bytes.readBigUInt64BE(magic.length));
  const entries: Buffer[] = [];
  let at = headBytes;
  while (at + frameHeadBytes <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const end = at + frameHeadBytes + length;
    if (length === 0 || length > limits.auditEntryBytesMax || end > bytes.length) break;
    const entry = bytes.subarray(at + frameHeadBytes, end);
    if (checksum(base + entries.length, entry) !== bytes.readUInt32BE(at + 4)) break;
    entries.push(entry);
    at = end;
  }
  return { base, entries, tornBytes: bytes.length - at };
}

export interface JournalFile {
  readonly sequence: number;
  readonly path: string;
}

/** Oldest first. */
export async function journalFiles(disk: Disk, folder: string): Promise<JournalFile[]> {
  const names = (await disk.readdir(folder)).filter((name) => /^\d{12}\.lkj$/.test(name)).toSorted();
  return names.map((name) => ({ sequence: Number(name.slice(0, -suffix.length)), path: join(folder, name) }));
}

export interface Journal {
  /**
   * Appends a group in one write and calls `written` before anything else can happen to the journal.
   * Rejects with what the disk said; nothing of the group counts then.
   */
  write(entries: readonly Buffer[], firstIndex: number, written: () => void): Promise<void>;
  /** Resolves once all that was written before is on the disk. Concurrent calls share one fdatasync. */
  sync(): Promise<void>;
  /** Begins a new file now: what is in the tree is in no journal afterwards. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

interface Segment {
  readonly path: string;
  readonly handle: DiskHandle;
  readonly inode: number;
  /** Bytes written since it began. */
  appendedBytes: number;
  /** From here on the next write begins a new file: never sooner than after as much as that must copy. */
  readonly rollAtBytes: number;
  syncing: Promise<void> | null;
}

export interface JournalOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly lastSequence: number;
  readonly segmentBytesMax: number;
  /** Rejects when the folder is not the one that it was: a file must not begin in another log, or in none. */
  readonly assertOurs: () => Promise<void>;
  /** What the tree does not hold yet, and the index of its first entry. */
  readonly kept: () => { readonly base: number; readonly entries: readonly Buffer[] };
}

export function createJournal(options: JournalOptions): Journal {
  const { disk, folder, lastSequence, segmentBytesMax, kept, assertOurs } = options;
  let sequence = lastSequence;
  let segment: Segment | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let running: Promise<void> | null = null;
  let queued: Promise<void> | null = null;

  /** Writes and new files happen one after the other. */
  function exclusive<T>(run: () => Promise<T>): Promise<T> {
    const result = turn.then(run);
    turn = result.catch(() => {});
    return result;
  }

  async function drop(old: Segment | null): Promise<void> {
    if (segment === old) segment = null;
    await old?.syncing?.catch(() => {});
    await old?.handle.close().catch(() => {});
  }

  /** Begins a new file: written aside and synced first, so that under its final name it is never without what it must hold. */
  async function roll(): Promise<Segment> {
    const old = segment;
    await assertOurs();
    sequence++;
    const path = join(folder, `${String(sequence).padStart(12, "0")}${suffix}`);
    const { base, entries } = kept();
    const first = Buffer.concat([encodeHead(base), encodeFrames(entries, base)]);
    const handle = await disk.open(`${path}.new`, "w", 0o600);
    try {
      await writeAll(handle, first);
      await handle.sync();
      await disk.rename(`${path}.new`, path);
      await syncFolder(disk, folder);
      const inode = (await handle.stat()).ino;
      const rollAtBytes = Math.max(segmentBytesMax, first.length);
      segment = { path, handle, inode, appendedBytes: 0, rollAtBytes, syncing: null };
    } catch (error) {
      await handle.close().catch(() => {});
      await disk.rm(`${path}.new`, { force: true }).catch(() => {});
      throw error;
    }
    if (old) await drop(old);
    // Left-overs do no harm (the newest file counts), so failing to remove them is no failure.
    for (const file of await journalFiles(disk, folder).catch(() => [])) {
      if (file.sequence < sequence) await disk.rm(file.path, { force: true }).catch(() => {});
    }
    return segment;
  }

  /** A folder that was removed or replaced still takes writes through an open file: what counts is the file at its path. */
  async function assertLinked(held: Segment): Promise<void> {
    if ((await disk.stat(held.path)).ino !== held.inode) throw new Error("the journal was replaced");
  }

  async function startSync(): Promise<void> {
    const held = segment;
    if (held === null) {
      await exclusive(async () => segment ?? roll());
      return;
    }
    try {
      held.syncing = held.handle.datasync();
      await held.syncing;
      await assertLinked(held);
    } catch (error) {
      // After a failed fdatasync the kernel may have forgotten the pages: only a new file with all entries is trusted.
      await drop(held);
      throw error;
    }
  }

  function sync(): Promise<void> {
    if (running === null) {
      running = startSync().finally(() => {
        running = null;
      });
      return running;
    }
    // The one under way may have begun before our write: the next one, shared by all who ask meanwhile, has not.
    queued ??= running
      .catch(() => {})
      .then(() => {
        queued = null;
        return sync();
      });
    return queued;
  }

  return {
    write: (entries, firstIndex, written) =>
      exclusive(async () => {
        const held = segment && segment.appendedBytes < segment.rollAtBytes ? segment : await roll();
        const bytes = encodeFrames(entries, firstIndex);
        try {
          await writeAll(held.handle, bytes);
          await assertLinked(held);
        } catch (error) {
          await drop(held);
          throw error;
        }
        held.appendedBytes += bytes.length;
        written();
      }),
    sync,
    renew: () => exclusive(async () => void (await roll())),
    close: () => exclusive(() => drop(segment)),
  };
}
