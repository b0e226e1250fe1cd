// Child processes: real ones, since what matters is what the system does with them.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, runOrFail, start } from "../../../src/demo/parts/process.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { eventually } from "../../support/wait.ts";

const node = process.execPath;

describe("run", () => {
  it("gives back code, both outputs, and what came in on standard input", async () => {
    const program = "process.stdin.pipe(process.stdout); console.error('note'); process.exitCode = 3";
    const result = await run(node, ["-e", program], { input: "hello" });
    expect(result).toEqual({ code: 3, stdout: "hello", stderr: "note\n", timedOut: false });
  });

  it("kills a command that takes too long", async () => {
    const result = await run(node, ["-e", "setInterval(() => {}, 1000)"], { timeoutMs: 300 });
    expect(result).toMatchObject({ code: 137, timedOut: true });
  });

  it("answers 127 for a command that does not exist", async () => {
    const result = await run("lockkeeper-no-such-program", []);
    expect(result.code).toBe(127);
  });

  it("says what to do when a command that must succeed is missing", async () => {
    const running = runOrFail("lockkeeper-no-such-program", [], "Install it.");
    await expect(running).rejects.toMatchObject({ code: "setup-failed", message: /is not installed\. Install it\./ });
  });
});

describe("start", () => {
  it("resolves when the process says that it is ready, and stop ends it", async () => {
    using folder = tempDir();
    const logFile = join(folder.path, "log");
    const program = "console.log('up and ready'); setInterval(() => {}, 1000)";
    const server = await start(node, ["-e", program], { name: "server", ready: /ready$/, logFile });
    const before = server.isRunning();

    await server.stop();

    expect([before, server.isRunning()]).toEqual([true, false]);
    expect(await server.ended).toBe(143);
    expect(readFileSync(logFile, "utf8")).toBe("up and ready\n");
  });

  it("fails with the last lines of a process that ends before it is ready", async () => {
    using folder = tempDir();
    const program = "console.error('port taken'); process.exit(4)";
    const starting = start(node, ["-e", program], {
      name: "server",
      ready: /ready/,
      logFile: join(folder.path, "log"),
    });
    await expect(starting).rejects.toThrow(/server ended with code 4[^]*port taken/);
  });

  it("leaves neither process nor folder behind when its parent is killed", async () => {
    using folder = tempDir();
    const orphan = join(folder.path, "data");
    mkdirSync(orphan);
    const module = join(import.meta.dirname, "..", "..", "..", "src", "demo", "parts", "process.ts");
    const parent = `
      import { start } from ${JSON.stringify(module)};
      const child = await start(process.execPath, ["-e", "console.log('ready'); setInterval(() => {}, 1000)"],
        { name: "child", ready: /ready/, logFile: ${JSON.stringify(join(folder.path, "log"))}, orphanDirectories: [${JSON.stringify(orphan)}] });
      console.log(child.pid);
      process.kill(process.pid, "SIGKILL");
    `;
    const result = await run(node, ["--input-type=module", "-e", parent]);
    const orphanPid = Number(result.stdout);
    expect(orphanPid).toBeGreaterThan(1);
    await eventually(() => !isAlive(orphanPid), { what: "the end of the orphan" });
    await eventually(() => !existsSync(orphan), { what: "the removal of its folder" });
  });
});

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody reaped yet has no command line.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
}
