// The file side of a recording: begins it with its wrapped keys, appends whole blocks, and cuts off what a failed write left behind.
import { type KeyObject, randomBytes } from "node:crypto";
import { join } from "node:path";
import { describeError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { Session } from "../model/session.ts";
import { type BlockMeta, encodeHead, headCommitment, pack, recordingFormat, sealBlock, type Totals } from "./chunks.ts";
import { type Disk, writeAll } from "./disk.ts";
import { encodeSessionKeys, keyPath } from "./recording-keys.ts";

/** `<dir>/<yyyy-mm-dd>/<session>.lkrec`, by the session's start in UTC. */
export function recordingFolder(directory: string, startedAt: number): string {
  return join(directory, new Date(startedAt).toISOString().slice(0, 10));
}

export interface BlockCounts extends Totals {
  readonly apis: readonly string[];
  /** Milliseconds since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface RecordingFile {
  /** Of the file, as far as it is written. */
  readonly bytes: number;
  /** The block's commitment, or null when the disk refused; the next block tries again from the last whole byte. */
  write(kind: BlockMeta["kind"], counts: BlockCounts, frames: Buffer): Promise<string | null>;
  /** Forgets the keys. */
  close(): void;
}

export interface RecordingFileOptions {
  readonly directory: string;
  readonly wrappingKey: Sensitive<Buffer>;
  /** X25519, public half; null where nothing is kept from before masking. */
  readonly rawKey: KeyObject | null;
  readonly log: Log;
  readonly disk: Disk;
}

const noFrames = Buffer.alloc(0);

/** Nothing is on the disk before the first block. Blocks are written one after the other by the caller. */
export function createRecordingFile(session: Session, options: RecordingFileOptions): RecordingFile {
  const { log, disk } = options;
  const { id, protocol, cluster, listener, node, client, startedAt, tls } = session;
  const folder = recordingFolder(options.directory, startedAt);
  const path = join(folder, `${id}.lkrec`);
  const key = randomBytes(32);
  const rawKey = options.rawKey && randomBytes(32);
  const salt = randomBytes(16).toString("base64");
  const facts = { session: id, protocol, cluster, listener, node, client, startedAt, tls };
  const headLine = encodeHead({ format: recordingFormat, ...facts, salt });
  const headHash = headCommitment(headLine);
  const total = { frames: 0, lostFrames: 0, droppedPayloads: 0 };
  let previous = headHash;
  let index = 0;
  /** Whole bytes of the file; null before it exists. */
  let fileBytes: number | null = null;
  /** A write failed: there may be half a block behind the whole bytes. */
  let torn = false;

  /** The wrapped keys first: a recording without its key would be of no use. */
  async function begin(): Promise<number> {
    await disk.mkdir(folder, { recursive: true, mode: 0o700 });
    const raw = rawKey && options.rawKey ? { key: rawKey, recipient: options.rawKey } : null;
    const keys = encodeSessionKeys(id, key, options.wrappingKey, raw);
    for (const [file, bytes] of [[keyPath(path), keys] as const, [path, headLine] as const]) {
      const handle = await disk.open(file, "w", 0o600);
      try {
        await writeAll(handle, bytes);
      } finally {
        await handle.close();
      }
    }
    return headLine.length;
  }

  function metaOf(kind: BlockMeta["kind"], counts: BlockCounts): BlockMeta {
    const { identity, software, clientId } = session;
    return {
      kind,
      index,
      previous,
      ...counts,
      total: plus(total, counts),
      clientId,
      principal: identity?.principal ?? null,
      groups: identity?.groups ?? [],
      software: software && `${software.name} ${software.version}`.trim(),
    };
  }

  async function write(kind: BlockMeta["kind"], counts: BlockCounts, frames: Buffer): Promise<string | null> {
    const blockKey = kind === "raw" && rawKey ? rawKey : key;
    const packed = kind === "footer" ? noFrames : await pack(frames);
    const meta = metaOf(kind, counts);
    const sealed = sealBlock(meta, packed, blockKey, headHash, salt);
    try {
      fileBytes ??= await begin();
      if (torn) await disk.truncate(path, fileBytes);
      torn = true;
      // Opened anew each time: fifty thousand quiet sessions must not hold as many open files.
      const handle = await disk.open(path, "a");
      try {
        await writeAll(handle, sealed.bytes);
      } finally {
        await handle.close();
      }
      torn = false;
      fileBytes += sealed.bytes.length;
    } catch (error) {
      log.warn({ session: id, path, error: describeError(error) }, "a recording cannot be written");
      return null;
    }
    Object.assign(total, meta.total);
    previous = sealed.commitment;
    index++;
    return sealed.commitment;
  }

  return {
    get bytes() {
      return fileBytes ?? 0;
    },
    write,
    close: () => {
      key.fill(0);
      rawKey?.fill(0);
    },
  };
}

function plus(a: Totals, b: Totals): Totals {
  return {
    frames: a.frames + b.frames,
    lostFrames: a.lostFrames + b.lostFrames,
    droppedPayloads: a.droppedPayloads + b.droppedPayloads,
  };
}
