// Runs the WASM compiler in a child process for each request, and kills it at its time limit.
import { spawn } from "node:child_process";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LockkeeperError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { type PolicyCompiler, readCompilerAnswer } from "./protocol.ts";

/** `wasmPath` comes from build.ts, whose file name is also the compiler's version. */
export function wasmCompiler(
  wasmPath: string,
  version: string,
  timeLimitMs: number = limits.policyCompileMsMax,
): PolicyCompiler {
  const child = fileURLToPath(new URL("child.ts", import.meta.url));
  return {
    version,
    async run(request) {
      const directory = await mkdtemp(join(tmpdir(), "lockkeeper-policy-"));
      try {
        const input = join(directory, "request.json");
        const output = join(directory, "answer.json");
        await writeFile(input, JSON.stringify(request), { mode: 0o600 });
        await runToEnd([child, wasmPath], input, output, timeLimitMs);
        return readCompilerAnswer(await readFile(output, "utf8"));
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

/** Standard input and output are files: a WASI program reads and writes them without the event loop, which pipes would need. */
async function runToEnd(args: readonly string[], input: string, output: string, timeLimitMs: number): Promise<void> {
  const stdin = await open(input, "r");
  const stdout = await open(output, "w", 0o600);
  try {
    await new Promise<void>((resolve, reject) => {
      const started = spawn(process.execPath, ["--no-warnings", ...args], {
        stdio: [stdin.fd, stdout.fd, "pipe"],
        timeout: timeLimitMs,
        killSignal: "SIGKILL",
        env: {},
      });
      let complaint = "";
      started.stderr?.setEncoding("utf8").on("data", (text: string) => {
        complaint = (complaint + text).slice(-2_000);
      });
      started.on("error", (cause) =>
        reject(
          new LockkeeperError("setup-failed", `the policy compiler could not be started: ${cause.message}`, { cause }),
        ),
      );
      started.on("close", (code, signal) => {
        if (code === 0) resolve();
        else if (signal === "SIGKILL" && complaint === "") reject(tooSlow(timeLimitMs));
        else
          reject(
            new LockkeeperError(
              "setup-failed",
              `the policy compiler ended with ${signal ?? code}: ${complaint.trim()}`,
            ),
          );
      });
    });
  } finally {
    await stdin.close();
    await stdout.close();
  }
}

function tooSlow(timeLimitMs: number): LockkeeperError {
  return new LockkeeperError("policy-invalid", `compiling and testing the policy took longer than ${timeLimitMs} ms`);
}
