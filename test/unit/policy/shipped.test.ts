// The shipped policies: formatted, tested by their own tests, and deciding the story that the demo tells.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { compilePolicy, requestFor } from "../../../src/policy/compile.ts";
import type { CompiledPolicy } from "../../../src/policy/compiled.ts";
import { factsText, oneText, sessionFacts } from "../../../src/policy/input.ts";
import { createRegoEngine } from "../../../src/policy/rego-engine.ts";
import { type PolicySources, readSources } from "../../../src/policy/sources.ts";
import { createProgram } from "../../../src/policy/wasm.ts";
import { compiler, identity, operation, session, someTime } from "./support.ts";

const directory = fileURLToPath(new URL("../../../policies", import.meta.url));
let sources: PolicySources;
let policy: CompiledPolicy;
const engine = createRegoEngine();

beforeAll(async () => {
  sources = await readSources(directory);
  const result = await compilePolicy(sources, await compiler());
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
  policy = result.policy;
  const problems = engine.load(policy);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
}, 60_000);

function decide(groups: readonly string[], name: string, resource: string, risk: "low" | "high" = "low") {
  const context = { session: session({ identity: identity({ groups }) }), now: someTime };
  return engine.decide(context, [operation(name, resource, { risk })])[0];
}

describe("the shipped policies", () => {
  it("pass their own tests, every policy file has some, and nothing is skipped", async () => {
    const answer = await (await compiler()).run(requestFor(sources, ["check", "test", "format"]));
    const files = Object.keys(sources.modules).filter((path) => !path.endsWith("_test.rego"));
    expect(answer.tests.filter(({ outcome }) => outcome !== "pass")).toEqual([]);
    const tested = new Set(answer.tests.map(({ file }) => file.replace("_test.rego", ".rego")));
    expect(files.filter((file) => !tested.has(file))).toEqual([]);
    expect(answer.unformatted).toEqual([]);
  });

  it("let alice read masked orders", () => {
    expect(decide(["analysts"], "topic.read", "orders")).toMatchObject({
      outcome: "allow",
      masks: [
        { field: "$.customer.email", method: { name: "redact", options: {} }, otherwise: "redact" },
        { field: "$.customer.card", method: { name: "redact", options: {} }, otherwise: "redact" },
      ],
    });
    expect(decide(["analysts", "pii-readers"], "topic.read", "orders")).toMatchObject({ outcome: "allow", masks: [] });
    expect(decide(["analysts"], "topic.write", "orders")).toMatchObject({ outcome: "deny", cause: "policy" });
  });

  it("let bob describe the cluster and nothing else", () => {
    expect(decide(["guests"], "cluster.describe", "kafka-cluster")?.outcome).toBe("allow");
    expect(decide(["guests"], "topic.read", "orders")?.outcome).toBe("deny");
    expect(decide(["guests"], "topic.describe", "orders")?.outcome).toBe("deny");
  });

  it("hold what an administrator does at high risk, and only that", () => {
    for (const [name, resource] of [
      ["topic.delete", "orders"],
      ["topic.alter-config", "orders"],
      ["topic.delete-records", "orders"],
      ["group.delete", "reports"],
      ["acl.create", "kafka-cluster"],
    ] as const) {
      expect(decide(["platform"], name, resource, "high")).toMatchObject({
        outcome: "hold",
        requirements: [{ approvers: ["kafka-admins"], count: 1 }],
      });
    }
    expect(decide(["platform"], "topic.create", "orders")?.outcome).toBe("allow");
    expect(decide(["analysts"], "topic.delete", "orders", "high")?.outcome).toBe("deny");
  });

  it("let services write and read orders", () => {
    expect(decide(["services"], "topic.write", "orders")?.outcome).toBe("allow");
    expect(decide(["services"], "topic.read", "orders")?.outcome).toBe("allow");
    expect(decide(["services"], "cluster.idempotent-write", "kafka-cluster")?.outcome).toBe("allow");
  });

  it("may be cached, and cost the same with a hundred times as many roles", () => {
    expect(engine.caching).toBe(true);
    const text = oneText(factsText(sessionFacts(session())), someTime, operation("topic.read", "orders"));
    const stepsWith = (data: CompiledPolicy["data"]) => {
      const program = createProgram(policy.wasm, data);
      program.evaluate("one", text);
      return program.steps;
    };
    const more = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`role-${i}`, { "topic.read": [`team-${i}*`] }]),
    );
    const grown = { ...policy.data, roles: Object.assign({}, policy.data["roles"], more) };
    expect(stepsWith(grown)).toBeLessThan(stepsWith(policy.data) * 1.2);
  });

  it("name only operations that their README lists", async () => {
    const readme = await readFile(`${directory}/README.md`, "utf8");
    const text = Object.values(sources.modules).join("\n") + JSON.stringify(sources.data);
    const named = new Set([...text.matchAll(/"((?:topic|group|cluster|acl)\.[a-z-]+)"/g)].map(([, name]) => name));
    expect(named.size).toBeGreaterThan(10);
    expect([...named].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
