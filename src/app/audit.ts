// The audit trail of a gateway: the log, the sums of the data plane, the recordings.
import { openInbox } from "../audit/inbox.ts";
import type { AuditLogCounts } from "../audit/log.ts";
import { openAuditLog } from "../audit/open.ts";
import type { RecordingCounts } from "../audit/recorder.ts";
import { createTally } from "../audit/tally.ts";
import { describeError } from "../base/errors.ts";
import type { Session } from "../model/session.ts";
import type { EventSink, FrameSink, RangeSink } from "../pipeline/session-sinks.ts";
import { EventCounts } from "./event-counts.ts";
import { openOutlets } from "./outlets.ts";
import type { GatewayParts } from "./parts.ts";
import { openRecordings } from "./recordings.ts";
import { startRetention } from "./retention.ts";

export interface AuditCounts {
  readonly events: EventCounts;
  readonly log: AuditLogCounts & { readonly size: number; readonly pending: number };
  /** Null where nothing is recorded. */
  readonly recordings: RecordingCounts | null;
}

export interface AuditTrail {
  readonly events: EventSink;
  readonly ranges: RangeSink;
  /** A new session's recording; null where sessions are not recorded. */
  recording(session: Session): FrameSink | null;
  healthy(): boolean;
  /** For metrics. */
  counts(): AuditCounts;
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
  const counted = new EventCounts();
  const events: EventSink = {
    async record(event, options) {
      counted.note(event);
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
  const { worker } = parts;
  const retention = startRetention({
    audit,
    // recordings lie in one folder for all workers: one of them removes what is due
    config: worker && worker.slot > 1 ? { ...config.audit, recordings: null } : config.audit,
    root: worker?.auditRoot ?? directory,
    delivered,
    clock,
    log,
  });
  stack.defer(() => retention.close());
  const inbox = openInbox({ directory, record: (event, durable) => audit.record(event, durable), clock, log });
  stack.defer(() => inbox.close());
  const tally = createTally({ clock, emit: (event) => events.record(event) });
  stack.defer(() =>
    tally.flush().catch((error: unknown) => log.error({ error: describeError(error) }, "ranges were not recorded")),
  );
  const recordings = await openRecordings(parts, events, stack);
  return {
    events,
    ranges: {
      add: (actor, direction, range) => tally.add(actor, direction, range),
      addSent: (actor, sent) => tally.addSent(actor, sent),
      end: (session) => void tally.end(session),
    },
    recording: recordings.open,
    healthy: () => audit.healthy,
    counts: () => ({
      events: counted,
      log: { ...audit.counts(), size: audit.size, pending: audit.pending },
      recordings: recordings.counts(),
    }),
  };
}
