// Decisions become verdicts: what waits for people, what does not, and what an approval is worth when the world has moved on.
import { describe, expect, it } from "vitest";
import { LockkeeperError } from "../../../src/base/errors.ts";
import type { ApprovalAsk, ApprovalOutcome } from "../../../src/model/approval.ts";
import { type Decision, usualTerms } from "../../../src/model/decision.ts";
import type { Operation } from "../../../src/model/operation.ts";
import { awaitVerdicts, type Gate, type HoldParts } from "../../../src/pipeline/hold.ts";
import type { Exchange, ExchangeFacts } from "../../../src/protocols/protocol.ts";
import { maskRule } from "../../support/masking.ts";
import { sessionInTest } from "../../support/scenario.ts";
import { deferred } from "../../support/wait.ts";

const decided = { revision: "r1", rules: ["x"] };
const allow: Decision = { outcome: "allow", masks: [], filters: [], ...decided };
const deny: Decision = { outcome: "deny", cause: "policy", message: "no", ...decided };
const mask = maskRule("$.a");
const hold: Decision = {
  outcome: "hold",
  requirements: [{ rule: "deletion", approvers: ["admins"], count: 1, why: "gone", ...usualTerms }],
  masks: [mask],
  filters: [],
  ...decided,
};

function operation(name: string, dryRun = false): Operation {
  return {
    name: "topic.delete",
    verb: "delete",
    risk: "high",
    resource: { type: "topic", name },
    attributes: {},
    dryRun,
    cacheable: false,
  };
}

const noFacts: ExchangeFacts = { pinned: { id: "1" }, shown: { records: "5" }, wouldFail: null };

const failing = async () => ({ ...noFacts, wouldFail: "UNKNOWN_TOPIC_OR_PARTITION" });
const unknown = () => Promise.reject(new LockkeeperError("broker-unavailable", "gone"));

function exchangeOf(
  operations: readonly Operation[],
  facts: (operation: number) => Promise<ExchangeFacts> = async () => noFacts,
  neverHeld = false,
): Exchange {
  return {
    api: "DeleteTopics",
    version: 6,
    correlation: 1,
    operations,
    neverHeld,
    facts,
    enforce: () => {
      throw new Error("not here");
    },
    summary: () => ({}),
  };
}

interface FakeGate extends Gate {
  readonly asks: { readonly ask: ApprovalAsk; readonly holdMs: number; readonly signal: AbortSignal }[];
  readonly reports: [string, string][];
}

const yes: ApprovalOutcome = { kind: "approved", approval: { id: "apr_1", approvers: ["carol"] }, bound: {} };

function gateThat(answer: (ask: ApprovalAsk) => Promise<ApprovalOutcome> = async () => yes): FakeGate {
  const asks: FakeGate["asks"] = [];
  const reports: FakeGate["reports"] = [];
  return {
    asks,
    reports,
    ask(ask, { holdMs, signal }) {
      asks.push({ ask, holdMs, signal });
      return answer(ask);
    },
    async report(id, result) {
      reports.push([id, result]);
    },
  };
}

function parts(gate: Gate | null): HoldParts {
  return {
    gate,
    session: sessionInTest(),
    digest: (ask, pinned) => `${ask.operation.resource.name} ${JSON.stringify(pinned)}`,
    holdMs: () => 8_000,
  };
}

const never = new AbortController().signal;

describe("holding", () => {
  it("asks people about what is held and about nothing else, and keeps the order", async () => {
    const gate = gateThat();
    const exchange = exchangeOf([operation("a"), operation("b"), operation("c")]);
    const verdicts = await awaitVerdicts(exchange, [allow, hold, deny], parts(gate), never);
    expect(verdicts).toEqual([
      { kind: "allow", masks: [], filters: [], approval: null },
      { kind: "allow", masks: [mask], filters: [], approval: { id: "apr_1", approvers: ["carol"] } },
      { kind: "refuse", cause: "policy", message: "no", error: null },
    ]);
    expect(gate.asks).toHaveLength(1);
    expect(gate.asks[0]).toMatchObject({
      holdMs: 8_000,
      ask: {
        digest: 'b {"id":"1"}',
        principal: "alice",
        api: "DeleteTopics",
        facts: { records: "5" },
        requirements: hold.requirements,
        revision: "r1",
      },
    });
  });

  it("waits for several at once, not one after the other", async () => {
    const all = deferred<ApprovalOutcome>();
    const gate = gateThat(() => all.promise);
    const running = awaitVerdicts(exchangeOf([operation("a"), operation("b")]), [hold, hold], parts(gate), never);
    await Promise.resolve().then(() => Promise.resolve());
    all.resolve(yes);
    await running;
    expect(gate.asks.map(({ ask }) => ask.operation.resource.name)).toEqual(["a", "b"]);
  });

  it("asks nobody about a dry run, and uses no grant for it", async () => {
    const gate = gateThat();
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a", true)]), [hold], parts(gate), never);
    expect(verdict).toEqual({ kind: "allow", masks: [mask], filters: [], approval: null });
    expect(gate.asks).toEqual([]);
  });

  it("refuses what can never wait", async () => {
    const gate = gateThat();
    const exchange = exchangeOf([operation("a")], undefined, true);
    const [verdict] = await awaitVerdicts(exchange, [hold], parts(gate), never);
    expect(verdict).toMatchObject({ kind: "refuse", cause: "policy" });
    expect(gate.asks).toEqual([]);
  });

  it("refuses where there are no approvals", async () => {
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")]), [hold], parts(null), never);
    expect(verdict).toMatchObject({ kind: "refuse", cause: "approvals-unavailable" });
  });

  it("asks nobody about what would fail anyway", async () => {
    const gate = gateThat();
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")], failing), [hold], parts(gate), never);
    expect(verdict).toMatchObject({ cause: "would-fail", error: "UNKNOWN_TOPIC_OR_PARTITION" });
    expect(gate.asks).toEqual([]);
  });

  it("refuses what cannot be looked up, and does not reject", async () => {
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")], unknown), [hold], parts(gateThat()), never);
    expect(verdict).toMatchObject({ kind: "refuse", cause: "approvals-unavailable" });
  });

  it.each([
    ["pending", "approval-pending"],
    ["denied", "approval-denied"],
    ["expired", "approval-expired"],
    ["unavailable", "approvals-unavailable"],
  ] as const)("%s is a refusal with its own cause and the gate's sentence", async (kind, cause) => {
    const outcome = { kind, approval: { id: "apr_1", approvers: [] }, message: "so it is" } as ApprovalOutcome;
    const gate = gateThat(async () => outcome);
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")]), [hold], parts(gate), never);
    expect(verdict).toEqual({ kind: "refuse", cause, message: "so it is", error: null });
    expect(gate.reports).toEqual([]);
  });

  it("voids an approval whose facts have changed meanwhile", async () => {
    const gate = gateThat();
    let asked = 0;
    const facts = async () => ({ ...noFacts, pinned: { id: String(asked++) } });
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")], facts), [hold], parts(gate), never);
    expect(verdict).toMatchObject({ kind: "refuse", cause: "approval-denied" });
    expect(verdict).toHaveProperty("message", expect.stringContaining("apr_1"));
    expect(gate.reports).toEqual([["apr_1", "VOID"]]);
  });

  it("voids an approval whose client has gone", async () => {
    const gone = new AbortController();
    const gate = gateThat(async () => {
      gone.abort();
      return yes;
    });
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")]), [hold], parts(gate), gone.signal);
    expect(verdict).toMatchObject({ kind: "refuse", cause: "approval-denied" });
    expect(gate.asks[0]?.signal.aborted).toBe(true);
    expect(gate.reports).toEqual([["apr_1", "VOID"]]);
  });
});
