// The audit trail of a gateway: the log, the sums of the data plane, the recordings.
import { dirname, join } from "node:path";
import type { GatewayParts } from "../app.ts";
import { describeError } from "../base/errors.ts";
import { realDisk } from "../audit/disk.ts";
import { loadEncryptionKey } from "../audit/keys.ts";
import { openAuditLog } from "../audit/open.ts";
import type { Recordings } from "../audit/recorder.ts";
import { createRecordings, noRecordings } from "../audit/recording.ts";
import { createTally } from "../audit/tally.ts";
import type { EventSink, RangeSink } from "../pipeline/session-audit.ts";

export interface AuditTrail {
  readonly events: EventSink;
  readonly ranges: RangeSink;
  readonly recordings: Recordings;
  healthy(): boolean;
}

/** Beside the log's own key: whoever may read recordings needs this one and not the other. */
export function recordingKeyFile(auditKeyFile: string): string {
  return join(dirname(auditKeyFile), "recordings.key");
}

export async function openAuditTrail(parts: GatewayParts, stack: AsyncDisposableStack): Promise<AuditTrail> {
  const { config, clock, log, version } = parts;
  const { directory, keyFile, recordings, onFailure } = config.audit;
  const audit = await openAuditLog({
    directory,
    keyFile,
    clock,
    log,
    source: { gateway: config.gateway.name, version },
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
  stack.defer(() => events.record({ code: "gateway.stopped", at: clock.now(), actor: null }).catch(() => {}));
  const tally = createTally({ clock, emit: (event) => events.record(event) });
  stack.defer(() =>
    tally.flush().catch((error: unknown) => log.error({ error: describeError(error) }, "ranges were not recorded")),
  );
  return {
    events,
    ranges: {
      add: (actor, direction, range) => tally.add(actor, direction, range),
      end: (session) => void tally.end(session),
    },
    recordings:
      recordings && recordings.payloads !== "none" ? await openRecordings(parts, recordings.directory) : noRecordings,
    healthy: () => audit.healthy,
  };
}

async function openRecordings({ config, clock, log }: GatewayParts, directory: string): Promise<Recordings> {
  const wrappingKey = await loadEncryptionKey(realDisk, recordingKeyFile(config.audit.keyFile));
  return createRecordings({ directory, wrappingKey, clock, log });
}
