// lockkeeper audit hold: what must stay whatever its age. Each change is in the log before it counts.

import { userInfo } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { realDisk } from "../../audit/disk.ts";
import { type HoldKind, type LegalHold, readHolds, writeHolds } from "../../audit/holds.ts";
import { systemClock } from "../../base/clock.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { type Format, formatOption, printRows } from "../output.ts";
import { recordAct } from "../record.ts";
import { type ConfigOption, configOption, print, readConfig, time } from "../shared.ts";

interface PlaceOptions extends ConfigOption {
  readonly session?: string;
  readonly principal?: string;
  readonly topic?: string;
  readonly why: string;
}

export function addHolds(command: Command): void {
  const hold = command.command("hold").description("legal holds: what retention and erasure must leave alone");
  hold
    .command("place")
    .description("keep all events and recordings that touch one session, principal or topic")
    .addOption(configOption())
    .option("--session <id>")
    .option("--principal <name>")
    .option("--topic <name>")
    .requiredOption("--why <sentence>", "the case, for whoever reads the log", sentence)
    .action(place);
  hold.command("list").description("holds that stand").addOption(configOption()).addOption(formatOption()).action(list);
  hold
    .command("release <id>")
    .description("end a hold: what it kept goes with the next retention, if it is due")
    .addOption(configOption())
    .requiredOption("--why <sentence>", "for whoever reads the log", sentence)
    .action(release);
}

async function place(options: PlaceOptions): Promise<void> {
  const { session, principal, topic, why } = options;
  const given = Object.entries({ session, principal, topic }).filter((each) => each[1] !== undefined);
  const [kind, name] = given[0] ?? [];
  if (given.length !== 1 || !name)
    throw new LockkeeperError("config-invalid", "give one of --session, --principal and --topic");
  const config = readConfig(options);
  const { directory } = config.audit;
  const hold: LegalHold = {
    id: newId("hold", systemClock.now()),
    kind: kind as HoldKind,
    name,
    why,
    placedBy: userInfo().username,
    placedAt: systemClock.now(),
  };
  await recordAct(config, "hold.placed", { ...hold });
  await writeHolds(realDisk, directory, [...(await readHolds(realDisk, directory)), hold]);
  print(`${hold.id}: events and recordings of ${hold.kind} ${name} stay until it is released`);
}

async function list(options: ConfigOption & { readonly format: Format }): Promise<void> {
  const holds = await readHolds(realDisk, readConfig(options).audit.directory);
  const rows = holds.map(({ placedAt, ...rest }) => ({ ...rest, placed: time(placedAt) }));
  if (rows.length === 0 && options.format === "table") print("there are no legal holds");
  await printRows(rows, options.format, ["id", "kind", "name", "placed", "placedBy", "why"]);
}

async function release(id: string, options: ConfigOption & { readonly why: string }): Promise<void> {
  const config = readConfig(options);
  const { directory } = config.audit;
  const holds = await readHolds(realDisk, directory);
  const hold = holds.find((each) => each.id === id);
  if (!hold) throw new LockkeeperError("config-invalid", `there is no legal hold ${id}: lockkeeper audit hold list`);
  await recordAct(config, "hold.released", { id, kind: hold.kind, name: hold.name, why: options.why });
  await writeHolds(
    realDisk,
    directory,
    (await readHolds(realDisk, directory)).filter((each) => each.id !== id),
  );
  print(`${id} is released`);
}

function sentence(text: string): string {
  if (text.trim() === "" || text.length > 1_000) throw new InvalidArgumentError("a sentence is expected");
  return text;
}
