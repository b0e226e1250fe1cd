// The policy's answer → a decision: precedence, and a denial for everything that has not exactly the documented form.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnswerChecks, checkLiteral, noChecks, readAnswer } from "../../../src/policy/answer.ts";
import { operation } from "./support.ts";

const silent = { allow: [], deny: [[]], mask: [[]], approve: [[]], filter: [] };
const yes = { ...silent, allow: [true] };
const email = { field: "$.customer.email", method: "redact" };
const approval = { rule: "topic-deletion", approvers: ["kafka-admins"], count: 1, why: "deletes data" };

const decide = (answer: unknown, checks: AnswerChecks = noChecks) =>
  readAnswer(answer, operation("topic.read", "orders"), "alice", "r1", checks);

describe("precedence", () => {
  it("nothing said is a denial that names who wanted what", () => {
    expect(decide(silent)).toMatchObject({
      outcome: "deny",
      cause: "policy",
      rules: ["no-allow"],
      revision: "r1",
      message: "No rule allows alice to read topic orders (topic.read).",
    });
  });

  it("allow alone allows", () => {
    expect(decide(yes)).toEqual({ outcome: "allow", revision: "r1", rules: ["allow"], masks: [], filters: [] });
  });

  it("allow that is false is no allow", () => {
    expect(decide({ ...silent, allow: [false] })).toMatchObject({ outcome: "deny", cause: "policy" });
  });

  it("deny outweighs allow and approve, and all its reasons are told in order", () => {
    const answer = { ...yes, deny: [["one reason", "another"]], approve: [[approval]] };
    expect(decide(answer)).toMatchObject({
      outcome: "deny",
      cause: "policy",
      rules: ["another", "one reason"],
      message: "another; one reason",
    });
  });

  it("approve without allow is a denial: people cannot grant what no rule allows", () => {
    expect(decide({ ...silent, approve: [[approval]] })).toMatchObject({ outcome: "deny", rules: ["no-allow"] });
  });

  it("approve with allow holds, and keeps the masks for later", () => {
    expect(decide({ ...yes, approve: [[approval]], mask: [[email]] })).toMatchObject({
      outcome: "hold",
      requirements: [approval],
      masks: [{ rule: "redact $.customer.email", ...email, otherwise: "redact" }],
      rules: ["topic-deletion"],
    });
  });

  it("a mask keeps its name and what happens otherwise", () => {
    const mask = { ...email, rule: "pii-1", otherwise: "refuse" };
    expect(decide({ ...yes, mask: [[mask]] })).toMatchObject({ outcome: "allow", masks: [mask] });
  });

  it("a very long reason is cut to what an error message can carry", () => {
    const decision = decide({ ...silent, deny: [["x".repeat(5_000)]] });
    expect(decision).toMatchObject({ outcome: "deny", cause: "policy" });
    expect(decision.outcome === "deny" && decision.message.length).toBe(1_000);
  });
});

describe("odd answers are denials", () => {
  const odd: Record<string, unknown> = {
    "no answer": undefined,
    null: null,
    "a text": "allow",
    "a list": [yes],
    "a field missing": { allow: [true], deny: [[]], mask: [[]], approve: [[]] },
    "a field too many": { ...yes, permit: [] },
    "allow is a text": { ...yes, allow: ["yes"] },
    "allow is a number": { ...yes, allow: [1] },
    "allow has two values": { ...yes, allow: [true, true] },
    "deny is a text": { ...yes, deny: ["no"] },
    "deny is false": { ...yes, deny: [false] },
    "deny is an object": { ...yes, deny: [{ no: true }] },
    "deny holds a number": { ...yes, deny: [[1]] },
    "deny holds an empty text": { ...yes, deny: [[""]] },
    "deny has too many members": { ...yes, deny: [Array.from({ length: 1_001 }, (_, i) => `reason ${i}`)] },
    "mask without a method": { ...yes, mask: [[{ field: "$.a" }]] },
    "mask with a misspelt field": { ...yes, mask: [[{ ...email, othrwise: "redact" }]] },
    "mask with an unknown fallback": { ...yes, mask: [[{ ...email, otherwise: "ignore" }]] },
    "mask is a text": { ...yes, mask: [["$.customer.email"]] },
    "approve by nobody": { ...yes, approve: [[{ ...approval, approvers: [] }]] },
    "approve by zero people": { ...yes, approve: [[{ ...approval, count: 0 }]] },
    "approve by half a person": { ...yes, approve: [[{ ...approval, count: 0.5 }]] },
    "approve without a reason": { ...yes, approve: [[{ ...approval, why: "" }]] },
    "approve with a field too many": { ...yes, approve: [[{ ...approval, timeout: 5 }]] },
    "a filter, which is reserved": { ...yes, filter: [[{ rule: "tenant" }]] },
  };
  it.each(Object.keys(odd))("%s", (name) => {
    expect(decide(odd[name])).toMatchObject({ outcome: "deny", cause: "policy-unavailable" });
  });

  it("an odd mask is a denial even where a deny would have said no anyway", () => {
    expect(decide({ ...silent, mask: [[{}]] })).toMatchObject({ cause: "policy-unavailable" });
  });

  it("never throws and never allows, whatever JSON it gets that is not an answer", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decide(value).outcome).toBe("deny");
      }),
    );
  });

  it("never allows when one field of a good answer is replaced by something else", () => {
    const key = fc.constantFrom("allow", "deny", "mask", "approve", "filter");
    fc.assert(
      fc.property(key, fc.jsonValue(), (name, value) => {
        const harmless =
          JSON.stringify(value) === "[]" || JSON.stringify(value) === "[[]]" || JSON.stringify(value) === "[true]";
        fc.pre(!harmless);
        expect(decide({ ...yes, [name]: value }).outcome).toBe("deny");
      }),
    );
  });
});

describe("what others know", () => {
  const checks: AnswerChecks = {
    mask: ({ method }) => (method === "redact" ? null : `there is no method ${method}`),
    requirement: ({ approvers }) => (approvers.includes("kafka-admins") ? null : "nobody can approve it"),
  };

  it("a mask method that does not exist is a denial whose reason is in the log and not in the sentence", () => {
    const decision = decide({ ...yes, mask: [[{ ...email, method: "rot13" }]] }, checks);
    expect(decision).toMatchObject({
      cause: "policy-unavailable",
      rules: ["policy-unavailable", expect.stringContaining("rot13")],
    });
    expect(decision.outcome === "deny" && decision.message).not.toContain("rot13");
  });

  it("approvers that do not exist are a denial", () => {
    expect(decide({ ...yes, approve: [[{ ...approval, approvers: ["ghosts"] }]] }, checks)).toMatchObject({
      cause: "policy-unavailable",
    });
  });

  it("the same is said of members that a policy writes out, before it runs", () => {
    expect(checkLiteral("mask", email, checks)).toBeNull();
    expect(checkLiteral("mask", { ...email, method: "rot13" }, checks)).toMatch(/rot13/);
    expect(checkLiteral("approve", { rule: "x" }, checks)).toMatch(/approvers/);
    expect(checkLiteral("deny", 1, checks)).toMatch(/text/);
  });
});
