// Sums of the data plane: exact, complete, and few.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeRange } from "../../../src/audit/ranges.ts";
import { createTally } from "../../../src/audit/tally.ts";
import type { AuditEvent, DataRange } from "../../../src/model/audit-event.ts";
import { alice, range, testClock } from "./fixtures.ts";

function setUp() {
  const clock = testClock();
  const events: AuditEvent[] = [];
  const state = { failing: false };
  const emit = (event: AuditEvent) => {
    if (state.failing) return Promise.reject(new Error("audit-unavailable"));
    events.push(event);
    return Promise.resolve();
  };
  return { clock, events, state, tally: createTally({ clock, emit }) };
}

function offsets(ranges: readonly DataRange[]): string[] {
  return ranges.flatMap((each) =>
    Array.from(
      { length: Number(each.lastOffset - each.firstOffset) + 1 },
      (_, i) => `${each.topic}/${each.partition}/${each.firstOffset + BigInt(i)}`,
    ),
  );
}

function records(ranges: readonly DataRange[]): number {
  return ranges.reduce((total, each) => total + each.records, 0);
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("a tally", () => {
  it("tells a second of reading in one event", async () => {
    const { clock, events, tally } = setUp();
    tally.add(alice, "read", range(0, 9, { masked: { pii: 3 }, filtered: { tenant: 1 } }));
    tally.add(alice, "read", range(10, 19, { masked: { pii: 1, other: 2 }, filtered: { tenant: 2 } }));
    tally.add(alice, "read", range(30, 39));

    clock.advance(1_000);
    await settled();

    expect(events).toEqual([
      {
        code: "data.read",
        at: clock.now(),
        actor: alice,
        ranges: [range(0, 19, { bytes: 20, masked: { pii: 4, other: 2 }, filtered: { tenant: 3 } }), range(30, 39)],
        details: { since: clock.now() - 1_000 },
      },
    ]);
  });

  it("keeps reading and writing, and sessions, apart", async () => {
    const { clock, events, tally } = setUp();
    tally.add(alice, "read", range(0, 9));
    tally.add(alice, "write", range(10, 19, { direction: "write" }));
    tally.add({ ...alice, session: "ses_2" }, "read", range(20, 29));

    clock.advance(1_000);
    await settled();

    expect(events.map(({ code, actor, ranges }) => [code, actor?.session, ranges?.length])).toEqual([
      ["data.read", "ses_alice", 1],
      ["data.written", "ses_alice", 1],
      ["data.read", "ses_2", 1],
    ]);
  });

  it("tells the rest when a session ends, before anything that is recorded after", () => {
    const { events, tally } = setUp();
    tally.add(alice, "read", range(0, 9));
    tally.add(alice, "write", range(0, 9, { direction: "write" }));

    void tally.end("ses_alice");

    expect(events).toHaveLength(2);
  });

  it("counts what went without an answer, in an event of its own", async () => {
    const { clock, events, tally } = setUp();
    const sent = { topic: "orders", partition: 1, records: 3, bytes: 30, masked: { card: 2 } };
    tally.addSent(alice, sent);
    tally.addSent(alice, sent);
    tally.addSent(alice, { ...sent, partition: 2 });

    clock.advance(1_000);
    await settled();

    expect(events).toEqual([
      {
        code: "data.unacknowledged",
        at: clock.now(),
        actor: alice,
        sent: [
          { ...sent, records: 6, bytes: 60, masked: { card: 4 } },
          { ...sent, partition: 2 },
        ],
        details: { since: clock.now() - 1_000 },
      },
    ]);
  });

  it("keeps what the log refused, and tells it once when it can", async () => {
    const { clock, events, state, tally } = setUp();
    state.failing = true;
    tally.add(alice, "read", range(0, 9));
    await tally.end("ses_alice");
    await expect(tally.flush()).rejects.toThrow("audit-unavailable");
    tally.add(alice, "read", range(10, 12));
    state.failing = false;

    clock.advance(1_000);
    await settled();

    expect(events.map((event) => event.ranges)).toEqual([[range(0, 12, { bytes: 20 })]]);
  });

  it("splits what would not fit into an entry", async () => {
    const { events, tally } = setUp();
    const topic = "t".repeat(249);
    for (let i = 0; i < 200; i++) tally.add(alice, "read", range(i * 10, i * 10 + 5, { topic }));

    await tally.flush();

    expect(events.length).toBeGreaterThan(1);
    expect(events.flatMap((event) => event.ranges ?? [])).toHaveLength(200);
  });

  it("never loses an offset, never adds one, counts every record", async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          topic: fc.constantFrom("a", "b"),
          partition: fc.nat(1),
          first: fc.nat(60),
          length: fc.integer({ min: 1, max: 12 }),
        }),
      },
      { weight: 1, arbitrary: fc.constantFrom("second" as const, "fail" as const, "end" as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, events, state, tally } = setUp();
        const added: DataRange[] = [];
        for (const each of steps) {
          if (each === "second") clock.advance(1_000);
          else if (each === "fail") state.failing = !state.failing;
          else if (each === "end") await tally.end("ses_alice");
          else {
            const { topic, partition, first, length } = each;
            const next = range(first, first + length - 1, { topic, partition });
            added.push(next);
            tally.add(alice, "read", next);
          }
          await settled();
        }
        state.failing = false;
        await tally.flush();

        const told = events.flatMap((event) => event.ranges ?? []);
        expect(new Set(offsets(told))).toEqual(new Set(offsets(added)));
        expect(records(told)).toBe(records(added));
        for (const event of events)
          expect(new Set(offsets(event.ranges ?? [])).size).toBe(offsets(event.ranges ?? []).length);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps ranges apart that do not touch", () => {
    expect(mergeRange([range(0, 4), range(10, 14)], range(6, 8)).map((each) => each.firstOffset)).toEqual([
      0n,
      6n,
      10n,
    ]);
    expect(mergeRange([range(0, 4), range(10, 14)], range(5, 9))).toEqual([range(0, 14, { bytes: 30 })]);
  });
});
