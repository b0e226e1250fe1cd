// A recorded frame → the message that it was. What was cut out comes back as zeros of the same size, so that every length fits; what is
// known of the records stands beside them.
import { LockkeeperError } from "../../../base/errors.ts";
import type { RecordedFrame, RecordsDigest } from "../../../model/recording.ts";
import { readRequestHeader, responseBodyOffset } from "../header.ts";
import { scannedDigest } from "../kept.ts";
import { apiByName } from "../messages/index.ts";
import type { ApiMessages } from "../schema.ts";

/** One message of a recording, decoded. */
export interface Restored {
  readonly api: ApiMessages;
  readonly version: number;
  /** The message; its type is that of the API. */
  readonly message: unknown;
  /** Whole, size prefix included. */
  readonly frame: Buffer;
  /** What a byte field of this message held: from the records themselves where they were kept. */
  digest(records: Buffer): RecordsDigest;
  /** True where these records were kept. */
  hasRecords(records: Buffer): boolean;
}

/** Null where nothing of the frame was kept. Throws `audit-corrupt`, `message-malformed`, `version-unsupported`. */
export function restore(recorded: RecordedFrame, side: "request" | "response"): Restored | null {
  if (recorded.frame.length === 0) return null;
  const api = apiByName(recorded.api);
  if (!api) throw new LockkeeperError("audit-corrupt", `the recording holds an API that this version does not know`);
  const frame = filled(recorded);
  const message =
    side === "request"
      ? api.request.decodeStart(frame, readRequestHeader(frame).bodyOffset, recorded.version).value
      : api.response.decode(frame, responseBodyOffset(api, recorded.version, frame), recorded.version);
  const cutAt = (records: Buffer) =>
    recorded.cuts.find(({ at }) => at === records.byteOffset - frame.byteOffset && records.length > 0);
  return {
    api,
    version: recorded.version,
    message,
    frame,
    digest: (records) => cutAt(records)?.records ?? scannedDigest(records),
    hasRecords: (records) => records.length > 0 && cutAt(records) === undefined,
  };
}

/** The frame with zeros where something was cut out. */
export function filled({ frame, cuts }: RecordedFrame): Buffer {
  if (cuts.length === 0) return frame;
  const whole = Buffer.alloc(frame.length + cuts.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  let to = 0;
  for (const { at, length } of cuts) {
    from += frame.copy(whole, to, from, from + at - to);
    to = at + length;
  }
  frame.copy(whole, to, from);
  return whole;
}
