#!/usr/bin/env node
// `lockkeeper` as a command: plain JavaScript, so that an old Node can still say a friendly sentence. It must not import anything else of ours
// but the flags. A gateway takes its place with them, under the same process id; a parent that speaks to it over IPC gives them itself.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { nodeEnvironment, nodeFlags } from "./node-flags.mjs";

const main = join(import.meta.dirname, "main.ts");
const local = join(import.meta.dirname, "..", "node_modules", ".bin", "node");

if (Number.parseInt(process.versions.node, 10) >= 24) {
  const startsAnew =
    process.argv[2] === "serve" && !process.channel && !nodeFlags.every((it) => process.execArgv.includes(it));
  if (startsAnew && process.execve) {
    const argv = [process.execPath, ...nodeFlags, ...process.execArgv, main, ...process.argv.slice(2)];
    process.execve(process.execPath, argv, { ...nodeEnvironment, ...process.env });
  }
  await import("./main.ts");
} else if (existsSync(local)) {
  process.exitCode = spawnSync(local, [main, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1;
} else {
  process.stderr.write(
    `lockkeeper needs Node 24 or later; this is ${process.version}. In a checkout, \`npm ci\` installs Node 24 beside it once.\n`,
  );
  process.exitCode = 1;
}
