// The policy's answer → a decision: precedence, and a denial for everything that has not exactly the documented form.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnswerChecks, checkLiteral, noChecks, readAnswer } from "../../../src/policy/answer.ts";
import { operation } from "./support.ts";

const silent = { allow: [], deny: [[]], mask: [[]], approve: [[]], filter: [] };
const yes = { ...silent, allow: [true] };
const email = { field: "$.customer.email", method: "redact" };
const read = {
  rule: "redact $.customer.email",
  on: "read",
  in: "value",
  format: "auto",
  formatOptions: {},
  field: "$.customer.email",
  tag: null,
  detect: [],
  method: { name: "redact", options: {} },
  otherwise: "redact",
};
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
      masks: [read],
      rules: ["topic-deletion"],
    });
  });

  it("a mask keeps its name and what happens otherwise", () => {
    const mask = { ...email, rule: "pii-1", otherwise: "refuse" };
    const masks = [{ ...read, rule: "pii-1", otherwise: "refuse" }];
    expect(decide({ ...yes, mask: [[mask]] })).toMatchObject({ outcome: "allow", masks });
  });

  it("a very long reason is cut to what an error message can carry", () => {
    const decision = decide({ ...silent, deny: [["x".repeat(5_000)]] });
    expect(decision).toMatchObject({ outcome: "deny", cause: "policy" });
    expect(decision.outcome === "deny" && decision.message.length).toBe(1_000);
  });
});

describe("a mask as policies write it", () => {
  const masks = (...members: unknown[]) => {
    const decision = decide({ ...yes, mask: [members] });
    return decision.outcome === "allow" ? decision.masks : decision;
  };

  it("says where, with what method and its options, and what otherwise", () => {
    const written = {
      in: "header:note",
      format: "text",
      detect: "email",
      method: { name: "partial", first: 2 },
      otherwise: "pass",
    };
    expect(masks(written)).toEqual([
      {
        ...read,
        rule: "partial email in header:note",
        in: "header:note",
        format: "text",
        field: null,
        detect: ["email"],
        method: { name: "partial", options: { first: 2 } },
        otherwise: "pass",
      },
    ]);
  });

  it.each([
    [{ tag: "PII" }, "redact tag PII"],
    [{ in: "key" }, "redact key"],
    [{ in: "headers", detect: ["email", "iban"] }, "redact email iban in headers"],
    [{ field: "$.note", detect: "email" }, "redact email $.note"],
    [{ rule: "gdpr 7", tag: "PII" }, "gdpr 7"],
  ])("%j is called %s", (place, rule) => {
    expect(masks({ ...place, method: "redact" })).toMatchObject([{ rule }]);
  });

  it("is for reads, unless it says that it is for writes: nobody's data are changed by accident", () => {
    const mask = [email, { ...email, rule: "at rest", on: "write" }];
    expect(decide({ ...yes, mask: [mask] })).toMatchObject({ masks: [{ on: "read" }] });
    const write = readAnswer({ ...yes, mask: [mask] }, operation("topic.write", "orders"), "alice", "r1", noChecks);
    expect(write).toMatchObject({ masks: [{ rule: "at rest", on: "write" }] });
  });
});

describe("a filter as policies write it", () => {
  const filters = (member: unknown) => {
    const decision = decide({ ...yes, filter: [[member]] });
    return decision.outcome === "allow" ? decision.filters : decision;
  };
  const place = { on: "read", in: "value", format: "auto", formatOptions: {}, field: null, tag: null, detect: [] };

  it("keeps only what matches, and then hides records that have nothing there", () => {
    expect(filters({ rule: "tenant", in: "header:tenant", keep: "acme" })).toEqual([
      { ...place, rule: "tenant", in: "header:tenant", action: "keep", values: ["acme"], missing: "hide" },
    ]);
  });

  it("may keep nothing at all: that is what a caller without the claim sees", () => {
    expect(filters({ in: "key", keep: [] })).toMatchObject([{ rule: "keep key", action: "keep", values: [] }]);
  });

  it("hides what matches, and then keeps records that have nothing there unless told otherwise", () => {
    expect(filters({ field: "$.class", hide: ["secret", 7, true] })).toEqual([
      {
        ...place,
        rule: "hide $.class",
        field: "$.class",
        action: "hide",
        values: ["secret", "7", "true"],
        missing: "keep",
      },
    ]);
    expect(filters({ field: "$.class", hide: "secret", missing: "hide" })).toMatchObject([{ missing: "hide" }]);
  });

  it("hides where a detector finds something", () => {
    expect(filters({ detect: "card-number", hide: "found" })).toMatchObject([
      { rule: "hide card-number", action: "hide", detect: ["card-number"], values: [] },
    ]);
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
    "a mask of nothing": { ...yes, mask: [[{ method: "redact" }]] },
    "a mask of a field and a tag": { ...yes, mask: [[{ ...email, tag: "PII" }]] },
    "a mask in an unknown part": { ...yes, mask: [[{ ...email, in: "header" }]] },
    "a mask in a header without a name": { ...yes, mask: [[{ ...email, in: "header:" }]] },
    "a mask of an unknown format": { ...yes, mask: [[{ ...email, format: "xml" }]] },
    "a mask of an unknown direction": { ...yes, mask: [[{ ...email, on: "both" }]] },
    "a mask by no detector": { ...yes, mask: [[{ detect: [], method: "redact" }]] },
    "a method without a name": { ...yes, mask: [[{ field: "$.a", method: { first: 2 } }]] },
    "a filter that neither keeps nor hides": { ...yes, filter: [[{ rule: "tenant", in: "key" }]] },
    "a filter that keeps and hides": { ...yes, filter: [[{ in: "key", keep: "a", hide: "b" }]] },
    "a filter that hides nothing": { ...yes, filter: [[{ in: "key", hide: [] }]] },
    "a filter that compares with an object": { ...yes, filter: [[{ in: "key", keep: {} }]] },
    "a filter that keeps what a detector finds": { ...yes, filter: [[{ detect: "email", keep: "found" }]] },
    "a filter with a misspelt field": { ...yes, filter: [[{ in: "key", keep: "a", mising: "keep" }]] },
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
    const key = fc.constantFrom("allow", "deny", "mask", "approve", "filter", "record");
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
    ...noChecks,
    mask: ({ method }) => (method.name === "redact" ? null : `there is no method ${method.name}`),
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

  it("how much is recorded: the least of what the policy says, also of what is denied; nothing where it says nothing", () => {
    const record = [[{ payloads: "masked" }, { payloads: "none" }]];
    expect(decide({ ...yes, record })).toMatchObject({ outcome: "allow", record: "none" });
    expect(decide({ ...yes, deny: [["no"]], record })).toMatchObject({ outcome: "deny", record: "none" });
    expect(decide(yes).record).toBeUndefined();
    expect(decide({ ...yes, record: [[{ payloads: "everything" }]] })).toMatchObject({ cause: "policy-unavailable" });
  });

  it("a level that the configuration cannot keep is a denial", () => {
    const noRaw = { ...noChecks, record: (level: string) => (level === "raw" ? "needs a key" : null) };
    expect(decide({ ...yes, record: [[{ payloads: "raw" }]] }, noRaw)).toMatchObject({ cause: "policy-unavailable" });
  });

  it("the same is said of members that a policy writes out, before it runs", () => {
    expect(checkLiteral("mask", email, checks)).toBeNull();
    expect(checkLiteral("mask", { ...email, method: "rot13" }, checks)).toMatch(/rot13/);
    expect(checkLiteral("approve", { rule: "x" }, checks)).toMatch(/approvers/);
    expect(checkLiteral("deny", 1, checks)).toMatch(/text/);
    expect(checkLiteral("record", { payloads: "all" }, checks)).toMatch(/none, metadata, masked, raw/);
  });
});
