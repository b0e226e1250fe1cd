// The closing line is what CI reads: tried with real runs of vitest over files written for it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Finished, run } from "../../../src/demo/parts/process.ts";
import { tempDir } from "../../support/temp-dir.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** Runs vitest, with its functions as globals, over a folder of these test files. */
async function runTests(files: Readonly<Record<string, string>>): Promise<Finished> {
  using folder = tempDir();
  for (const [name, body] of Object.entries(files)) writeFileSync(join(folder.path, name), body);
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(root, "test", "support", "reporter.ts")}`];
  const args = [vitest, "run", "--root", folder.path, "--globals", ...reporters];
  return await run(process.execPath, args, { cwd: folder.path, env: { NO_COLOR: "1" } });
}

function lastLine(result: Finished): string | undefined {
  return result.stdout.trimEnd().split("\n").at(-1);
}

describe("the closing line", () => {
  it("counts what passed, failed and was skipped, after everything else", async () => {
    const result = await runTests({
      "a.test.ts": "it('a', () => {}); it('b', () => { throw new Error('no') });",
      "b.test.ts": "it('c', () => {}); it.skip('d', () => {});",
    });
    expect(lastLine(result)).toBe("2 passed, 1 failed, 1 skipped");
    expect(result.code).toBe(1);
  });

  it("counts a file that cannot be loaded as failed", async () => {
    const result = await runTests({ "a.test.ts": "it('a', () => {});", "b.test.ts": "throw new Error('broken');" });
    expect(lastLine(result)).toBe("1 passed, 1 failed");
    expect(result.code).toBe(1);
  });

  it("has no word about skipped tests when there are none", async () => {
    const result = await runTests({ "a.test.ts": "it('a', () => {});" });
    expect(lastLine(result)).toBe("1 passed, 0 failed");
    expect(result.code).toBe(0);
  });
});
