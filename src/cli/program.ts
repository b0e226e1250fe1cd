// The command line: one file a command in commands/, put together here. Exit codes: 0 done, 1 the answer is no or something failed,
// 2 the call was wrong. What was asked for goes to standard output; everything else to standard error.
import { Command, CommanderError } from "commander";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { version } from "./version.ts";

export const exit = { done: 0, failed: 1, usage: 2 } as const;

const description = [
  "A guardrail proxy for Kafka. It stands between unchanged clients and the brokers, knows who is calling,",
  "asks Rego policies about every request, masks fields in records, holds risky operations until people",
  "approve them, and keeps a tamper-evident audit log and a recording of every session.",
].join(" ");

/** In the order of the help. Only the one that is called is loaded: a gateway carries nothing of the others. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./commands/serve.ts")).serveCommand(),
  check: async () => (await import("./commands/check.ts")).checkCommand(),
  mask: async () => (await import("./commands/mask.ts")).maskCommand(),
  demo: async () => (await import("./commands/demo.ts")).demoCommand(),
  approvals: async () => (await import("./commands/approvals.ts")).approvalsCommand(),
  request: async () => (await import("./commands/request.ts")).requestCommand(),
  sessions: async () => (await import("./commands/sessions.ts")).sessionsCommand(),
  audit: async () => (await import("./commands/audit.ts")).auditCommand(),
  policy: async () => (await import("./commands/policy.ts")).policyCommand(),
};

/** Runs one command; resolves with the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command("lockkeeper")
    .description(description)
    .version(version, "-V, --version")
    .showHelpAfterError("(lockkeeper --help shows the commands)")
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true });
  const [called = ""] = argv;
  const needed = Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
  for (const name of needed) {
    const command = await commands[name]?.();
    if (command) program.addCommand(command);
  }
  for (const command of everyCommand(program)) command.exitOverride();
  process.stdout.once("error", endWithReader);
  try {
    await program.parseAsync(argv, { from: "user" });
    return Number(process.exitCode ?? exit.done);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage;
    process.stderr.write(`lockkeeper: ${describeError(error)}\n`);
    if (!(error instanceof LockkeeperError) && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    return exit.failed;
  }
}

/** `| head` has seen enough: that is no failure. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(exit.done);
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap((child) => everyCommand(child))];
}
