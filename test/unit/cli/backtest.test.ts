// Recorded decisions are judged again as they were asked: same caller, same operation, same moment.
import { describe, expect, it } from "vitest";
import { encodeEvent } from "../../../src/audit/event.ts";
import { decodeEvent, type LoggedEvent } from "../../../src/audit/query.ts";
import { backtest } from "../../../src/cli/policy/backtest.ts";
import type { AuditEvent } from "../../../src/model/audit-event.ts";
import type { Decision } from "../../../src/model/decision.ts";
import type { Operation } from "../../../src/model/operation.ts";
import type { Session } from "../../../src/model/session.ts";
import { alice, deletion, denied } from "../audit/fixtures.ts";

const decided = { revision: "r2", rules: ["later"], masks: [], filters: [] };
const allow: Decision = { outcome: "allow", ...decided };
const deny: Decision = { outcome: "deny", cause: "policy", message: "not any more", ...decided };
const hold: Decision = { outcome: "hold", requirements: [], ...decided, rules: ["two-people"] };

/** As they come out of the log. */
async function* log(...events: readonly AuditEvent[]): AsyncGenerator<LoggedEvent> {
  for (const [index, event] of events.entries()) {
    const bytes = encodeEvent(event, `evt_${index}`, { gateway: "test", version: "0" });
    yield decodeEvent({ index, integrated: true, bytes });
  }
}

function allowed(at: number): AuditEvent {
  const decision = { outcome: "allow", rules: ["allow"], revision: "r1", message: null } as const;
  return { code: "operation.allowed", at, actor: alice, operation: deletion, api: "DeleteTopics", decision };
}

describe("a backtest", () => {
  it("asks what was asked: the caller with groups and claims, the operation whole, the time", async () => {
    const asked: [Session, number, Operation][] = [];
    await backtest(log(allowed(5_000)), {
      sessions: new Map(),
      decide: ({ session, now }, operation) => {
        asked.push([session, now, operation]);
        return allow;
      },
    });

    const [session, now, operation] = asked[0] ?? [];
    expect(now).toBe(5_000);
    expect(operation).toEqual(deletion);
    expect(session).toMatchObject({ id: "ses_alice", cluster: "main", client: "127.0.0.1:40000", clientId: "console" });
    expect(session?.identity).toMatchObject({ principal: "alice", groups: ["analysts"], mechanism: "oauthbearer" });
    expect(session?.identity?.claims).toEqual(alice.claims);
    expect(session?.software).toEqual({ name: "kafkajs", version: "2.2.4" });
  });

  it("lists what would change, the same together, with how often and why", async () => {
    const result = await backtest(log(allowed(1), allowed(2), denied("x")), {
      sessions: new Map(),
      decide: () => deny,
    });

    expect(result).toMatchObject({ judged: 3, cut: 0 });
    expect(result.changes).toEqual([
      {
        change: "allowed → denied",
        count: 2,
        lastAt: 2,
        principal: "alice",
        operation: "topic.delete",
        resource: "topic orders",
        why: "not any more",
      },
    ]);
  });

  it("counts it as a change that people would be asked, or others", async () => {
    const held: AuditEvent = {
      ...allowed(3),
      code: "operation.held",
      decision: { outcome: "hold", rules: ["one-person"], revision: "r1", message: null },
    };
    const { changes } = await backtest(log(allowed(1), held), { sessions: new Map(), decide: () => hold });

    expect(changes.map(({ change }) => change)).toEqual(["allowed → held", "held by one-person → held by two-people"]);
  });

  it("passes over events that are no decision, and says which were too large to be judged", async () => {
    const settled: AuditEvent = { code: "operation.allowed", at: 1, actor: alice, operation: deletion };
    const huge = { ...deletion, attributes: { configs: "x".repeat(100_000) } };
    const result = await backtest(log(settled, { ...allowed(1), operation: huge }), {
      sessions: new Map(),
      decide: () => deny,
    });

    expect(result).toMatchObject({ judged: 0, cut: 1, changes: [] });
  });
});
