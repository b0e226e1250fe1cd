// The engine over real policies: decisions, isolation of failures, limits, the cache, and the swap of one policy for another.
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { CompiledPolicy } from "../../../src/policy/compiled.ts";
import { createRegoEngine } from "../../../src/policy/rego-engine.ts";
import { compiled, identity, operation, session, someTime } from "./support.ts";

const context = { session: session(), now: someTime };

describe("before the first load", () => {
  it("everything is denied", () => {
    const engine = createRegoEngine();
    expect(engine.revision).toBe("none");
    expect(engine.decide(context, [operation("topic.read", "orders")])).toMatchObject([
      { outcome: "deny", cause: "policy-unavailable", revision: "none" },
    ]);
  });
});

describe("a running policy", () => {
  let policy: CompiledPolicy;
  beforeAll(async () => {
    policy = await compiled(
      `allow if startswith(input.operation.resource.name, "orders")
       deny contains $"{input.operation.resource.name} is frozen" if data.frozen[input.operation.resource.name]
       mask contains {"field": "$.email", "method": "redact"} if input.operation.name == "topic.read"
       approve contains {"rule": "r", "approvers": ["admins"], "count": 2, "why": "w"} if input.operation.verb == "delete"`,
      { frozen: { "orders-old": true } },
    );
  });

  it("decides each operation of a call by itself, in order", () => {
    const engine = createRegoEngine();
    engine.load(policy);
    const decisions = engine.decide(context, [
      operation("topic.read", "orders"),
      operation("topic.write", "payments"),
      operation("topic.delete", "orders"),
      operation("topic.write", "orders-old"),
      operation("topic.write", "orders"),
    ]);
    expect(decisions).toMatchObject([
      { outcome: "allow", masks: [{ field: "$.email" }] },
      { outcome: "deny", rules: ["no-allow"] },
      { outcome: "hold", requirements: [{ count: 2 }], masks: [] },
      { outcome: "deny", message: "orders-old is frozen" },
      { outcome: "allow", masks: [] },
    ]);
    expect(new Set(decisions.map(({ revision }) => revision))).toEqual(new Set([policy.revision]));
  });

  it("gives the same decisions in calls of any size, cut into chunks of any size", () => {
    const names = fc.constantFrom("topic.read", "topic.write", "topic.delete");
    const resources = fc.constantFrom("orders", "orders-old", "payments", "");
    const operations = fc.array(fc.tuple(names, resources, fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(operations, fc.integer({ min: 1, max: 9 }), (list, batch) => {
        const asked = list.map(([name, resource, cacheable]) => operation(name, resource, { cacheable }));
        const chunked = createRegoEngine({ limits: { policyBatchOperationsMax: batch, decisionCacheEntriesMax: 4 } });
        const plain = createRegoEngine();
        chunked.load(policy);
        plain.load({ ...policy, inputs: null });
        const together = [...chunked.decide(context, asked), ...chunked.decide(context, asked)];
        const alone = asked.map((one) => plain.decide(context, [one])[0]);
        expect(together).toEqual([...alone, ...alone]);
      }),
      { numRuns: 40 },
    );
  });

  it("nothing asked is nothing answered", () => {
    const engine = createRegoEngine();
    engine.load(policy);
    expect(engine.decide(context, [])).toEqual([]);
  });

  it("denies whoever is not logged in, cached or not", () => {
    const engine = createRegoEngine();
    engine.load(policy);
    const nobody = { session: session({ identity: null }), now: someTime };
    expect(engine.decide(nobody, [operation("topic.read", "orders", { cacheable: true })])).toMatchObject([
      { outcome: "deny", cause: "policy-unavailable" },
    ]);
  });

  it("is replaced as a whole by the next one, cache included", async () => {
    const engine = createRegoEngine();
    const read = operation("topic.read", "orders", { cacheable: true });
    engine.load(policy);
    expect(engine.decide(context, [read])).toMatchObject([{ outcome: "allow" }]);
    const problems = engine.load(await compiled('allow if input.operation.resource.name == "other"'));
    expect(problems).toEqual([]);
    expect(engine.decide(context, [read])).toMatchObject([{ outcome: "deny", revision: engine.revision }]);
  });
});

describe("a policy that does not run", () => {
  it("never replaces the running one: bytes that are no module, or one without our prelude", async () => {
    const engine = createRegoEngine();
    const good = await compiled("allow if true");
    engine.load(good);
    expect(engine.load({ ...good, wasm: new Uint8Array([1, 2, 3]), revision: "broken" })).toHaveLength(1);
    expect(engine.revision).toBe(good.revision);
  });

  it("never replaces the running one: rules that contradict each other, found by the trial questions", async () => {
    const engine = createRegoEngine();
    const good = await compiled("allow if true");
    engine.load(good);
    const bad = await compiled(
      'allow := true if input.operation.verb != "x"\nallow := false if input.operation.verb != "y"',
    );
    expect(engine.load(bad)).toMatchObject([{ message: expect.stringContaining("trial") }]);
    expect(engine.revision).toBe(good.revision);
    expect(engine.decide(context, [operation("topic.read", "orders")])).toMatchObject([{ outcome: "allow" }]);
  });

  it("never replaces the running one: it needs more memory than it may have", async () => {
    const engine = createRegoEngine({ limits: { policyMemoryPagesMax: 8 } });
    const data = { big: Array.from({ length: 20_000 }, (_, i) => `entry ${i}`) };
    const problems = engine.load(await compiled("allow if data.big[0]", data));
    expect(problems).toHaveLength(1);
    expect(engine.revision).toBe("none");
  });
});

describe("the decision cache", () => {
  it("is used for cacheable operations only, and only where the policy does not look at the time or at everything", async () => {
    const byName = createRegoEngine();
    byName.load(await compiled('allow if input.operation.resource.name == "orders"'));
    const byTime = createRegoEngine();
    byTime.load(await compiled("allow if input.time.hour < 12"));
    const byAll = createRegoEngine();
    byAll.load(await compiled("allow if { i := input; i.time.hour < 12 }"));
    expect([byName.caching, byTime.caching, byAll.caching]).toEqual([true, false, false]);

    const read = operation("topic.read", "orders", { cacheable: true });
    for (const engine of [byTime, byAll]) {
      const at = (hour: number) => engine.decide({ ...context, now: Date.UTC(2023, 10, 15, hour) }, [read])[0]?.outcome;
      expect([at(9), at(15), at(9)]).toEqual(["allow", "deny", "allow"]);
    }
    const [first] = byName.decide(context, [read]);
    expect(byName.decide(context, [read])[0]).toBe(first);
    const fresh = operation("topic.read", "orders");
    expect(byName.decide(context, [fresh])[0]).not.toBe(byName.decide(context, [fresh])[0]);
  });

  it("never changes an answer, whatever a session becomes", async () => {
    const policy = await compiled(`
      allow if { input.principal.name == "alice"; input.client.software.name == "kafkajs" }
      allow if input.client.id == "trusted"
      allow if { "admins" in input.principal.groups; net.cidr_contains("10.0.0.0/8", input.client.address) }
      deny contains "id" if input.operation.resource.id == "AAAA"
      deny contains "dry" if input.operation.dryRun`);
    const cached = createRegoEngine({ limits: { decisionCacheEntriesMax: 6 } });
    const uncached = createRegoEngine();
    cached.load(policy);
    uncached.load({ ...policy, inputs: null });
    expect([cached.caching, uncached.caching]).toEqual([true, false]);
    const sessions = [session(), session({ client: "192.0.2.1:1" }), session({ cluster: "other" })];
    const identities = [identity(), identity({ groups: ["admins"] }), identity({ principal: "bob" })];
    const step = fc.record({
      session: fc.nat({ max: 2 }),
      identity: fc.nat({ max: 2 }),
      clientId: fc.constantFrom(null, "trusted", "other"),
      software: fc.constantFrom(null, { name: "kafkajs", version: "1" }),
      resource: fc.constantFrom("orders", "payments"),
      id: fc.constantFrom(undefined, "AAAA", "BBBB"),
      dryRun: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        for (const one of steps) {
          const now = sessions[one.session] ?? session();
          Object.assign(now, { identity: identities[one.identity], clientId: one.clientId, software: one.software });
          const resource = {
            type: "topic",
            name: one.resource,
            ...(one.id === undefined ? {} : { id: one.id }),
          } as const;
          const asked = [operation("topic.read", one.resource, { resource, dryRun: one.dryRun, cacheable: true })];
          expect(cached.decide({ ...context, session: now }, asked)).toEqual(
            uncached.decide({ ...context, session: now }, asked),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});
