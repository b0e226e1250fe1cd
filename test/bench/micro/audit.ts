// The audit log's `record()`, the sums of the data plane, and frames of a recording.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAuditLog } from "../../../src/audit/open.ts";
import { createRecordings } from "../../../src/audit/recording.ts";
import { createTally } from "../../../src/audit/tally.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Sensitive } from "../../../src/base/sensitive.ts";
import type { FrameToKeep } from "../../../src/model/recording.ts";
import { sessionInTest } from "../../support/scenario.ts";
import { actor, eventOf } from "../audit-events.ts";
import { batchOf } from "../wire/shapes.ts";
import type { Cases } from "./case.ts";
import { times } from "./codec.ts";

const together = 100;

export async function auditCases(): Promise<Cases> {
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-micro-"));
  const [clock, log] = [systemClock, silentLog];
  const source = { gateway: "bench", version: "0" };
  const trail = await openAuditLog({
    directory: join(dir, "audit"),
    keyFile: join(dir, "audit.key"),
    clock,
    log,
    source,
  });
  const wrappingKey = new Sensitive(randomBytes(32));
  const recording = createRecordings({ directory: join(dir, "sessions"), wrappingKey, clock, log }).open(
    sessionInTest(),
  );
  // sums are made and thrown away: what recording them costs is the case before
  const tally = createTally({ clock, emit: () => Promise.resolve() });
  // what keeps payloads is bounded by the disk, and measured by `npm run bench:audit`
  const kept = { pieces: [batchOf(1_024, 0n)], cuts: [], notes: null };
  const facts = { at: 1, direction: "response", api: "Fetch", version: 17, correlation: 1, bytes: 1_024 } as const;
  const metadata: FrameToKeep = { ...facts, level: "metadata", kept };
  let next = 0;
  return {
    cases: [
      {
        name: "audit: record(), 100 at a time",
        unit: "event",
        each: together,
        run: async () => {
          await Promise.all(Array.from({ length: together }, () => trail.record(eventOf(next++))));
        },
      },
      {
        name: "audit: a range summed",
        unit: "range",
        each: together,
        run: times(together, () => {
          const firstOffset = BigInt(next++);
          const place = { direction: "read", topic: "orders", partition: next % 64 } as const;
          tally.add(actor, "read", {
            ...place,
            firstOffset,
            lastOffset: firstOffset,
            records: 1,
            bytes: 1_024,
            masked: {},
            filtered: {},
          });
        }),
      },
      {
        name: "recording: a frame, metadata",
        unit: "frame",
        each: together,
        run: times(together, () => recording?.frame(metadata)),
      },
    ],
    async close() {
      await tally.flush();
      await recording?.end();
      await trail.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
