// Differences between the broker and the gateway that are meant, each with its reason. Everything else is a finding.
import type { Difference } from "./compare.ts";
import type { Steps } from "./report-run.ts";

interface Expected {
  readonly why: string;
  readonly client?: string;
  readonly steps?: Steps;
  readonly step: RegExp;
  readonly path: RegExp;
}

const expected: readonly Expected[] = [];

export function isExpected(client: string, steps: Steps, difference: Difference): boolean {
  return expected.some(
    (one) =>
      (one.client ?? client) === client &&
      (one.steps ?? steps) === steps &&
      one.step.test(difference.step) &&
      one.path.test(difference.path),
  );
}
