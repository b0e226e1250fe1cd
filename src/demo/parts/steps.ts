// Runs the steps of a set-up side by side and says what each does in one line. It knows no step.
import { describeError } from "../../base/errors.ts";

export interface Step {
  /** What it gets, as people call it: "Kafka 4.4". */
  readonly name: string;
  /** Quick when it is there already. `say` is called before anything slow. @throws when it cannot be had */
  readonly ensure: (say: (doing: string) => void) => Promise<void>;
}

/**
 * Runs all steps, those that are slow at the same time: one waits for the network while another one compiles.
 * @param write takes one line of text, without its end
 * @returns whether all of them succeeded; what failed, and what to do about it, was written
 */
export async function runSteps(steps: readonly Step[], write: (line: string) => void): Promise<boolean> {
  const outcomes = await Promise.all(steps.map(async (step) => await runStep(step, write)));
  return !outcomes.includes(false);
}

async function runStep(step: Step, write: (line: string) => void): Promise<boolean> {
  const started = performance.now();
  const took = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  let slow = false;
  try {
    await step.ensure((doing) => {
      slow = true;
      write(`set-up: ${doing}`);
    });
    if (slow) write(`set-up: ${step.name} ready in ${took()}`);
    return true;
  } catch (error) {
    write(`set-up: ${step.name} failed after ${took()}: ${describeError(error)}`);
    return false;
  }
}
