// What a listing left out is in the log: once, and again when it changes, since clients list again and again.
import { expect, test } from "vitest";
import type { AuditEvent } from "../../../src/model/audit-event.ts";
import { nothingKept } from "../../../src/model/recording.ts";
import { SessionAudit } from "../../../src/pipeline/session-audit.ts";
import { TrafficCounts } from "../../../src/pipeline/traffic-counts.ts";
import type { Answer, Exchange } from "../../../src/protocols/protocol.ts";
import { sessionInTest } from "../../support/scenario.ts";

function audited() {
  const events: AuditEvent[] = [];
  const audit = new SessionAudit({
    session: sessionInTest(),
    events: {
      async record(event) {
        events.push(event);
      },
    },
    ranges: { add() {}, addSent() {}, end() {} },
    counts: new TrafficCounts(),
    recording: null,
    clock: { now: () => 1, monotonic: () => 1, after: () => () => {} },
  });
  const listed = (api: string, omitted: number) => {
    const exchange = { api, version: 5, correlation: 1, operations: [] } as unknown as Exchange;
    const answer: Answer = {
      bytes: [],
      outcomes: [],
      ranges: [],
      maskFailures: {},
      blocked: [],
      omitted,
      kept: () => nothingKept,
    };
    audit.answered(exchange, "req", [], answer);
  };
  return { events, listed };
}

test("says how many, once for each API until it changes", () => {
  const { events, listed } = audited();
  for (const omitted of [0, 3, 3, 3, 4, 0]) listed("ListGroups", omitted);
  listed("Metadata", 4);
  expect(events.map(({ api, code, details }) => [api, code, details])).toEqual([
    ["ListGroups", "operation.outcome", { omitted: 3 }],
    ["ListGroups", "operation.outcome", { omitted: 4 }],
    ["ListGroups", "operation.outcome", { omitted: 0 }],
    ["Metadata", "operation.outcome", { omitted: 4 }],
  ]);
});
