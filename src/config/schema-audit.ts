// The section `audit`: where the log and the recordings are, how long they are kept, where events and checkpoints go besides.
import { dirname, join } from "node:path";
import { z } from "zod";
import { payloadLevels } from "../model/recording.ts";
import { checkpointsSection, sinksSection } from "./schema-sinks.ts";
import { duration, optional, path, size, type ValueContext } from "./values.ts";

export function auditSection(context: ValueContext) {
  const recordings = z.strictObject({
    /** Made when missing; may be inside another folder, not the log's own. */
    directory: path(context, "anything"),
    /**
     * What is kept where no policy says otherwise (`record contains …`). `metadata`: all but the records, whose offsets, counts and sizes are
     * told. `masked`: records too, as the client saw them. `raw`: also as they were before masking, sealed to `rawKey`. `none`: no recordings.
     */
    payloads: z.enum(payloadLevels).default("metadata"),
    /** 32 bytes in base 64 that wrap each session's own key; made at first start. Beside the log's key where it is not given. */
    key: optional(z.strictObject({ file: path(context, "anything") })),
    /** Keys that wrapped older sessions: replay needs them until `lockkeeper sessions rewrap` was run. */
    oldKeys: z.array(z.strictObject({ file: path(context, "file") })).default([]),
    /** An X25519 public key (PEM). Who holds its private half reads what was recorded before masking; the gateway cannot. */
    rawKey: optional(z.strictObject({ file: path(context, "file") })),
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
    .transform(({ key, recordings: its, ...rest }) => ({
      ...rest,
      keyFile: key.file,
      recordings: its && {
        directory: its.directory,
        payloads: its.payloads,
        keyFile: its.key?.file ?? join(dirname(key.file), "recordings.key"),
        oldKeyFiles: its.oldKeys.map(({ file }) => file),
        rawKeyFile: its.rawKey?.file ?? null,
      },
    }));
}
