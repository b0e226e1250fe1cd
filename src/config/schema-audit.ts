// The section `audit`: where the log and the recordings are, how long they are kept, where events and checkpoints go besides.
import { z } from "zod";
import { checkpointsSection, sinksSection } from "./schema-sinks.ts";
import { duration, optional, path, size, type ValueContext } from "./values.ts";

export function auditSection(context: ValueContext) {
  const recordings = z.strictObject({
    /** Made when missing; may be inside another folder, not the log's own. */
    directory: path(context, "anything"),
    /** `metadata`: sizes and names only. `masked`: record values as the client saw them. `none`: no recordings. */
    payloads: z.enum(["none", "metadata", "masked"]).default("metadata"),
  });
  const retain = z
    .strictObject({
      /** How long the log keeps its events. Their hashes stay for ever, so that the log goes on proving itself. */
      events: duration().prefault("400d"),
      /** The most that they take on the disk; the oldest go first. */
      eventsSize: optional(size()),
      /** How long a recording's file is kept after its session. */
      recordings: duration().prefault("30d"),
      recordingsSize: optional(size()),
      /** After this what a recording says can no longer be read: its key is destroyed, its hashes and totals stay. */
      payloads: optional(duration()),
    })
    .prefault({})
    .transform(({ events, eventsSize, recordings: kept, recordingsSize, payloads }) => ({
      events: { ageMsMax: events, bytesMax: eventsSize },
      recordings: { ageMsMax: kept, bytesMax: recordingsSize, payloadsMs: payloads },
    }));
  return z
    .strictObject({
      /** Made when missing. */
      directory: path(context, "anything"),
      /** The Ed25519 key that signs checkpoints; made at first start when there is no such file. */
      key: z.strictObject({ file: path(context, "anything") }),
      recordings: optional(recordings),
      retain,
      /** Where every event goes besides. */
      sinks: sinksSection(context),
      /** Where signed checkpoints go, out of reach of who owns this disk. */
      checkpoints: checkpointsSection(context),
      /** What happens to new operations while the log cannot be written. `allow` lets them pass unrecorded. */
      onFailure: z.enum(["refuse", "allow"]).default("refuse"),
    })
    .transform(({ key, ...rest }) => ({ ...rest, keyFile: key.file }));
}
