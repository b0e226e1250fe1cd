// Decisions become verdicts: what waits for people, what does not, and what an approval is worth when the world has moved on.
import { describe, expect, it } from "vitest";
import { LockkeeperError } from "../../../src/base/errors.ts";
import { Sensitive } from "../../../src/base/sensitive.ts";
import type { ApprovalAsk, ApprovalOutcome } from "../../../src/model/approval.ts";
import { type Decision, usualTerms } from "../../../src/model/decision.ts";
import type { Operation } from "../../../src/model/operation.ts";
import { nothingKept } from "../../../src/model/recording.ts";
import { awaitVerdicts, type Gate, type HoldParts } from "../../../src/pipeline/hold.ts";
import type { Exchange, ExchangeFacts, OtherBrokers } from "../../../src/protocols/protocol.ts";
import { noOthers } from "../../support/fake-broker.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { maskRule } from "../../support/masking.ts";
import { sessionInTest } from "../../support/scenario.ts";
import { deferred } from "../../support/wait.ts";

const decided = { revision: "r1", rules: ["x"] };
const allow: Decision = { outcome: "allow", masks: [], filters: [], ...decided };
const deny: Decision = { outcome: "deny", cause: "policy", message: "no", ...decided };
const mask = maskRule("$.a");
const hold = {
  outcome: "hold",
  requirements: [{ rule: "deletion", approvers: ["admins"], count: 1, why: "gone", ...usualTerms }],
  masks: [mask],
  filters: [],
  ...decided,
} as const satisfies Decision;

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
    carriesRecords: false,
    kept: () => nothingKept,
  };
}

interface FakeGate extends Gate {
  readonly asks: { readonly ask: ApprovalAsk; readonly holdMs: number; readonly signal: AbortSignal }[];
  readonly told: [string, string][];
}

const yes: ApprovalOutcome = { kind: "approved", approval: { id: "apr_1", approvers: ["carol"] }, bound: {} };

function gateThat(answer: (ask: ApprovalAsk) => Promise<ApprovalOutcome> = async () => yes): FakeGate {
  const asks: FakeGate["asks"] = [];
  const told: FakeGate["told"] = [];
  return {
    asks,
    told,
    ask(ask, { holdMs, signal }) {
      asks.push({ ask, holdMs, signal });
      return answer(ask);
    },
    async report(id, result) {
      told.push([id, result]);
    },
    async giveBack(id) {
      told.push([id, "given back"]);
    },
    async void(id, why) {
      told.push([id, `void: ${why}`]);
    },
    seal: async (secret) => `sealed ${secret.length}`,
  };
}

function parts(gate: Gate | null): HoldParts {
  return {
    gate,
    session: sessionInTest(),
    clock: manualClock(),
    otherBrokers: noOthers,
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
      { kind: "allow", masks: [mask], filters: [], approval: { id: "apr_1", approvers: ["carol"] }, bound: {} },
      { kind: "refuse", cause: "policy", message: "no", error: null },
    ]);
    expect(gate.asks).toHaveLength(1);
    expect(gate.asks[0]).toMatchObject({
      holdMs: 8_000,
      ask: {
        digest: 'b {"id":"1"}',
        subject: "b {}",
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
    ["void", "approval-void"],
    ["unavailable", "approvals-unavailable"],
  ] as const)("%s is a refusal with its own cause and the gate's sentence", async (kind, cause) => {
    const outcome = { kind, approval: { id: "apr_1", approvers: [] }, message: "so it is" } as ApprovalOutcome;
    const gate = gateThat(async () => outcome);
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")]), [hold], parts(gate), never);
    expect(verdict).toEqual({ kind: "refuse", cause, message: "so it is", error: null });
    expect(gate.told).toEqual([]);
  });

  it("voids an approval whose facts have changed meanwhile", async () => {
    const gate = gateThat();
    let asked = 0;
    const facts = async () => ({ ...noFacts, pinned: { id: String(asked++) } });
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")], facts), [hold], parts(gate), never);
    const why = "what was shown has changed since (id)";
    const message = `Approval apr_1 is void: ${why}. Run the command again to ask anew.`;
    expect(verdict).toMatchObject({ kind: "refuse", cause: "approval-void", message });
    expect(gate.told).toEqual([["apr_1", `void: ${why}`]]);
  });

  it("voids an approval of what would fail by now, with the broker's word", async () => {
    const gate = gateThat();
    let asked = 0;
    const facts = async () => ({ ...noFacts, wouldFail: asked++ === 0 ? null : "UNKNOWN_TOPIC_OR_PARTITION" });
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")], facts), [hold], parts(gate), never);
    expect(verdict).toMatchObject({
      cause: "approval-void",
      message: expect.stringContaining("The broker would answer UNKNOWN_TOPIC_OR_PARTITION. Run the command again"),
    });
  });

  it("seals what nobody may see, and asks under another digest for another secret", async () => {
    const gate = gateThat();
    const facts = async (index: number) => ({ ...noFacts, secret: new Sensitive("x".repeat(index + 1)) });
    await awaitVerdicts(exchangeOf([operation("a"), operation("a")], facts), [hold, hold], parts(gate), never);
    expect(gate.asks.map(({ ask }) => [ask.digest, ask.subject])).toEqual([
      ['a {"id":"1","sealed":"sealed 1"}', 'a {"sealed":"sealed 1"}'],
      ['a {"id":"1","sealed":"sealed 2"}', 'a {"sealed":"sealed 2"}'],
    ]);
    expect(JSON.stringify(gate.asks)).not.toContain("xx");
  });

  it("hands on what the approval has bound, not what the facts say by now", async () => {
    const gate = gateThat(async () => ({ ...yes, bound: { offset: "10" } }));
    let latest = 20;
    const facts = async () => ({ ...noFacts, bound: { offset: String(latest++) } });
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")], facts), [hold], parts(gate), never);
    expect(gate.asks[0]?.ask.bound).toEqual({ offset: "20" });
    expect(verdict).toMatchObject({ kind: "allow", bound: { offset: "10" } });
  });

  it("waits no longer than the shortest of client and rules", async () => {
    const gate = gateThat();
    const [requirement] = hold.requirements;
    const quick: Decision = {
      ...hold,
      requirements: [
        { ...requirement, holdMs: 500 },
        { ...requirement, holdMs: 90_000 },
      ],
    };
    await awaitVerdicts(exchangeOf([operation("a")]), [quick], parts(gate), never);
    expect(gate.asks[0]?.holdMs).toBe(500);
  });

  it("counts the time that the facts took, which the client has waited as well", async () => {
    const gate = gateThat();
    const clock = manualClock();
    const facts = async () => {
      clock.advance(3_000);
      return noFacts;
    };
    await awaitVerdicts(exchangeOf([operation("a")], facts), [hold], { ...parts(gate), clock }, never);
    expect(gate.asks[0]?.holdMs).toBe(5_000);
  });

  it("looks facts up over one set of brokers that is closed before people are waited for, and only what is pinned once more", async () => {
    const told: string[] = [];
    const facts = async (_: number, others: OtherBrokers | null) => {
      told.push(others === null ? "pinned" : "facts");
      return noFacts;
    };
    const gate = gateThat(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      told.push("decided");
      return yes;
    });
    const otherBrokers = () => {
      told.push("opened");
      return { ...noOthers(), close: () => told.push("closed") };
    };
    const exchange = { ...exchangeOf([operation("a"), operation("b")]), facts };
    await awaitVerdicts(exchange, [hold, hold], { ...parts(gate), otherBrokers }, never);
    const expected = ["opened", "facts", "facts", "closed", "decided", "decided", "pinned", "pinned"];
    expect(told.toSorted()).toEqual(expected.toSorted());
    expect(told.slice(0, 5)).toEqual(expected.slice(0, 5));
  });

  it("tells a client that comes again by itself when to come, where the API can say it", async () => {
    const pending = { kind: "pending", approval: { id: "apr_1", approvers: [] }, message: "wait" } as const;
    const gate = gateThat(async () => pending);
    const native = { ...parts(gate), nativeWaitMs: () => 5_000 };
    const exchange = exchangeOf([operation("a")]);
    const [can] = await awaitVerdicts({ ...exchange, nativeWait: true }, [hold], native, never);
    const [cannot] = await awaitVerdicts(exchange, [hold], native, never);
    expect([can, cannot]).toMatchObject([{ cause: "approval-pending", waitMs: 5_000 }, { cause: "approval-pending" }]);
    expect(cannot).not.toHaveProperty("waitMs");
    expect(gate.asks.map(({ holdMs }) => holdMs)).toEqual([1_000, 8_000]);
  });

  it("gives back an approval whose client has gone", async () => {
    const gone = new AbortController();
    const gate = gateThat(async () => {
      gone.abort();
      return yes;
    });
    const [verdict] = await awaitVerdicts(exchangeOf([operation("a")]), [hold], parts(gate), gone.signal);
    expect(verdict).toMatchObject({ kind: "refuse", cause: "approval-void" });
    expect(gate.asks[0]?.signal.aborted).toBe(true);
    expect(gate.told).toEqual([["apr_1", "given back"]]);
  });
});
