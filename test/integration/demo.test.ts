// The demo as people run it: a process of its own. It comes out right, twice at once, and leaves nothing behind, however it ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/demo/parts/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { eventually } from "../support/wait.ts";

const main = join(import.meta.dirname, "..", "..", "src", "main.ts");

function startDemo(folder: string, args: readonly string[]) {
  const child = spawn(process.execPath, [main, "demo", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: "", LOCKKEEPER_DEMO_DIR: join(folder, "demo"), SLACK_BOT_TOKEN: "" },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = once(child, "exit").then(([code]: (number | null)[]) => code);
  return { child, ended, text: () => text };
}

/** All processes below this one, as `ps` knows them. */
async function descendants(child: ChildProcess): Promise<number[]> {
  const { stdout } = await run("ps", ["-eo", "pid=,ppid="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = new Set([child.pid]);
  for (let before = 0; before !== below.size; ) {
    before = below.size;
    for (const [pid, parent] of rows) if (below.has(parent)) below.add(pid);
  }
  below.delete(child.pid);
  return [...below].filter((pid) => pid !== undefined);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("every expectation of the story comes true, also of two stories at once", { timeout: 300_000 }, async () => {
  using folder = tempDir();
  const demos = [startDemo(folder.path, ["--once"]), startDemo(folder.path, ["--once"])];

  const codes = await Promise.all(demos.map(({ ended }) => ended));

  for (const { text } of demos) {
    expect(text()).not.toContain("✘");
    expect(text()).toContain("expectations came true");
    expect(
      text()
        .split("\n")
        .filter((line) => line.length > 80),
    ).toEqual([]);
  }
  expect(codes).toEqual([0, 0]);
  expect((await readdir(folder.path)).toSorted()).toEqual(["demo", "demo-2"]);
});

test.each([
  ["SIGINT", 0],
  ["SIGKILL", null],
] as const)("nothing is left running after %s while it stays up", async (signal, code) => {
  using folder = tempDir();
  const { child, ended, text } = startDemo(folder.path, []);
  await eventually(() => text().includes("lockkeeper sessions list"), { deadlineMs: 120_000 });
  const pids = await descendants(child);
  expect(pids.length).toBeGreaterThan(4);

  child.kill(signal);

  expect(await ended).toBe(code);
  await eventually(() => !pids.some(isAlive), { what: "the end of all processes" });
});
