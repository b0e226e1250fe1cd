// Sources → a compiled policy, or every mistake in them at once. Checks, runs the policy's own tests, then builds; never optimises.
import { createHash } from "node:crypto";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { type AnswerChecks, checkLiteral, noChecks } from "./answer.ts";
import { adviseOnBuiltins, builtinNames } from "./builtins.ts";
import type { CompiledPolicy } from "./compiled.ts";
import type { CompilerAnswer, CompilerRequest, CompilerStep, PolicyCompiler } from "./compiler/protocol.ts";
import type { PolicyProblem } from "./engine.ts";
import { entrypoints, policyPackage, preludePath, preludeText, ruleShapes } from "./prelude.ts";
import { inputSchema } from "./schema.ts";
import type { PolicySources } from "./sources.ts";

export type Compilation =
  | { readonly ok: true; readonly policy: CompiledPolicy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Never rejects: a compiler that cannot run is a problem without a place. */
export async function compilePolicy(
  sources: PolicySources,
  compiler: PolicyCompiler,
  checks: AnswerChecks = noChecks,
): Promise<Compilation> {
  if (sources.problems.length > 0) return { ok: false, problems: sources.problems };
  const prelude = preludeText();
  let answer: CompilerAnswer;
  try {
    answer = await compiler.run(requestFor(sources, ["check", "test", "build"], prelude));
  } catch (error) {
    return { ok: false, problems: [{ file: "", row: 0, column: 0, message: describeError(error) }] };
  }
  const problems = problemsIn(answer, checks);
  if (problems.length > 0) return { ok: false, problems };
  if (answer.wasm === undefined) throw new LockkeeperError("setup-failed", "the policy compiler built nothing");
  const paths = Object.keys(sources.modules);
  return {
    ok: true,
    policy: {
      wasm: new Uint8Array(Buffer.from(answer.wasm, "base64")),
      data: sources.data,
      revision: revisionOf(sources.hash, prelude, compiler.version),
      files: paths.filter((path) => !path.endsWith("_test.rego")).length,
      tests: answer.tests.filter((test) => test.outcome === "pass").length,
      inputs: answer.inputs,
    },
  };
}

/** The request for some steps over these sources; `lockkeeper policy test` and `fmt` use it too. */
export function requestFor(
  sources: PolicySources,
  steps: readonly CompilerStep[],
  prelude: string = preludeText(),
): CompilerRequest {
  return {
    steps,
    modules: sources.modules,
    prelude: { [preludePath]: prelude },
    data: sources.data,
    entrypoints: Object.values(entrypoints),
    builtins: builtinNames,
    schema: inputSchema,
    package: policyPackage,
    rules: ruleShapes,
  };
}

function problemsIn(answer: CompilerAnswer, checks: AnswerChecks): PolicyProblem[] {
  const problems: PolicyProblem[] = answer.problems.map((found) => ({
    ...found,
    message: adviseOnBuiltins(found.message),
  }));
  for (const { rule, file, row, column, value } of answer.literals) {
    const message = checkLiteral(rule, value, checks);
    if (message !== null) problems.push({ file, row, column, message });
  }
  for (const { name, file, row, column, outcome, message } of answer.tests) {
    if (outcome === "fail" || outcome === "error") problems.push({ file, row, column, message: `${name}: ${message}` });
  }
  return problems.toSorted(byPlace);
}

function byPlace(a: PolicyProblem, b: PolicyProblem): number {
  return a.file.localeCompare(b.file) || a.row - b.row || a.column - b.column;
}

function revisionOf(sourcesHash: string, prelude: string, compilerVersion: string): string {
  const hash = createHash("sha256");
  for (const part of [sourcesHash, prelude, compilerVersion]) hash.update(`${part.length}:${part}`);
  return hash.digest("hex").slice(0, 16);
}
