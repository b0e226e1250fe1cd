#!/usr/bin/env node
// `lockkeeper` as a command: plain JavaScript, so that an old Node can still say a friendly sentence. It must not import anything else of ours.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const main = join(import.meta.dirname, "main.ts");
const local = join(import.meta.dirname, "..", "node_modules", ".bin", "node");

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import("./main.ts");
} else if (existsSync(local)) {
  process.exitCode = spawnSync(local, [main, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1;
} else {
  process.stderr.write(
    `lockkeeper needs Node 24 or later; this is ${process.version}. In a checkout, \`npm ci\` installs Node 24 beside it once.\n`,
  );
  process.exitCode = 1;
}
