// The recordings of a gateway: their keys, and what of them goes into the log. A session's end commits the log to its whole recording; what
// runs is told every few seconds for all sessions together, so that a gateway that dies leaves its recordings provable up to then.
import { realDisk } from "../audit/disk.ts";
import { loadEncryptionKey, loadRawPublicKey } from "../audit/keys.ts";
import type { RecordingCounts, SessionRecording } from "../audit/recorder.ts";
import { type ChunkCommitment, createRecordings } from "../audit/recording.ts";
import type { Cancel } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import type { FrameToKeep } from "../model/recording.ts";
import type { Session } from "../model/session.ts";
import type { EventSink, FrameSink } from "../pipeline/session-sinks.ts";
import type { GatewayParts } from "./parts.ts";

/** Sessions in one event; each takes some 130 bytes, and an entry has 64 KiB. */
const sessionsPerEventMax = 400;

export interface RecordingsRoom {
  /** A new session's recording; null where sessions are not recorded. */
  open(session: Session): FrameSink | null;
  counts(): RecordingCounts | null;
}

export async function openRecordings(
  { config, clock, log }: GatewayParts,
  events: EventSink,
  stack: AsyncDisposableStack,
): Promise<RecordingsRoom> {
  const { recordings } = config.audit;
  if (!recordings || recordings.payloads === "none") return { open: () => null, counts: () => null };
  const { directory, payloads: level, keyFile, rawKeyFile } = recordings;
  const wrappingKey = await loadEncryptionKey(realDisk, keyFile);
  const rawKey = rawKeyFile === null ? null : await loadRawPublicKey(realDisk, rawKeyFile);
  const seals = new Map<string, JsonObject>();
  /** Sessions whose recordings grew since the log was told. */
  const grown = new Set<string>();
  const onChunk = ({ session, index, commitment }: ChunkCommitment) => {
    seals.set(session, { chunks: index + 1, commitment });
    grown.add(session);
    timer ??= clock.after(limits.recordingCommitMs, commit);
  };
  let timer: Cancel | null = null;

  function commit(): void {
    timer = null;
    const ids = [...grown];
    grown.clear();
    for (let at = 0; at < ids.length; at += sessionsPerEventMax) {
      const its = ids.slice(at, at + sessionsPerEventMax).flatMap((id) => {
        const seal = seals.get(id);
        return seal ? [[id, seal] as const] : []; // an ended one is told by its session's end
      });
      if (its.length === 0) continue;
      const details = { recordings: Object.fromEntries(its) };
      // the log keeps its own health; a session's end tells the same once more
      events.record({ code: "recording.committed", at: clock.now(), actor: null, details }).catch(() => {});
    }
  }
  stack.defer(() => timer?.());

  const room = createRecordings({ directory, wrappingKey, rawKey, clock, log, onChunk });
  const open = (session: Session): FrameSink | null => {
    const recording = room.open(session);
    if (!recording) return null;
    return new KeptSession(recording, level, session.id, seals);
  };
  return { open, counts: () => room.counts() };
}

/** A class, not a literal: ten thousand idle sessions have one each. */
class KeptSession implements FrameSink {
  readonly level: FrameSink["level"];
  readonly #recording: SessionRecording;
  readonly #id: string;
  readonly #seals: Map<string, JsonObject>;

  constructor(recording: SessionRecording, level: FrameSink["level"], id: string, seals: Map<string, JsonObject>) {
    this.#recording = recording;
    this.level = level;
    this.#id = id;
    this.#seals = seals;
  }

  frame(frame: FrameToKeep): void {
    this.#recording.frame(frame);
  }

  async end(): Promise<JsonObject | null> {
    await this.#recording.end();
    const seal = this.#seals.get(this.#id) ?? null;
    this.#seals.delete(this.#id);
    return seal;
  }
}
