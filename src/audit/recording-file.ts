// The file side of a recording: begins it with its wrapped key, appends whole blocks, and cuts off what a failed write left behind.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describeError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { Session } from "../model/session.ts";
import { type BlockMeta, encodeHead, headCommitment, recordingFormat, sealBlock } from "./chunks.ts";
import { type Disk, writeAll } from "./disk.ts";
import { wrapKey, wrappingKeyId } from "./wrap.ts";

/** `<dir>/<yyyy-mm-dd>/<session>.lkrec`, by the session's start in UTC. */
export function recordingFolder(directory: string, startedAt: number): string {
  return join(directory, new Date(startedAt).toISOString().slice(0, 10));
}

export interface BlockCounts {
  readonly frames: number;
  readonly lost: number;
  /** Milliseconds since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface RecordingFile {
  /** The block's commitment, or null when the disk refused; the next block tries again from the last whole byte. */
  write(kind: BlockMeta["kind"], counts: BlockCounts, frames: string): Promise<string | null>;
  /** Forgets the key. */
  close(): void;
}

export interface RecordingFileOptions {
  readonly directory: string;
  readonly wrappingKey: Sensitive<Buffer>;
  readonly log: Log;
  readonly disk: Disk;
}

/** Nothing is on the disk before the first block. Blocks are written one after the other by the caller. */
export function createRecordingFile(session: Session, options: RecordingFileOptions): RecordingFile {
  const { wrappingKey, log, disk } = options;
  const { id, protocol, cluster, listener, node, client, startedAt, tls } = session;
  const folder = recordingFolder(options.directory, startedAt);
  const path = join(folder, `${id}.lkrec`);
  const key = randomBytes(32);
  const salt = randomBytes(16).toString("base64");
  const facts = { session: id, protocol, cluster, listener, node, client, startedAt, tls };
  const headLine = encodeHead({ format: recordingFormat, ...facts, wrappingKey: wrappingKeyId(wrappingKey), salt });
  const headHash = headCommitment(headLine);
  let previous = headHash;
  let index = 0;
  /** Whole bytes of the file; null before it exists. */
  let fileBytes: number | null = null;

  /** The wrapped key first: a recording without its key would be of no use. */
  async function begin(): Promise<number> {
    await disk.mkdir(folder, { recursive: true, mode: 0o700 });
    const wrapped = { session: id, wrappingKey: wrappingKeyId(wrappingKey), key: wrapKey(key, id, wrappingKey) };
    const files = [
      [join(folder, `${id}.key`), Buffer.from(`${JSON.stringify(wrapped)}\n`)],
      [path, headLine],
    ] as const;
    for (const [file, bytes] of files) {
      const handle = await disk.open(file, "w", 0o600);
      try {
        await writeAll(handle, bytes);
      } finally {
        await handle.close();
      }
    }
    return headLine.length;
  }

  function metaOf(kind: BlockMeta["kind"], { frames, lost, firstAt, lastAt }: BlockCounts): BlockMeta {
    const { identity, software, clientId } = session;
    return {
      kind,
      index,
      previous,
      frames,
      lostFrames: lost,
      firstAt,
      lastAt,
      clientId,
      principal: identity?.principal ?? null,
      groups: identity?.groups ?? [],
      software: software && `${software.name} ${software.version}`.trim(),
    };
  }

  async function write(kind: BlockMeta["kind"], counts: BlockCounts, frames: string): Promise<string | null> {
    const sealed = sealBlock(metaOf(kind, counts), frames, key, headHash, salt);
    try {
      fileBytes ??= await begin();
      await disk.truncate(path, fileBytes);
      // Opened anew each time: fifty thousand quiet sessions must not hold as many open files.
      const handle = await disk.open(path, "a");
      try {
        await writeAll(handle, sealed.bytes);
      } finally {
        await handle.close();
      }
      fileBytes += sealed.bytes.length;
    } catch (error) {
      log.warn({ session: id, path, error: describeError(error) }, "a recording cannot be written");
      return null;
    }
    previous = sealed.commitment;
    index++;
    return sealed.commitment;
  }

  return {
    write,
    close: () => {
      key.fill(0);
    },
  };
}
