// The audit trail of a gateway: the log, the sums of the data plane, the recordings.
import { openInbox } from "../audit/inbox.ts";
import { openAuditLog } from "../audit/open.ts";
import { createTally } from "../audit/tally.ts";
import { describeError } from "../base/errors.ts";
import type { Session } from "../model/session.ts";
import type { EventSink, FrameSink, RangeSink } from "../pipeline/session-audit.ts";
import { openOutlets } from "./outlets.ts";
import type { GatewayParts } from "./parts.ts";
import { openRecordings } from "./recordings.ts";
import { startRetention } from "./retention.ts";

export interface AuditTrail {
  readonly events: EventSink;
  readonly ranges: RangeSink;
  /** A new session's recording; null where sessions are not recorded. */
  recording(session: Session): FrameSink | null;
  healthy(): boolean;
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
    recording: await openRecordings(parts, events, stack),
    healthy: () => audit.healthy,
  };
}
