// Evasions and accidents by which a policy could fail open, run for ever, or say something that is not understood.
import { beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../src/base/json.ts";
import { limits } from "../../src/base/limits.ts";
import { createRegoEngine, type RegoEngine } from "../../src/policy/rego-engine.ts";
import { createProgram } from "../../src/policy/wasm.ts";
import { compiled, identity, operation, session, someTime } from "../unit/policy/support.ts";

const context = { session: session(), now: someTime };
const read = operation("topic.read", "orders");
const unavailable = { outcome: "deny", cause: "policy-unavailable" };

describe("a deny that depends on data", () => {
  it("keeps denying: nothing of data is folded into the module (OPA's -O1 lets such a deny vanish)", async () => {
    const policy = await compiled(
      `allow if true
       deny contains "frozen" if data.frozen[input.operation.resource.name]
       deny contains "not listed" if not data.listed[input.operation.resource.name]
       deny contains "no plan" if data.plan.missing.deeply == input.operation.resource.name`,
      { frozen: { orders: true }, listed: { orders: true, payments: true }, plan: {} },
    );
    const engine = createRegoEngine();
    engine.load(policy);
    const outcomes = (topic: string) => engine.decide(context, [operation("topic.write", topic)])[0]?.rules;
    expect(outcomes("orders")).toEqual(["frozen"]);
    expect(outcomes("payments")).toEqual(["allow"]);
    expect(outcomes("other")).toEqual(["not listed"]);

    engine.load({ ...policy, data: { frozen: {}, listed: { orders: true }, plan: { missing: { deeply: "orders" } } } });
    expect(outcomes("orders")).toEqual(["no plan"]);
  });
});

/** Nested loops over 150 numbers each that never find what they look for. */
function nested(depth: number): string {
  const names = Array.from({ length: depth }, (_, i) => `x${i}`);
  return [...names.map((name) => `some ${name} in numbers.range(1, 150)`), `${names.join(" + ")} < 0`].join("\n");
}

describe("a runaway policy", () => {
  let engine: RegoEngine;
  const faults: string[] = [];
  beforeAll(async () => {
    engine = createRegoEngine({ onFault: (reason) => faults.push(reason) });
    engine.load(
      await compiled(`
        allow if input.operation.verb == "read"
        deny contains "never" if { input.operation.resource.name == "loop"\n${nested(4)} }
        deny contains "never" if { input.operation.resource.name == "memory"
          big := [x | some a in numbers.range(1, 20000); x := $"{a} {input.principal.name} {a} {a} {a} {a} {a} {a}"]
          bigger := [[big, b, y] | some b in numbers.range(1, 500); y := concat(",", big)]
          count(bigger) == 0 }
        deny contains "odd" if regex.match(input.operation.attributes.pattern, input.operation.attributes.text)`),
    );
  });

  it("is a denial within a fraction of a second, always after the same number of steps", () => {
    const started = performance.now();
    const decisions = engine.decide(context, [operation("topic.read", "loop")]);
    const took = performance.now() - started;
    expect(decisions).toMatchObject([unavailable]);
    expect(faults.at(-1)).toBe(`the policy took more than ${limits.policyFuelMax} steps`);
    expect(took).toBeLessThan(5_000);
  });

  it("does not harm the next decision", () => {
    engine.decide(context, [operation("topic.read", "loop")]);
    expect(engine.decide(context, [read])).toMatchObject([{ outcome: "allow" }]);
  });

  it("among many operations is refused, does not take all of them along, and cannot multiply the limit", () => {
    const many = Array.from({ length: 64 }, (_, i) => operation("topic.read", i === 3 ? "loop" : `orders-${i}`));
    const decisions = engine.decide(context, many);
    expect(decisions).toHaveLength(64);
    expect(decisions[3]).toMatchObject(unavailable);
    const started = performance.now();
    const all = engine.decide(
      context,
      Array.from({ length: 64 }, () => operation("topic.read", "loop")),
    );
    const took = performance.now() - started;
    expect(all.every((decision) => decision.outcome === "deny")).toBe(true);
    expect(took).toBeLessThan(10_000);
  });

  it("that eats memory is a denial, and the memory is given back", () => {
    const small = engine.decide(context, [operation("topic.read", "memory")]);
    expect(small).toMatchObject([unavailable]);
    expect(engine.decide(context, [read])).toMatchObject([{ outcome: "allow" }]);
  });

  it("is not made by a hostile pattern: matching is linear", () => {
    const attributes = { pattern: "^(a+)+$", text: `${"a".repeat(50_000)}!` };
    const started = performance.now();
    const decisions = engine.decide(context, [operation("topic.read", "x", { attributes })]);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(decisions[0]?.outcome).toMatch(/allow|deny/);
  });
});

describe("memory", () => {
  it("is capped for each instance, with room for an ordinary decision", async () => {
    const faults: string[] = [];
    const engine = createRegoEngine({
      onFault: (reason) => faults.push(reason),
      limits: { policyMemoryPagesMax: 64, policyFuelMax: 2_000_000_000 },
    });
    engine.load(
      await compiled(`allow if input.operation.resource.name == "orders"
        allow if { input.operation.resource.name == "bomb"; count(numbers.range(1, 3000000)) > 1 }`),
    );
    expect(engine.decide(context, [operation("topic.read", "bomb")])).toMatchObject([unavailable]);
    expect(faults.at(-1)).not.toContain("steps");
    expect(engine.decide(context, [read])).toMatchObject([{ outcome: "allow" }]);
  });
});

describe("a policy that says odd things", () => {
  let engine: RegoEngine;
  beforeAll(async () => {
    engine = createRegoEngine();
    engine.load(
      await compiled(`
        default allow := true
        allow := input.operation.attributes.allow
        deny contains input.operation.attributes.deny
        mask contains input.operation.attributes.mask
        approve contains input.operation.attributes.approve`),
    );
  });
  const odd: readonly Record<string, Json>[] = [
    { allow: "yes" },
    { allow: 1 },
    { allow: null },
    { allow: [] },
    { allow: { a: true } },
    { deny: false },
    { deny: 7 },
    { deny: "" },
    { deny: { message: "no" } },
    { mask: "$.email" },
    { mask: { field: "$.email" } },
    { mask: { field: "$.email", method: "redact", more: 1 } },
    { mask: { field: ["$.email"], method: "redact" } },
    { approve: { rule: "r", approvers: "admins", count: 1, why: "w" } },
    { approve: { rule: "r", approvers: ["a"], count: 0, why: "w" } },
    { approve: { rule: "r", approvers: ["a"], count: 1.5, why: "w" } },
    { approve: true },
  ];

  it.each(odd.map((attributes) => [JSON.stringify(attributes), attributes] as const))(
    "%s is a denial",
    (_, attributes) => {
      const alone = engine.decide(context, [operation("topic.read", "orders", { attributes })]);
      const among = engine.decide(context, [read, operation("topic.read", "orders", { attributes }), read]);
      expect(alone).toMatchObject([unavailable]);
      expect(among).toMatchObject([{ outcome: "allow" }, unavailable, { outcome: "allow" }]);
    },
  );
});

describe("an input that OPA cannot read", () => {
  const hostile = [
    "\ud800",
    "\u0000",
    "\u2028",
    "\uffff",
    '"',
    "\\",
    "\\u0000",
    "a".repeat(100_000),
    "__proto__",
    "💥",
  ];

  it("is never taken for an empty one, where a rule made of negations would allow", async () => {
    const engine = createRegoEngine();
    engine.load(await compiled('allow if not input.operation.resource.name == "secret"'));
    for (const text of hostile) {
      const claims = { [text]: text, secret: text };
      const who = { ...context, session: session({ identity: identity({ claims }), clientId: text }) };
      const secret = operation("topic.read", "secret", { attributes: { text } });
      expect(engine.decide(who, [secret])[0]?.outcome).toBe("deny");
      expect(engine.decide(who, [secret, secret]).map(({ outcome }) => outcome)).toEqual(["deny", "deny"]);
    }
  });

  it("is no answer at all, not one without facts", async () => {
    const policy = await compiled('allow if not input.operation.resource.name == "secret"');
    const program = createProgram(policy.wasm, policy.data);
    for (const text of ["", "{", '{"operation":', "null", "0", "{}", '{"operation": {}}']) {
      expect(() => program.evaluate("one", text)).toThrow(/no answer|parse|illegal/);
    }
    expect(program.evaluate("one", '{"operation": {"name": "x"}}')).toMatchObject({ allow: [true] });
  });

  it("a resource name is compared as it is, whatever it contains", async () => {
    const engine = createRegoEngine();
    engine.load(await compiled("allow if input.operation.resource.name == input.operation.attributes.text"));
    for (const text of hostile.filter((candidate) => candidate.isWellFormed())) {
      const same = operation("topic.read", text, { attributes: { text } });
      const other = operation("topic.read", `${text}x`, { attributes: { text } });
      expect(engine.decide(context, [same])[0]?.outcome).toBe("allow");
      expect(engine.decide(context, [other])[0]?.outcome).toBe("deny");
    }
  });
});
