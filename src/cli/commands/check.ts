// lockkeeper check: every mistake in configuration and policies at once, each with file and line.
import { Command } from "commander";
import { openMasking } from "../../app/masking.ts";
import { answerChecks, describeProblem as describePolicyProblem } from "../../app/policy.ts";
import { systemClock } from "../../base/clock.ts";
import { loadConfig } from "../../config/load.ts";
import { describeProblem } from "../../config/mistakes.ts";
import type { Config } from "../../config/schema.ts";
import { findPolicyCompiler } from "../../policy/compiler/build.ts";
import { checkPolicy } from "../../policy/reload.ts";
import { type ConfigOption, configOption, print } from "../shared.ts";

export function checkCommand(): Command {
  return new Command("check")
    .description("find every mistake in the configuration and the policies at once")
    .addOption(configOption())
    .addHelpText(
      "after",
      "\nExit code 0: nothing to mend. 1: a line for each mistake, as FILE:LINE:COLUMN: what is wrong.",
    )
    .action(check);
}

async function check({ config: file }: ConfigOption): Promise<void> {
  const loaded = loadConfig(file);
  const problems = loaded.ok ? await policyProblems(loaded.config) : loaded.problems.map(describeProblem);
  for (const problem of problems) print(problem);
  if (problems.length === 0) print(`${file}: configuration and policies are good`);
  else process.exitCode = 1;
}

async function policyProblems(config: Config): Promise<readonly string[]> {
  const { directory } = config.policy;
  if (directory === null) return [];
  const compiler = await findPolicyCompiler((line) => process.stderr.write(`${line}\n`));
  const problems = await checkPolicy({
    directory,
    compiler,
    clock: systemClock,
    checks: answerChecks(config, openMasking(config)),
  });
  return problems.map(describePolicyProblem);
}
