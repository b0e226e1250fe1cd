// Decisions: from the cache, and evaluated, for each of the shipped policies alone and for all together.
import { join } from "node:path";
import { compilePolicy } from "../../../src/policy/compile.ts";
import { findPolicyCompiler } from "../../../src/policy/compiler/build.ts";
import type { RegoEngine } from "../../../src/policy/rego-engine.ts";
import { createRegoEngine } from "../../../src/policy/rego-engine.ts";
import { type PolicySources, readSources } from "../../../src/policy/sources.ts";
import { identity, operation, session } from "../../unit/policy/support.ts";
import type { Case, Cases } from "./case.ts";
import { times } from "./codec.ts";

const policies = join(import.meta.dirname, "..", "..", "..", "policies");
const context = {
  session: session({ identity: identity({ groups: ["analysts", "platform"] }) }),
  now: 1_790_000_000_000,
};
/** What the others call: nothing is allowed without it. */
const base = "roles.rego";
const cachedMicroseconds = 1;
const uncachedMicroseconds = 25;
const listed = 128;

export async function policyCases(): Promise<Cases> {
  const sources = await readSources(policies);
  const files = Object.keys(sources.modules).filter((path) => !path.endsWith("_test.rego"));
  const all = await engineOf(sources, () => true);
  const cases: Case[] = [cached(all)];
  for (const file of files)
    cases.push(...uncached(file, await engineOf(sources, (path) => path === file || path === base)));
  cases.push(...uncached("all of them", all), many(all));
  return { cases };
}

/** The policy of some files; their tests stay outside, since they need the others. */
async function engineOf(sources: PolicySources, wanted: (path: string) => boolean): Promise<RegoEngine> {
  const modules = Object.entries(sources.modules).filter(([path]) => !path.endsWith("_test.rego") && wanted(path));
  const made = await compilePolicy({ ...sources, modules: Object.fromEntries(modules) }, await findPolicyCompiler());
  if (!made.ok) throw new Error(JSON.stringify(made.problems));
  const engine = createRegoEngine();
  const problems = engine.load(made.policy);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return engine;
}

function cached(engine: RegoEngine): Case {
  const names = Array.from({ length: 100 }, (_, index) =>
    operation("topic.read", `orders.${index}`, { cacheable: true }),
  );
  const asked = names.map((one) => [one]);
  return {
    name: "policy: a cached decision",
    unit: "decision",
    each: asked.length,
    limit: cachedMicroseconds,
    run: () => {
      for (const one of asked) engine.decide(context, one);
    },
  };
}

function uncached(name: string, engine: RegoEngine): Case[] {
  return ["topic.read", "topic.write", "topic.delete"].map((act) => {
    const asked = [operation(act, "orders.eu", { risk: act === "topic.delete" ? "high" : "low" })];
    return {
      name: `policy: ${act} by ${name}`,
      unit: "decision",
      each: 20,
      limit: uncachedMicroseconds,
      run: times(20, () => engine.decide(context, asked)),
    };
  });
}

/** As for a slice of a listing. */
function many(engine: RegoEngine): Case {
  const asked = Array.from({ length: listed }, (_, index) => operation("topic.describe", `orders.${index}`));
  return {
    name: `policy: ${listed} topics in one call`,
    unit: "decision",
    each: listed,
    run: () => void engine.decide(context, asked),
  };
}
