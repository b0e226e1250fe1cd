// Recordings: one encrypted file a session, flushed at 64 KiB or after a second. Bounded in memory and on disk; never in the way of traffic:
// what cannot be kept is counted and said in the file itself, records first, then whole frames.
import type { KeyObject } from "node:crypto";
import type { Cancel, Clock } from "../base/clock.ts";
import { GroupedTimer } from "../base/grouped-timer.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { FrameToKeep } from "../model/recording.ts";
import type { Session } from "../model/session.ts";
import { type Disk, realDisk } from "./disk.ts";
import { FrameBuffer, type MeasuredFrame, measureFrame } from "./frames.ts";
import type { RecordingCounts, Recordings, SessionRecording } from "./recorder.ts";
import { type BlockCounts, RecordingFile, type RecordingFileOptions } from "./recording-file.ts";

/** A block that is in the file; its commitment belongs in the audit log. */
export interface ChunkCommitment {
  readonly session: string;
  readonly index: number;
  /** Hex; covers all blocks before it too. */
  readonly commitment: string;
  /** True for the footer: nothing follows. */
  readonly last: boolean;
}

export interface RecordingOptions {
  readonly directory: string;
  /** The key-encryption key (keys.ts makes one at first start). */
  readonly wrappingKey: Sensitive<Buffer>;
  /** X25519, public: seals what is kept from before masking. */
  readonly rawKey?: KeyObject | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Called for each block once it is in the file. Must not throw. */
  readonly onChunk?: (chunk: ChunkCommitment) => void;
  readonly disk?: Disk;
}

const chunkBytes = 64 * 1024;
const chunkMs = 1_000;

type Shared = { -readonly [Name in keyof RecordingCounts]: number };

export function createRecordings(options: RecordingOptions): Recordings {
  const timer = new GroupedTimer(options.clock, chunkMs, limits.auditGroupMs);
  const shared: Shared = { bytes: 0, lostFrames: 0, droppedPayloads: 0 };
  const { disk = realDisk, rawKey = null } = options;
  const files = { ...options, rawKey, disk };
  return { open: (session) => new OpenRecording(session, options, files, shared, timer), counts: () => shared };
}

const noApis: readonly string[] = [];

/** Frames that wait for the next chunk, and what of them did not fit. */
class Gathering {
  readonly buffer = new FrameBuffer();
  frames = 0;
  lost = 0;
  dropped = 0;
  firstAt: number | null = null;
  apis: readonly string[] = noApis;

  take(): { readonly bytes: Buffer; readonly counts: Omit<BlockCounts, "lastAt"> } | null {
    if (this.firstAt === null) return null;
    const counts = {
      frames: this.frames,
      lostFrames: this.lost,
      droppedPayloads: this.dropped,
      firstAt: this.firstAt,
      apis: this.apis,
    };
    this.apis = noApis;
    this.frames = this.lost = this.dropped = 0;
    this.firstAt = null;
    return { bytes: this.buffer.take(), counts };
  }
}

class OpenRecording implements SessionRecording {
  readonly #session: Session;
  readonly #options: RecordingOptions;
  readonly #file: RecordingFile;
  readonly #shared: Shared;
  /** Everybody's: what falls due together keeps the threads of the disk awake, which costs less than to wake them for each. */
  readonly #chunkTimer: GroupedTimer;
  readonly #frames = new Gathering();
  /** Made for a first frame of its kind: most sessions have none. */
  #raw: Gathering | null = null;
  /** A list, and written anew for each that is new: there are few, and a set of three takes as much as one of eight. */
  #apis: readonly string[] = noApis;
  /** Bytes that were gathered and are not in the file yet. */
  #writingBytes = 0;
  #lastAt: number;
  #index = 0;
  #timer: Cancel | null = null;
  #turn: Promise<void> = Promise.resolve();
  #ending: Promise<void> | null = null;

  constructor(
    session: Session,
    options: RecordingOptions,
    files: RecordingFileOptions,
    shared: Shared,
    chunkTimer: GroupedTimer,
  ) {
    this.#session = session;
    this.#options = options;
    this.#shared = shared;
    this.#chunkTimer = chunkTimer;
    this.#file = new RecordingFile(session, files);
    this.#lastAt = session.startedAt;
  }

  frame(frame: FrameToKeep): void {
    if (this.#ending) return;
    const into = frame.direction === "raw" ? (this.#raw ??= new Gathering()) : this.#frames;
    into.firstAt ??= frame.at;
    this.#lastAt = frame.at;
    this.#learnApi(frame, into);
    const whole = measureFrame(frame, true);
    if (this.#fits(whole, limits.recordingFileBytesMax)) this.#append(into, whole);
    else this.#appendWithoutRecords(into, frame);
    // While one chunk is being written the next one grows: fewer, larger writes when it is busy.
    if (this.#waiting() >= chunkBytes && this.#writingBytes === 0) this.#flush();
    else this.#timer ??= this.#chunkTimer.after(() => this.#flush());
  }

  /** The list of sessions tells which APIs were used, without a key. */
  #learnApi({ direction, api }: FrameToKeep, into: Gathering): void {
    if (direction !== "request" || this.#apis.includes(api) || this.#apis.length >= limits.recordingApisMax) return;
    this.#apis = [...this.#apis, api];
    into.apis = [...into.apis, api];
  }

  #appendWithoutRecords(into: Gathering, frame: FrameToKeep): void {
    const bare = frame.direction === "raw" || frame.direction === "sent" ? null : measureFrame(frame, false);
    if (bare && this.#fits(bare, 2 * limits.recordingFileBytesMax)) this.#append(into, bare);
    else if (bare) this.#lose(into, 1);
    else this.#drop(into, 1);
  }

  #append(into: Gathering, measured: MeasuredFrame): void {
    into.buffer.append(measured);
    into.frames++;
    if (measured.dropped) this.#drop(into, 1);
    this.#shared.bytes += measured.bytes;
  }

  #lose(into: Gathering, frames: number): void {
    into.lost += frames;
    this.#shared.lostFrames += frames;
  }

  #drop(into: Gathering, payloads: number): void {
    into.dropped += payloads;
    this.#shared.droppedPayloads += payloads;
  }

  #fits({ bytes }: MeasuredFrame, fileBytesMax: number): boolean {
    const waiting = this.#waiting() + this.#writingBytes;
    return (
      waiting + bytes <= limits.recordingQueueBytesMax &&
      this.#shared.bytes + bytes <= limits.recordingsQueueBytesMax &&
      this.#file.bytes + waiting + bytes <= fileBytesMax
    );
  }

  #waiting(): number {
    return this.#frames.buffer.length + (this.#raw === null ? 0 : this.#raw.buffer.length);
  }

  #flush(): void {
    this.#timer?.();
    this.#timer = null;
    for (const [kind, gathering] of [["chunk", this.#frames] as const, ["raw", this.#raw] as const]) {
      const taken = gathering?.take() ?? null;
      if (taken === null) continue;
      this.#writingBytes += taken.bytes.length;
      const counts = { ...taken.counts, lastAt: this.#lastAt };
      this.#turn = this.#writeAfter(this.#turn, kind, taken.bytes, counts);
    }
  }

  async #writeAfter(before: Promise<void>, kind: "chunk" | "raw", bytes: Buffer, counts: BlockCounts): Promise<void> {
    await before;
    if (!(await this.#write(kind, counts, bytes))) {
      const into = kind === "raw" ? (this.#raw ??= new Gathering()) : this.#frames;
      // what the block itself had to tell was counted before; its frames were not
      if (kind === "raw") this.#drop(into, counts.frames);
      else this.#lose(into, counts.frames);
      if (kind === "raw") into.dropped += counts.droppedPayloads;
      else into.lost += counts.lostFrames;
      into.firstAt ??= counts.firstAt;
    }
    this.#writingBytes -= bytes.length;
    this.#shared.bytes -= bytes.length;
    if (this.#waiting() >= chunkBytes) this.#flush();
  }

  async #write(kind: "chunk" | "raw" | "footer", counts: BlockCounts, frames: Buffer): Promise<boolean> {
    const written = kind === "raw" ? { ...counts, frames: 0 } : counts;
    const commitment = await this.#file.write(kind, written, frames);
    if (commitment === null) return false;
    const { id: session } = this.#session;
    this.#options.onChunk?.({ session, index: this.#index++, commitment, last: kind === "footer" });
    return true;
  }

  end(): Promise<void> {
    this.#ending ??= this.#finish();
    return this.#ending;
  }

  async #finish(): Promise<void> {
    this.#flush();
    await this.#turn;
    // what a last failed write left to be told
    const lostFrames = this.#frames.lost;
    const droppedPayloads = this.#frames.dropped + (this.#raw?.dropped ?? 0);
    const { startedAt } = this.#session;
    const counts = {
      frames: 0,
      lostFrames,
      droppedPayloads,
      firstAt: startedAt,
      lastAt: this.#lastAt,
      apis: this.#apis,
    };
    await this.#write("footer", counts, Buffer.alloc(0));
    this.#file.close();
  }
}
