// Runs one client at one door and reads what it got; and the two doors side by side, compared.
import { type Finished, run } from "../../src/demo/parts/process.ts";
import { compare, type Difference, normalise, readReport, type Step } from "./compare.ts";
import type { Command } from "./programs.ts";
import type { Door, Stage } from "./stage.ts";

/** `core` is what CI has time for, `all` everything the client can do, `guarded` what it meets when a policy says no. */
export type Steps = "core" | "all" | "guarded";

export interface Run {
  readonly steps: readonly Step[];
  /** Normalised. */
  readonly finished: Finished;
}

export interface Outcome {
  readonly broker: Run;
  readonly gateway: Run;
  readonly differences: readonly Difference[];
}

const runMsMax = 8 * 60_000;
let runs = 0;

/** A client's steps at one door, under a prefix of its own. */
export async function runClient(command: Command, stage: Stage, door: Door, steps: Steps): Promise<Run> {
  runs += 1;
  const prefix = `mx${process.pid.toString(36)}${((performance.timeOrigin % 1e6) | 0).toString(36)}n${100 + runs}`;
  if (steps === "guarded") await stage.prepareGuarded(prefix);
  const login = steps === "guarded" ? door.guarded : door.open;
  const env = {
    ...command.env,
    CLIENT_BOOTSTRAP: door.bootstrap.join(","),
    CLIENT_USERNAME: login.username,
    CLIENT_PASSWORD: login.password,
    CLIENT_PREFIX: prefix,
    CLIENT_STEPS: steps,
  };
  const finished = await run(command.file, command.args, { env, timeoutMs: runMsMax });
  const hiddenPorts = door.name === "gateway" ? stage.brokerPorts : new Set<string>();
  const read = readReport(finished.stdout).map((step) => normalise(step, { prefix, hiddenPorts }) as Step);
  return { steps: read, finished };
}

/** The same steps at both doors at the same time, under the same load. */
export async function runBoth(command: Command, stage: Stage, steps: Steps): Promise<Outcome> {
  const [broker, gateway] = await Promise.all([
    runClient(command, stage, stage.broker, steps),
    runClient(command, stage, stage.gateway, steps),
  ]);
  return { broker, gateway, differences: compare(broker.steps, gateway.steps) };
}
