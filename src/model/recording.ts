// One line of a session's recording: a frame in either direction, said in words and numbers. What may be kept was decided before.
import type { JsonObject } from "../base/json.ts";

export interface RecordedFrame {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `request` goes to the broker, `response` to the client. `event` is the gateway's own: login, hold, end. */
  readonly direction: "request" | "response" | "event";
  /** `Fetch`; for an event its code. */
  readonly api: string;
  readonly version: number;
  /** The protocol's own number that joins request and response; -1 for events. */
  readonly correlation: number;
  /** Bytes on the client's wire. */
  readonly bytes: number;
  /** The decoded message as far as the payload setting allows, with byte fields as sizes. Never SASL bytes or sensitive configs. */
  readonly body: JsonObject;
}
