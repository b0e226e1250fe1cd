// Options that the audit commands share.
import { type Command, InvalidArgumentError } from "commander";
import { type ConfigOption, configOption, readConfig } from "../shared.ts";

export interface LogOption extends ConfigOption {
  readonly log?: string;
}

export function logged(command: Command): Command {
  return command
    .addOption(configOption())
    .option("--log <directory>", "the log's folder, instead of the configuration's");
}

export function folderOf(options: LogOption): string {
  return options.log ?? readConfig(options).audit.directory;
}

export function withEventFilters(command: Command): Command {
  return command
    .option("--code <code...>", "only these, such as operation.denied or approval.*")
    .option("--principal <name>")
    .option("--session <id>")
    .option("--operation <name>", "such as topic.delete or topic.*")
    .option("--resource <name>")
    .option("--approval <id>")
    .option("--since <time>", "an ISO time, or an age such as 15m, 4h, 7d", pastTime)
    .option("--until <time>", "the same", pastTime);
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds since 1970. */
export function pastTime(text: string): number {
  const age = /^(\d+)([smhd])$/.exec(text);
  const at = age ? Date.now() - Number(age[1]) * (unitMs[age[2] ?? "s"] ?? 0) : Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError("an ISO time, or an age such as 15m, 4h, 7d");
  return at;
}
