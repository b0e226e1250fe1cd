// The command as it is installed: a gateway is started with Node's flags, in the place of the process that was called.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nodeFlags } from "../../../src/node-flags.mjs";

const launch = join(import.meta.dirname, "..", "..", "..", "src", "launch.mjs");

it("takes the place of the process that was called, with the flags and the arguments", async () => {
  // Given a call of `serve`
  const child = spawn(process.execPath, [launch, "serve", "--help"], { stdio: ["ignore", "pipe", "inherit"] });
  let command = "";
  let help = "";
  // When it says its help
  child.stdout.on("data", (chunk: Buffer) => {
    command ||= readFileSync(`/proc/${child.pid}/cmdline`, "utf8");
    help += chunk.toString("utf8");
  });
  const [code] = await once(child, "close");
  // Then it is the same process, begun anew
  expect(code).toBe(0);
  expect(help).toContain("run the gateway");
  for (const flag of nodeFlags) expect(command.split("\0")).toContain(flag);
});
