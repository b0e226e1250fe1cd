// A child for supervise.test.ts: works once it has its settings, and ends as they say.
import { writeFileSync } from "node:fs";

process.once("message", ({ die, file }) => {
  if (file !== undefined) writeFileSync(file, JSON.stringify({ argv: process.argv, env: process.env }));
  process.send("ready");
  if (die) setTimeout(() => process.exit(1), 20);
});
process.on("SIGTERM", () => process.exit(0));
process.on("disconnect", () => process.exit(0));
