// A vitest reporter that ends a run with one line of its own, `N passed, N failed` (and `, N skipped` when there are any): for people
// and machines that read no runner's particular format. Put it after the default reporter.
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts tests. A file that could not be loaded, a failed hook and an error outside of tests are failures that no test shows. */
export function countTests(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Totals {
  const totals = { passed: 0, failed: unhandled.length, skipped: 0 };
  for (const module of modules) {
    const before = totals.failed;
    for (const test of module.children.allTests()) {
      const state = test.result().state;
      if (state === "passed") totals.passed++;
      else if (state === "failed") totals.failed++;
      // "pending" is a test that never ran because the run was cut short.
      else totals.skipped++;
    }
    if (totals.failed === before && !module.ok()) totals.failed++;
  }
  return totals;
}

export function closingLine(totals: Totals): string {
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
  return `${totals.passed} passed, ${totals.failed} failed${skipped}`;
}

export class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const line = closingLine(countTests(modules, unhandled));
    // The default reporter writes its summary in the same event; the line must be the last.
    process.once("exit", () => void process.stdout.write(`${line}\n`));
  }
}

// vitest loads a reporter by path and takes its default export.
export default ClosingLineReporter;
