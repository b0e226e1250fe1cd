// Recordings: one encrypted file a session, flushed at 64 KiB or after a second. Bounded in memory; never in the way of traffic:
// what cannot be kept is counted and said in the file itself. Which frames and bodies come in was decided before.
import type { Cancel, Clock } from "../base/clock.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { RecordedFrame } from "../model/recording.ts";
import type { Session } from "../model/session.ts";
import { type BlockMeta, encodeFrame } from "./chunks.ts";
import { type Disk, realDisk } from "./disk.ts";
import type { Recordings, SessionRecording } from "./recorder.ts";
import { type BlockCounts, createRecordingFile } from "./recording-file.ts";

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

export function createRecordings(options: RecordingOptions): Recordings {
  return { open: (session) => openRecording(session, options) };
}

/** For `payloads: none`. */
export const noRecordings: Recordings = { open: () => null };

/** Frames that wait for the next chunk. */
interface Gathered {
  readonly lines: string[];
  bytes: number;
  lost: number;
  firstAt: number | null;
}

function nothing(): Gathered {
  return { lines: [], bytes: 0, lost: 0, firstAt: null };
}

function openRecording(session: Session, options: RecordingOptions): SessionRecording {
  const { clock, onChunk, disk = realDisk } = options;
  const file = createRecordingFile(session, { ...options, disk });
  let gathered = nothing();
  /** Bytes that were gathered and are not in the file yet. */
  let writingBytes = 0;
  let lastAt = session.startedAt;
  let index = 0;
  const totals = { frames: 0, lost: 0 };
  let timer: Cancel | null = null;
  let turn: Promise<void> = Promise.resolve();
  let ending: Promise<void> | null = null;

  function frame(recorded: RecordedFrame): void {
    if (ending) return;
    const line = encodeFrame(recorded);
    // Counted in UTF-16 units: near enough for a bound, and free.
    if (gathered.bytes + writingBytes + line.length > limits.recordingQueueBytesMax) gathered.lost++;
    else {
      gathered.lines.push(line);
      gathered.bytes += line.length;
    }
    gathered.firstAt ??= recorded.at;
    lastAt = recorded.at;
    // While one chunk is being written the next one grows: fewer, larger writes when it is busy.
    if (gathered.bytes >= chunkBytes && writingBytes === 0) flush();
    else timer ??= clock.after(chunkMs, flush);
  }

  function flush(): void {
    timer?.();
    timer = null;
    const taken = gathered;
    gathered = nothing();
    if (taken.firstAt === null) return;
    writingBytes += taken.bytes;
    turn = writeAfter(turn, taken, { firstAt: taken.firstAt, lastAt });
  }

  async function writeAfter(before: Promise<void>, taken: Gathered, times: Pick<BlockCounts, "firstAt" | "lastAt">) {
    await before;
    const counts = { frames: taken.lines.length, lost: taken.lost, ...times };
    if (await write("chunk", counts, taken.lines.join(""))) {
      totals.frames += counts.frames;
      totals.lost += counts.lost;
    } else {
      gathered.lost += counts.frames + counts.lost;
      gathered.firstAt ??= times.firstAt;
    }
    writingBytes -= taken.bytes;
    if (gathered.bytes >= chunkBytes) flush();
  }

  async function write(kind: BlockMeta["kind"], counts: BlockCounts, frames: string): Promise<boolean> {
    const commitment = await file.write(kind, counts, frames);
    if (commitment === null) return false;
    onChunk?.({
      session: session.id,
      index: index++,
      commitment,
      frames: counts.frames,
      lostFrames: counts.lost,
      last: kind === "footer",
    });
    return true;
  }

  async function finish(): Promise<void> {
    flush();
    await turn;
    const lost = totals.lost + gathered.lost;
    await write("footer", { frames: totals.frames, lost, firstAt: session.startedAt, lastAt }, "");
    file.close();
  }

  return { frame, end: () => (ending ??= finish()) };
}
