// What a recording keeps of a session: its frames as they were on the client's wire, without what must not be kept. Decoding is the
// replay's work, so that the hot path copies a few dozen bytes and builds nothing.
import type { JsonObject } from "../base/json.ts";

/**
 * How much of a frame is kept. `none`: that it was there, when and how large. `metadata`: all but the records. `masked`: records too, as
 * the client saw them. `raw`: also as they were before masking, for a key that the gateway does not have.
 */
export const payloadLevels = ["none", "metadata", "masked", "raw"] as const;
export type PayloadLevel = (typeof payloadLevels)[number];

export function keepsRecords(level: PayloadLevel): boolean {
  return level === "masked" || level === "raw";
}

/** What is told of the records of one partition when they are not kept. Offsets are -1 where the client does not say them. */
export interface RecordsDigest {
  readonly batches: number;
  readonly records: number;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
}

/** A part of a frame that is left out. Cuts of one frame ascend and do not overlap. */
export interface Cut {
  /** Offset in the whole frame. */
  readonly at: number;
  readonly length: number;
  /** Null for a secret, which is left out at every level. */
  readonly records: RecordsDigest | null;
}

/** A frame as a protocol hands it over: valid until the call that it is given to returns. */
export interface KeptFrame {
  /** The whole frame on the client's side; empty where there is nothing but notes. */
  readonly pieces: readonly Buffer[];
  readonly cuts: readonly Cut[];
  /** True where the cut parts are not in the pieces: they passed by, and nobody has them any more. */
  readonly alreadyCut?: boolean;
  /** What the bytes do not say: names of topic ids, masks, why something was refused. */
  readonly notes: JsonObject | null;
}

export const nothingKept: KeptFrame = Object.freeze({ pieces: [], cuts: [], notes: null });

/**
 * `request` comes from the client, `response` goes to it. `event` is the gateway's own: login, hold, end. `sent` is a request with records
 * once more, as it went to the broker. `raw` is a frame with records before masking.
 */
export const frameKinds = ["request", "response", "event", "sent", "raw"] as const;
export type FrameKind = (typeof frameKinds)[number];

export interface FrameFacts {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: FrameKind;
  /** `Fetch`; for an event its code. */
  readonly api: string;
  readonly version: number;
  /** The protocol's own number that joins request and response; -1 for events. */
  readonly correlation: number;
  /** Bytes on the client's wire. */
  readonly bytes: number;
  readonly level: PayloadLevel;
}

/** One frame on its way into a recording. */
export interface FrameToKeep extends FrameFacts {
  readonly kept: KeptFrame;
}

/** One frame as it comes out of a recording. */
export interface RecordedFrame extends FrameFacts {
  /** True where records were to be kept, and did not fit. */
  readonly payloadDropped: boolean;
  /** The kept bytes without the cut ones; empty where only notes were kept. */
  readonly frame: Buffer;
  readonly cuts: readonly Cut[];
  readonly notes: JsonObject;
}

/** What a request and its answer came to, for a person. */
export interface Told {
  /** Goes on after who it was: `reads orders[3] 4711–4802, 92 records`. */
  readonly text: string;
  /** Nothing happened: an empty fetch, a heartbeat. */
  readonly quiet: boolean;
}

/** One record as a replay prints it. Key and value are text where they are text. */
export interface ShownRecord {
  readonly topic: string;
  readonly partition: number;
  /** Null where the broker had not given it one. */
  readonly offset: bigint | null;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** Reads a protocol's frames back. Told the frames of one session in order, since it learns names on the way. */
export interface Storyteller {
  /** Learns from a request before its answer is there; tells it at once where there will be no answer. */
  meet(request: RecordedFrame): Told | null;
  /** `request` is null where it was lost; `response` where there is no answer. Throws nothing: what cannot be read is said. */
  tell(request: RecordedFrame | null, response: RecordedFrame | null): Told;
  /** The records of a frame that kept them. */
  records(frame: RecordedFrame): readonly ShownRecord[];
}
