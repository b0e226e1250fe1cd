// A login's conversation: who came out of it, for how long, and who may come again.
import { describe, expect, it } from "vitest";
import type { Mechanism, MechanismResult } from "../../../src/identity/mechanism.ts";
import type { Identity } from "../../../src/model/identity.ts";
import { nothingKept } from "../../../src/model/recording.ts";
import { Identifier } from "../../../src/pipeline/identify.ts";
import type { Step } from "../../../src/protocols/protocol.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { sessionInTest } from "../../support/scenario.ts";

const empty = Buffer.alloc(0);

function identity(principal: string, expiresAt: number | null = null, issuer: string | null = null): Identity {
  return { principal, groups: [], mechanism: "test", issuer, claims: {}, expiresAt };
}

/** Gives these results, one a step; each conversation starts over. */
function mechanism(name: string, ...results: readonly MechanismResult[]): Mechanism & { started: number } {
  const its = {
    name,
    started: 0,
    start() {
      its.started++;
      let next = 0;
      return {
        async step(): Promise<MechanismResult> {
          const result = results[next++];
          if (!result) throw new Error("the conversation is over");
          return result;
        },
      };
    },
  };
  return its;
}

const challenge: MechanismResult = { kind: "challenge", bytes: Buffer.from("?") };
const success = (who: Identity): MechanismResult => ({ kind: "success", bytes: empty, identity: who });

function login(name: string): Extract<Step, { kind: "login" }> {
  return {
    kind: "login",
    api: "SaslAuthenticate",
    mechanism: name,
    bytes: empty,
    version: 2,
    correlation: 1,
    reply: () => empty,
    kept: () => nothingKept,
    keptReply: () => nothingKept,
  };
}

function identifier(sessionMs: number | null, ...all: readonly Mechanism[]) {
  const clock = manualClock();
  return { clock, identifying: new Identifier(new Map(all.map((each) => [each.name, each])), sessionMs, clock) };
}

const fresh = () => ({ ...sessionInTest(), identity: null });

describe("identifying a caller", () => {
  it("carries a conversation of several steps", async () => {
    const { identifying } = identifier(null, mechanism("A", challenge, success(identity("alice"))));
    expect(await identifying.step(login("A"), fresh())).toMatchObject({ kind: "challenge" });
    expect(await identifying.step(login("A"), fresh())).toMatchObject({
      kind: "success",
      identity: { principal: "alice", expiresAt: null },
      reply: { sessionLifetimeMs: 0 },
    });
  });

  it.each([
    ["the proof's own end", null, 5_000, 5_000],
    ["the configured bound", 3_000, 5_000, 3_000],
    ["the configured bound alone", 3_000, null, 3_000],
  ])("lasts until %s", async (_name, sessionMs, leftMs, lifetimeMs) => {
    const now = manualClock().now();
    const who = identity("alice", leftMs === null ? null : now + leftMs);
    const { identifying } = identifier(sessionMs, mechanism("A", success(who)));
    expect(await identifying.step(login("A"), fresh())).toMatchObject({
      reply: { sessionLifetimeMs: lifetimeMs },
      identity: { expiresAt: now + lifetimeMs },
    });
  });

  it("refuses a mechanism that is not offered", async () => {
    const { identifying } = identifier(null);
    expect(await identifying.step(login("B"), fresh())).toMatchObject({ kind: "failure", failed: { claimed: null } });
  });

  it("lets the same caller log in again, and nobody else", async () => {
    const session = { ...sessionInTest(), identity: identity("alice") };
    const same = identifier(null, mechanism("A", success(identity("alice"))));
    const other = identifier(null, mechanism("A", success(identity("mallory"))));
    const elsewhere = identifier(null, mechanism("A", success(identity("alice", null, "https://other.test"))));
    expect(await same.identifying.step(login("A"), session)).toMatchObject({ kind: "success" });
    expect(await other.identifying.step(login("A"), session)).toMatchObject({
      kind: "failure",
      failed: { claimed: "mallory" },
    });
    expect(await elsewhere.identifying.step(login("A"), session)).toMatchObject({ kind: "failure" });
  });

  it("says once why a login failed: at the challenge that tells the client, and not again at the end", async () => {
    const failed = { reason: "the token has expired", claimed: "alice" };
    const telling: MechanismResult = { kind: "challenge", bytes: Buffer.from("{}"), failed };
    const { identifying } = identifier(
      null,
      mechanism("A", telling, { kind: "failure", bytes: null, message: "no", ...failed }),
    );
    expect(await identifying.step(login("A"), fresh())).toMatchObject({ kind: "challenge", failed });
    expect(await identifying.step(login("A"), fresh())).toMatchObject({ kind: "failure", failed: null });
  });

  it("starts over after a failure, and when the mechanism changes in mid-conversation", async () => {
    const failing = mechanism("A", { kind: "failure", bytes: null, message: "no", reason: "wrong", claimed: "x" });
    const long = mechanism("B", challenge, challenge);
    const { identifying } = identifier(null, failing, long);
    await identifying.step(login("A"), fresh());
    await identifying.step(login("A"), fresh());
    expect(failing.started).toBe(2);
    await identifying.step(login("B"), fresh());
    await identifying.step(login("A"), fresh());
    await identifying.step(login("B"), fresh());
    expect(long.started).toBe(2);
  });
});
