// One client in one case: its program runs, somebody decides meanwhile or afterwards as the case says, and both sides are looked at: what the
// client printed, and how often the broker has executed what was asked.
import { run } from "../../../src/demo/parts/process.ts";
import type { Approval } from "../../../src/model/approval.ts";
import { eventually } from "../../support/wait.ts";
import { readReport, type Step } from "../compare.ts";
import type { Command } from "../programs.ts";
import type { Act, Case } from "./cases.ts";
import type { TableStage } from "./stage.ts";

export interface Outcome {
  readonly act: Act;
  /** What the client printed: its error, or `done`. One text a run. */
  readonly printed: readonly string[];
  /** How often the broker has executed it. */
  readonly executed: number;
  /** What is not as the case wants it; null when all is. */
  readonly problem: string | null;
}

const runMsMax = 120_000;
const pollMs = 60;
let runs = 0;

export async function runCase(
  command: Command,
  supported: readonly Act[],
  which: Case,
  stage: TableStage,
): Promise<Outcome[]> {
  runs += 1;
  const prefix = `tb${process.pid.toString(36)}${runs}-${which.name}`;
  await stage.prepare(prefix);
  const program = async (all: readonly Act[]): Promise<readonly Step[]> => {
    const env = {
      ...command.env,
      ...stage.door,
      CLIENT_PREFIX: prefix,
      CLIENT_STEPS: "act",
      CLIENT_ACTS: all.join(","),
      CLIENT_PATIENCE_MS: String(which.patienceMs),
    };
    const finished = await run(command.file, command.args, { env, timeoutMs: runMsMax });
    const steps = readReport(finished.stdout);
    if (!all.every((act) => steps.some(({ step }) => step === act)))
      throw new Error(`the program broke off (${finished.code}): ${finished.stderr.slice(-2_000)}`);
    return steps;
  };
  const client = async (): Promise<readonly Step[]> => {
    const steps: Step[] = [];
    for (const all of which.apart ? supported.map((act) => [act]) : [supported]) steps.push(...(await program(all)));
    return steps;
  };
  const decider = decideMeanwhile(stage, prefix, which);
  const runsOfClient = [await client()];
  await decider.stop();
  const asked = await stage.approvals(prefix);
  if (which.afterwards !== null) await Promise.all(asked.map(({ id }) => stage.decide(id, "approve")));
  if (which.afterwards === "approve and run again") runsOfClient.push(await client());
  return await Promise.all(supported.map((act) => outcomeOf(act, which, stage, prefix, asked, runsOfClient)));
}

/** Looks for what is asked until it is stopped, and decides it as the case says. */
function decideMeanwhile(stage: TableStage, prefix: string, { meanwhile }: Case): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const decide = async (answer: "approve" | "deny"): Promise<void> => {
    while (!stopped.signal.aborted) {
      const pending = (await stage.approvals(prefix)).filter(({ state }) => state === "pending");
      await Promise.all(pending.map(({ id }) => stage.decide(id, answer)));
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  const deciding = meanwhile === null ? Promise.resolve() : decide(meanwhile);
  return {
    async stop() {
      stopped.abort();
      await deciding;
    },
  };
}

async function outcomeOf(
  act: Act,
  which: Case,
  stage: TableStage,
  prefix: string,
  asked: readonly Approval[],
  runsOfClient: readonly (readonly Step[])[],
): Promise<Outcome> {
  const printed = runsOfClient.map((steps) => textOf(steps.find(({ step }) => step === act)));
  // Brokers tell each other in their own time; what must not happen has had that time too, as the others of its kind show.
  const shown = await eventually(async () => (await stage.isDone(prefix, act)) === (which.executed === 1)).then(
    () => which.executed === 1,
    () => which.executed !== 1,
  );
  const executed = await stage.timesDone(await stage.approvals(prefix), act);
  const problems = [
    ...(shown === (which.executed === 1) ? [] : [`the broker ${shown ? "shows it done" : "does not show it done"}`]),
    ...(executed === which.executed ? [] : [`the broker confirmed it ${executed} times`]),
    ...(asked.filter((one) => one.api === act).length === 1 ? [] : ["it is not exactly one approval"]),
    ...((printed.at(-1) === "done") === (which.executed === 1) ? [] : ["the client was told something else"]),
  ];
  return { act, printed, executed, problem: problems.length === 0 ? null : problems.join("; ") };
}

function textOf(step: Step | undefined): string {
  return step?.ok === true ? "done" : (step?.error ?? "nothing").replaceAll(/\s+/g, " ").trim();
}
