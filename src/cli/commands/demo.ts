// lockkeeper demo: the whole story on this machine, with a real broker, a real Redis and unchanged clients. See src/demo/.
import { Command } from "commander";

interface DemoOptions {
  readonly once?: true;
}

export function demoCommand(): Command {
  return new Command("demo")
    .description("play the whole story on this machine: identify, allow, refuse, mask, hold, approve, audit, replay")
    .option("--once", "end after the story; exit code 0 only if every step came out right")
    .action(async ({ once }: DemoOptions) => {
      // loaded only here: the demo's parts are development dependencies
      const { runDemo } = await import("../../demo/run.ts");
      process.exitCode = await runDemo({ once: once ?? false });
    });
}
