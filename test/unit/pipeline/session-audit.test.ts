// What one session writes: each first decision before its effect, outcomes after it, totals at the end.
import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../../../src/model/audit-event.ts";
import type { Decision, Verdict } from "../../../src/model/decision.ts";
import type { Operation } from "../../../src/model/operation.ts";
import { type FrameToKeep, nothingKept } from "../../../src/model/recording.ts";
import { SessionAudit } from "../../../src/pipeline/session-audit.ts";
import { TrafficCounts } from "../../../src/pipeline/traffic-counts.ts";
import type { Answer, Exchange } from "../../../src/protocols/protocol.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { sessionInTest } from "../../support/scenario.ts";

const read = (name: string): Operation => operationOf("topic.read", name, true);
const remove = (name: string): Operation => ({ ...operationOf("topic.delete", name, false), risk: "high" });

function operationOf(name: string, resource: string, cacheable: boolean): Operation {
  return {
    name,
    verb: "read",
    risk: "low",
    resource: { type: "topic", name: resource },
    attributes: {},
    dryRun: false,
    cacheable,
  };
}

function exchangeOf(...operations: readonly Operation[]): Exchange {
  return {
    api: "Fetch",
    version: 12,
    correlation: 1,
    operations,
    neverHeld: true,
    facts: async () => ({ pinned: {}, shown: {}, wouldFail: null }),
    enforce: () => {
      throw new Error("not here");
    },
    carriesRecords: false,
    kept: () => nothingKept,
  };
}

const allow = (revision = "r1"): Decision => ({ outcome: "allow", masks: [], filters: [], revision, rules: [] });
const deny = (revision = "r1"): Decision => ({
  outcome: "deny",
  cause: "policy",
  message: "no",
  revision,
  rules: ["no"],
});
const yes: Verdict = { kind: "allow", masks: [], filters: [], approval: null };

function auditing() {
  const events: AuditEvent[] = [];
  const durable: boolean[] = [];
  const frames: FrameToKeep[] = [];
  const ends: string[] = [];
  const state = { writable: true };
  const session = sessionInTest();
  const audit = new SessionAudit({
    session,
    clock: manualClock(),
    events: {
      async record(event, options) {
        if (!state.writable) throw new Error("disk full");
        events.push(event);
        durable.push(options?.durable ?? false);
      },
    },
    ranges: { add: () => {}, addSent: () => {}, end: (id) => ends.push(id) },
    counts: new TrafficCounts(),
    recording: {
      level: "metadata",
      frame: (frame) => frames.push(frame),
      end: async () => ({ seal: "abc" }),
    },
  });
  return { audit, events, durable, frames, ends, state, session, codes: () => events.map(({ code }) => code) };
}

function answerOf(part: Partial<Answer>): Answer {
  return {
    bytes: [Buffer.alloc(10)],
    outcomes: [],
    ranges: [],
    maskFailures: {},
    blocked: [],
    omitted: 0,
    kept: () => nothingKept,
    ...part,
  };
}

describe("decisions", () => {
  it("records a cacheable decision once for each operation, resource, outcome and revision", async () => {
    const { audit, events } = auditing();
    await audit.decided(exchangeOf(read("a")), "1", [allow()]);
    expect(audit.decided(exchangeOf(read("a")), "2", [allow()])).toBeUndefined();
    await audit.decided(exchangeOf(read("b")), "3", [allow()]);
    await audit.decided(exchangeOf(read("a")), "4", [deny()]);
    await audit.decided(exchangeOf(read("a")), "5", [allow("r2")]);
    expect(events.map(({ request, decision }) => [request, decision?.outcome, decision?.revision])).toEqual([
      ["1", "allow", "r1"],
      ["3", "allow", "r1"],
      ["4", "deny", "r1"],
      ["5", "allow", "r2"],
    ]);
  });

  it("records every decision on content", async () => {
    const { audit, codes } = auditing();
    await audit.decided(exchangeOf(remove("a")), "1", [allow()]);
    await audit.decided(exchangeOf(remove("a")), "2", [allow()]);
    expect(codes()).toEqual(["operation.allowed", "operation.allowed"]);
  });

  it("records the first request of each API that names nothing to judge", async () => {
    const { audit, state, events } = auditing();
    const listing = { ...exchangeOf(), api: "ListGroups" };
    state.writable = false;
    await expect(audit.decided(listing, "1", [])).rejects.toThrow("disk full");
    state.writable = true;
    await audit.decided(listing, "2", []);
    expect(audit.decided(listing, "3", [])).toBeUndefined();
    await audit.decided({ ...exchangeOf(), api: "ListTransactions" }, "4", []);
    expect(events.map(({ code, api, request, operation }) => [code, api, request, operation])).toEqual([
      ["operation.allowed", "ListGroups", "2", undefined],
      ["operation.allowed", "ListTransactions", "4", undefined],
    ]);
  });

  it("waits for the disk where the risk is high and something will happen", async () => {
    const { audit, durable } = auditing();
    await audit.decided(exchangeOf(remove("a"), remove("b"), read("c")), "1", [allow(), deny(), allow()]);
    expect(durable).toEqual([true, false, false]);
  });

  it("tries again what could not be written: it is not on record", async () => {
    const { audit, state, events } = auditing();
    state.writable = false;
    await expect(audit.decided(exchangeOf(read("a")), "1", [allow()])).rejects.toThrow("disk full");
    state.writable = true;
    await audit.decided(exchangeOf(read("a")), "2", [allow()]);
    expect(events.map(({ request }) => request)).toEqual(["2"]);
  });

  it("records again after a new login: it may be with other groups", async () => {
    const { audit, events, session } = auditing();
    await audit.decided(exchangeOf(read("a")), "1", [allow()]);
    if (session.identity) session.identity = { ...session.identity, groups: ["admins"] };
    audit.refresh();
    await audit.decided(exchangeOf(read("a")), "2", [allow()]);
    expect(events.map(({ actor }) => actor?.groups)).toEqual([[], ["admins"]]);
  });

  it("tells a held operation's end with its approval, durably", async () => {
    const { audit, events, durable } = auditing();
    const verdict: Verdict = { ...yes, approval: { id: "apr_1", approvers: ["carol"] } };
    await audit.settled(exchangeOf(remove("a")), "1", remove("a"), verdict);
    expect(events[0]).toMatchObject({ code: "operation.allowed", approval: { id: "apr_1", approvers: ["carol"] } });
    expect(durable).toEqual([true]);
  });
});

describe("what came of it", () => {
  it("tells outcomes of single acts, not of the data plane", () => {
    const { audit, events } = auditing();
    const outcomes = [0, 1].map((operation) => ({ operation, error: "NONE" }));
    audit.answered(exchangeOf(read("a"), remove("b")), "1", [yes, yes], answerOf({ outcomes }));
    expect(events.map(({ code, operation, error }) => [code, operation?.resource.name, error])).toEqual([
      ["operation.outcome", "b", "NONE"],
    ]);
  });

  it("tells masks that failed", () => {
    const { audit, events } = auditing();
    audit.answered(exchangeOf(read("a")), "1", [yes], answerOf({ maskFailures: { pii: 3 } }));
    expect(events[0]).toMatchObject({ code: "mask.failed", details: { rule: "pii", count: 3 } });
  });

  it("does not fail where an outcome cannot be written", async () => {
    const { audit, state } = auditing();
    state.writable = false;
    audit.answered(exchangeOf(remove("a")), "1", [yes], answerOf({ outcomes: [{ operation: 0, error: "NONE" }] }));
    await expect(audit.ended("session.ended", "over")).resolves.toBeUndefined();
  });

  it("ends with totals, and with what commits the log to the recording", async () => {
    const { audit, events, frames, ends } = auditing();
    audit.request(exchangeOf(read("a")), 20);
    audit.answered(exchangeOf(read("a")), "1", [yes], answerOf({}));
    await audit.ended("session.ended", "over");
    expect(events.at(-1)).toMatchObject({
      code: "session.ended",
      details: { reason: "over", requests: 1, refused: 0, bytesIn: 20, bytesOut: 10, recording: { seal: "abc" } },
    });
    expect(ends).toEqual(["ses_test"]);
    expect(frames.map(({ direction, api }) => [direction, api])).toEqual([
      ["request", "Fetch"],
      ["response", "Fetch"],
      ["event", "session.ended"],
    ]);
  });
});
