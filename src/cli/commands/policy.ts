// lockkeeper policy: try a policy on what has happened before it goes live.
import { Command } from "commander";
import { openMasking } from "../../app/masking.ts";
import { answerChecks, describeProblem } from "../../app/policy.ts";
import { readAllEvents } from "../../audit/logs.ts";
import { listSessions } from "../../audit/replay.ts";
import { systemClock } from "../../base/clock.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { Config } from "../../config/schema.ts";
import { unavailable } from "../../policy/answer.ts";
import { findPolicyCompiler } from "../../policy/compiler/build.ts";
import { createRegoEngine, type RegoEngine } from "../../policy/rego-engine.ts";
import { loadPolicy } from "../../policy/reload.ts";
import { type Format, formatOption, printRows } from "../output.ts";
import { type Backtest, backtest } from "../policy/backtest.ts";
import { print, readConfig, time } from "../shared.ts";
import { type LogOption, logged, pastTime, placesOf } from "./audit-options.ts";

interface BacktestOptions extends LogOption {
  readonly since: number;
  readonly until?: number;
  readonly principal?: string;
  readonly format: Format;
}

export function policyCommand(): Command {
  const command = new Command("policy").description("try a policy on what has happened");
  logged(command.command("backtest <directory>"))
    .description("judge the recorded decisions again by the policies of a folder, and list what would change")
    .option("--since <time>", "an ISO time, or an age such as 15m, 4h, 7d", pastTime, 0)
    .option("--until <time>", "the same", pastTime)
    .option("--principal <name>")
    .addOption(formatOption())
    .addHelpText("after", "\nExit code 0: nothing would change. 1: something would, or the policies do not compile.")
    .action(run);
  return command;
}

async function run(directory: string, options: BacktestOptions): Promise<void> {
  const config = readConfig(options);
  const engine = await engineFor(config, directory);
  const { since, until, principal } = options;
  const filter = {
    codes: ["operation.allowed", "operation.denied", "operation.held"],
    since,
    ...(until !== undefined && { until }),
    ...(principal !== undefined && { principal }),
  };
  const recorded = config.audit.recordings ? await listSessions(config.audit.recordings.directory) : [];
  const result = await backtest(readAllEvents(await placesOf(options), filter), {
    decide: (context, operation) =>
      engine.decide(context, [operation])[0] ?? unavailable(engine.revision, "no decision"),
    sessions: new Map(recorded.map((session) => [session.id, session])),
  });
  await printRows(rows(result), options.format);
  if (options.format === "table") print(summary(result));
  if (result.changes.length > 0) process.exitCode = 1;
}

async function engineFor(config: Config, directory: string): Promise<RegoEngine> {
  const checks = answerChecks(config, openMasking(config));
  const engine = createRegoEngine({ checks });
  const compiler = await findPolicyCompiler((line) => process.stderr.write(`${line}\n`));
  const load = await loadPolicy(engine, { directory, compiler, clock: systemClock, checks });
  if (load.ok) return engine;
  throw new LockkeeperError("policy-invalid", load.problems.map(describeProblem).join("\n"));
}

function* rows({ changes }: Backtest) {
  for (const { change, count, principal, operation, resource, lastAt, why } of changes)
    yield { change, count, principal, operation, resource, last: time(lastAt), why };
}

function summary({ judged, cut, changes }: Backtest): string {
  const count = changes.reduce((sum, each) => sum + each.count, 0);
  const left = cut > 0 ? `; ${cut} were too large to be in the log whole and were not judged` : "";
  return `${judged} recorded decisions judged again, ${count} would change${left}`;
}
