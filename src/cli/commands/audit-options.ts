// Options that the audit commands share.
import { type Command, InvalidArgumentError } from "commander";
import { type LogPlace, logPlaces } from "../../audit/logs.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { type ConfigOption, configOption, readConfig } from "../shared.ts";

export interface LogOption extends ConfigOption {
  readonly log?: string;
}

export function logged(command: Command): Command {
  return command
    .addOption(configOption())
    .option("--log <directory>", "the folder of the log, or of several, instead of the configuration's");
}

/** All logs of the folder: where several workers serve, each has its own. */
export function placesOf(options: LogOption): Promise<readonly LogPlace[]> {
  return logPlaces(options.log ?? readConfig(options).audit.directory);
}

/** An event as it is listed: `42`, or `worker-2/42` where there are several logs. */
export async function eventAt(text: string, options: LogOption): Promise<{ folder: string; index: number }> {
  const places = await placesOf(options);
  const cut = text.lastIndexOf("/");
  const name = text.slice(0, Math.max(0, cut));
  const place = places.length === 1 && cut < 0 ? places[0] : places.find((each) => each.name === name);
  if (place) return { folder: place.folder, index: Number(text.slice(cut + 1)) };
  const example = places.map((each) => (each.name === "" ? "42" : `${each.name}/42`)).join(", ");
  throw new LockkeeperError("config-invalid", `which log? Say it as events are listed: ${example}`);
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
