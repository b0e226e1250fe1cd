// The audit trail of a gateway: the log, the sums of the data plane, the recordings.
import { dirname, join } from "node:path";
import { realDisk } from "../audit/disk.ts";
import { openInbox } from "../audit/inbox.ts";
import { loadEncryptionKey } from "../audit/keys.ts";
import { openAuditLog } from "../audit/open.ts";
import { type ChunkCommitment, createRecordings } from "../audit/recording.ts";
import { createTally } from "../audit/tally.ts";
import { describeError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { Session } from "../model/session.ts";
import type { EventSink, FrameSink, RangeSink } from "../pipeline/session-audit.ts";
import { openOutlets } from "./outlets.ts";
import type { GatewayParts } from "./parts.ts";
import { startRetention } from "./retention.ts";

export interface AuditTrail {
  readonly events: EventSink;
  readonly ranges: RangeSink;
  /** A new session's recording; null where sessions are not recorded. */
  recording(session: Session): FrameSink | null;
  healthy(): boolean;
}

/** Beside the log's own key: whoever may read recordings needs this one and not the other. */
export function recordingKeyFile(auditKeyFile: string): string {
  return join(dirname(auditKeyFile), "recordings.key");
}

export async function openAuditTrail(parts: GatewayParts, stack: AsyncDisposableStack): Promise<AuditTrail> {
  const { config, clock, log, version } = parts;
  const { directory, keyFile, onFailure } = config.audit;
  let recording: EventSink | null = null;
  const outlets = openOutlets(parts, () => recording);
  // Closed after the log, so that its last events go out too.
  stack.defer(() => outlets.close());
  const audit = await openAuditLog({
    directory,
    keyFile,
    clock,
    log,
    source: { gateway: config.gateway.name, version },
    onCheckpoint: outlets.checkpoint,
  });
  stack.defer(() => audit.close());
  const events: EventSink = {
    async record(event, options) {
      try {
        await audit.record(event, options);
      } catch (error) {
        if (onFailure === "refuse") throw error;
        log.error({ error: describeError(error) }, "an event was lost: audit.onFailure allows what cannot be recorded");
      }
    },
  };
  recording = events;
  stack.defer(() => events.record({ code: "gateway.stopped", at: clock.now(), actor: null }).catch(() => {}));
  const { delivered } = outlets;
  const retention = startRetention({ audit, config: config.audit, delivered, clock, log });
  stack.defer(() => retention.close());
  const inbox = openInbox({ directory, record: (event, durable) => audit.record(event, durable), clock, log });
  stack.defer(() => inbox.close());
  const tally = createTally({ clock, emit: (event) => events.record(event) });
  stack.defer(() =>
    tally.flush().catch((error: unknown) => log.error({ error: describeError(error) }, "ranges were not recorded")),
  );
  return {
    events,
    ranges: {
      add: (actor, direction, range) => tally.add(actor, direction, range),
      addSent: (actor, sent) => tally.addSent(actor, sent),
      end: (session) => void tally.end(session),
    },
    recording: await recorder(parts),
    healthy: () => audit.healthy,
  };
}

async function recorder({ config, clock, log }: GatewayParts): Promise<AuditTrail["recording"]> {
  const { keyFile, recordings } = config.audit;
  if (!recordings || recordings.payloads === "none") return () => null;
  const wrappingKey = await loadEncryptionKey(realDisk, recordingKeyFile(keyFile));
  const seals = new Map<string, JsonObject>();
  const onChunk = ({ session, index, commitment }: ChunkCommitment) =>
    seals.set(session, { chunks: index + 1, commitment });
  const room = createRecordings({ directory: recordings.directory, wrappingKey, clock, log, onChunk });
  return (session) => {
    const recording = room.open(session);
    if (!recording) return null;
    return {
      frame: (frame) => recording.frame(frame),
      async end() {
        await recording.end();
        const seal = seals.get(session.id) ?? null;
        seals.delete(session.id);
        return seal;
      },
    };
  };
}
