// Recordings: one encrypted file a session, flushed at 64 KiB or after a second. Bounded in memory; never in the way of traffic:
// what cannot be kept is counted and said in the file itself. Which frames and bodies come in was decided before.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { RecordedFrame } from "../model/recording.ts";
import type { Session } from "../model/session.ts";
import { type BlockMeta, encodeFrame, encodeHead, headCommitment, recordingFormat, sealBlock } from "./chunks.ts";
import { type Disk, realDisk, writeAll } from "./disk.ts";
import type { Recordings, SessionRecording } from "./recorder.ts";
import { wrapKey, wrappingKeyId } from "./wrap.ts";

/** A block that is in the file; its commitment belongs in the audit log. */
export interface ChunkCommitment {
  readonly session: string;
  readonly index: number;
  /** Hex; covers all blocks before it too. */
  readonly commitment: string;
  readonly frames: number;
  readonly lostFrames: number;
  /** True for the footer: nothing follows. */
  readonly last: boolean;
}

export interface RecordingOptions {
  readonly directory: string;
  /** The key-encryption key (keys.ts makes one at first start). */
  readonly wrappingKey: Sensitive<Buffer>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called for each block once it is in the file. Must not throw. */
  readonly onChunk?: (chunk: ChunkCommitment) => void;
  readonly disk?: Disk;
}

const chunkBytes = 64 * 1024;
const chunkMs = 1_000;

/** `<dir>/<yyyy-mm-dd>/<session>.lkrec`, by the session's start in UTC. */
export function recordingFolder(directory: string, startedAt: number): string {
  return join(directory, new Date(startedAt).toISOString().slice(0, 10));
}

async function after(turn: Promise<void>, run: () => Promise<void>): Promise<void> {
  await turn;
  await run();
}

export function createRecordings(options: RecordingOptions): Recordings {
  return { open: (session) => openRecording(session, options) };
}

/** For `payloads: none`. */
export const noRecordings: Recordings = { open: () => null };

function openRecording(session: Session, options: RecordingOptions): SessionRecording {
  const { clock, log, wrappingKey, disk = realDisk } = options;
  const folder = recordingFolder(options.directory, session.startedAt);
  const path = join(folder, `${session.id}.lkrec`);
  const key = randomBytes(32);
  const salt = randomBytes(16).toString("base64");
  const { id, protocol, cluster, listener, node, client, startedAt, tls } = session;
  const headLine = encodeHead({
    format: recordingFormat,
    session: id,
    protocol,
    cluster,
    listener,
    node,
    client,
    startedAt,
    tls,
    wrappingKey: wrappingKeyId(wrappingKey),
    salt,
  });
  const headHash = headCommitment(headLine);
  let previous = headHash;
  let index = 0;
  /** Bytes of the file that are whole; null before it exists. */
  let fileBytes: number | null = null;
  let lines: string[] = [];
  let lineBytes = 0;
  /** Bytes taken out of `lines` and not in the file yet. */
  let writingBytes = 0;
  let frames = 0;
  let lost = 0;
  let firstAt = startedAt;
  let lastAt = startedAt;
  const totals = { frames: 0, lost: 0 };
  let timer: Cancel | null = null;
  let turn: Promise<void> = Promise.resolve();
  let ended = false;

  function frame(recorded: RecordedFrame): void {
    if (ended) return;
    const line = encodeFrame(recorded);
    // Counted in UTF-16 units: near enough for a bound, and free.
    if (lineBytes + writingBytes + line.length > limits.recordingQueueBytesMax) lost++;
    else {
      if (frames === 0) firstAt = recorded.at;
      lines.push(line);
      lineBytes += line.length;
      frames++;
    }
    lastAt = recorded.at;
    if (lineBytes >= chunkBytes) void flush();
    else timer ??= clock.after(chunkMs, () => void flush());
  }

  function flush(): Promise<void> {
    timer?.();
    timer = null;
    const text = lines.join("");
    const taken = { frames, lost, firstAt, lastAt };
    const bytes = lineBytes;
    writingBytes += bytes;
    lines = [];
    lineBytes = frames = lost = 0;
    turn = after(turn, async () => {
      const empty = taken.frames === 0 && taken.lost === 0;
      if (!empty && !(await writeBlock("chunk", taken, text))) lost += taken.frames + taken.lost;
      writingBytes -= bytes;
    });
    return turn;
  }

  function metaOf(
    kind: BlockMeta["kind"],
    counts: { frames: number; lost: number; firstAt: number; lastAt: number },
  ): BlockMeta {
    const { identity, software, clientId } = session;
    return {
      kind,
      index,
      previous,
      frames: counts.frames,
      lostFrames: counts.lost,
      firstAt: counts.firstAt,
      lastAt: counts.lastAt,
      principal: identity?.principal ?? null,
      groups: identity?.groups ?? [],
      software: software && `${software.name} ${software.version}`.trim(),
      clientId,
    };
  }

  /** False when the disk refused; the next block tries again from the last whole byte. */
  async function writeBlock(
    kind: BlockMeta["kind"],
    counts: Parameters<typeof metaOf>[1],
    text: string,
  ): Promise<boolean> {
    const sealed = sealBlock(metaOf(kind, counts), text, key, headHash, salt);
    try {
      fileBytes ??= await begin();
      await disk.truncate(path, fileBytes);
      const handle = await disk.open(path, "a");
      try {
        await writeAll(handle, sealed.bytes);
      } finally {
        await handle.close();
      }
      fileBytes += sealed.bytes.length;
    } catch (error) {
      log.warn({ session: id, path, error: describeError(error) }, "a recording cannot be written");
      return false;
    }
    previous = sealed.commitment;
    options.onChunk?.({
      session: id,
      index,
      commitment: sealed.commitment,
      frames: counts.frames,
      lostFrames: counts.lost,
      last: kind === "footer",
    });
    index++;
    totals.frames += kind === "chunk" ? counts.frames : 0;
    totals.lost += kind === "chunk" ? counts.lost : 0;
    return true;
  }

  /** The wrapped key first: a recording without its key would be of no use. */
  async function begin(): Promise<number> {
    await disk.mkdir(folder, { recursive: true, mode: 0o700 });
    const wrapped = JSON.stringify({
      session: id,
      wrappingKey: wrappingKeyId(wrappingKey),
      key: wrapKey(key, id, wrappingKey),
    });
    for (const [file, bytes] of [
      [join(folder, `${id}.key`), Buffer.from(`${wrapped}\n`)],
      [path, headLine],
    ] as const) {
      const handle = await disk.open(file, "w", 0o600);
      try {
        await writeAll(handle, bytes);
      } finally {
        await handle.close();
      }
    }
    return headLine.length;
  }

  async function end(): Promise<void> {
    if (ended) return turn;
    ended = true;
    await flush();
    const counts = { frames: totals.frames, lost: totals.lost + lost, firstAt: startedAt, lastAt };
    await writeBlock("footer", counts, "");
    key.fill(0);
  }

  return { frame, end };
}
