// The section `audit`: where the log and the recordings are, how long they are kept, where events and checkpoints go besides.
import { z } from "zod";
import { duration, optional, path, type ValueContext } from "./values.ts";

export function auditSection(context: ValueContext) {
  const recordings = z.strictObject({
    /** Made when missing; may be inside another folder, not the log's own. */
    directory: path(context, "anything"),
    /** `metadata`: sizes and names only. `masked`: record values as the client saw them. `none`: no recordings. */
    payloads: z.enum(["none", "metadata", "masked"]).default("metadata"),
  });
  const retain = z
    .strictObject({
      events: duration().prefault("400d"),
      recordings: duration().prefault("30d"),
    })
    .prefault({})
    .transform(({ events, recordings: kept }) => ({ eventsMs: events, recordingsMs: kept }));
  return z
    .strictObject({
      /** Made when missing. */
      directory: path(context, "anything"),
      /** The Ed25519 key that signs checkpoints; made at first start when there is no such file. */
      key: z.strictObject({ file: path(context, "anything") }),
      recordings: optional(recordings),
      retain,
      /** What happens to new operations while the log cannot be written. `allow` lets them pass unrecorded. */
      onFailure: z.enum(["refuse", "allow"]).default("refuse"),
    })
    .transform(({ key, ...rest }) => ({ ...rest, keyFile: key.file }));
}
