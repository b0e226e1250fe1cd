// lockkeeper audit verify | prove | rotate-key: what makes the log one that proves itself. Works on folders; verifying trusts none of them.
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { readFileIfThere, realDisk } from "../../audit/disk.ts";
import { logPlaces } from "../../audit/logs.ts";
import { proveEntry } from "../../audit/prove.ts";
import { keptCheckpoints } from "../../audit/publish.ts";
import { rotateKey } from "../../audit/rotate.ts";
import { type VerifyReport, verifyLog } from "../../audit/verify.ts";
import { systemClock } from "../../base/clock.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { createLog } from "../../base/log.ts";
import { logAt } from "../record.ts";
import { type ConfigOption, configOption, print, readConfig, time } from "../shared.ts";
import { eventAt, type LogOption, logged, placesOf } from "./audit-options.ts";

interface VerifyOptions extends LogOption {
  readonly key?: readonly string[];
  readonly since?: readonly string[];
  readonly json?: true;
}

export function addProofs(command: Command): void {
  logged(command.command("verify [directories...]"))
    .description(
      "check every hash and signature; exit code 1 names the first bad place. Several logs: the folders of several replicas",
    )
    .option(
      "--key <vkey>",
      "a verifier key that you keep elsewhere; again for each log. Else the one in the folder is used",
      also,
    )
    .option(
      "--since <file>",
      "an older checkpoint that you kept; again for each log. The log must still contain it",
      also,
    )
    .option("--json", "the reports as JSON, one a line")
    .action(verify);
  logged(command.command("prove <index>"))
    .description("an inclusion proof of one event, as a C2SP tlog-proof")
    .action(async (text: string, options: LogOption) => {
      const { folder, index } = await eventAt(text, options);
      print((await proveEntry(folder, index)).text.trimEnd());
    });
  command
    .command("rotate-key")
    .description(
      "sign the log with a new key from here on; the old one signs the hand-over. The gateway must not run meanwhile",
    )
    .addOption(configOption())
    .action(rotate);
}

/** An option that may be given again. */
function also(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

async function verify(directories: readonly string[], options: VerifyOptions): Promise<void> {
  const kept = await Promise.all((options.since ?? []).map((file) => readFile(file, "utf8")));
  const known = options.since && kept.flatMap(keptCheckpoints);
  for (const folder of directories.length > 0 ? directories : await foldersOf(options)) {
    const origin = await originOf(folder);
    const key = ours(options.key, origin, (vkey) => vkey.split("+")[0], "--key");
    const since = ours(known, origin, (note) => note.split("\n")[0], "--since");
    const report = await verifyLog(folder, {
      ...(key !== undefined && { verifierKey: key }),
      ...(since !== undefined && { known: since }),
    });
    print(options.json ? JSON.stringify({ folder, ...report }) : reportText(folder, report));
    if (!report.ok) process.exitCode = 1;
  }
}

async function foldersOf(options: VerifyOptions): Promise<readonly string[]> {
  return (await placesOf(options)).map(({ folder }) => folder);
}

/** What the folder says it is; whether that is true is for the keys to say. */
async function originOf(folder: string): Promise<string | null> {
  return (await readFileIfThere(realDisk, `${folder}/log.pub`))?.toString("utf8").split("+")[0] ?? null;
}

/** Keys and checkpoints name the log that they are for. One alone is for every log, so that a wrong one is said to be wrong. */
function ours(
  given: readonly string[] | undefined,
  origin: string | null,
  nameOf: (text: string) => string | undefined,
  option: string,
): string | undefined {
  if (given === undefined || given.length <= 1) return given?.[0];
  const found = given.find((text) => nameOf(text) === origin);
  if (found !== undefined) return found;
  throw new LockkeeperError("config-invalid", `none of ${option} is for the log ${origin ?? "(which has no name)"}`);
}

function reportText(folder: string, report: VerifyReport): string {
  const { origin, size, checkpointAt, pending, pruned, keys, rootHex } = report;
  const signed = checkpointAt === null ? "" : `, checkpoint of ${time(checkpointAt)}`;
  const head = `${origin ?? folder}: ${size} events${signed}, ${pending} recorded since`;
  const removed = pruned > 0 ? `; retention removed ${pruned} of them, and their hashes still fit` : "";
  const rotated = keys > 1 ? `; signed by ${keys} keys, each handed over by the one before` : "";
  if (report.ok) {
    return `${head}\nwhole: every hash and signature is right (root ${rootHex ?? "?"})${removed}${rotated}`;
  }
  const problems = report.problems.map(
    ({ file, entry, message }) => `  ${file}${entry === null ? "" : ` (event ${entry})`}: ${message}`,
  );
  return [head, "NOT whole:", ...problems].join("\n");
}

async function rotate(options: ConfigOption): Promise<void> {
  const config = readConfig(options);
  for (const place of await logPlaces(config.audit.directory)) {
    const log = createLog(config.log.level);
    const { to, retiredFile } = await rotateKey({ ...logAt(config, place), clock: systemClock, log });
    print(`the log ${place.folder} is signed by a new key. Hand it out to whoever verifies:\n  ${to}`);
    print(`the old key is in ${retiredFile}: destroy it once nobody needs it`);
  }
}
