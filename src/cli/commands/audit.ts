// lockkeeper audit: read the audit log and prove that it is whole. Works on the folder alone; the gateway may run or not.
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { proveEntry } from "../../audit/prove.ts";
import { type EventFilter, type LoggedEvent, readEvents } from "../../audit/query.ts";
import { type VerifyReport, verifyLog } from "../../audit/verify.ts";
import { plain, print, time } from "../shared.ts";
import { addLookups } from "./audit-lookups.ts";
import { folderOf, type LogOption, logged, withEventFilters } from "./audit-options.ts";

interface ListOptions extends LogOption {
  readonly code?: string[];
  readonly principal?: string;
  readonly session?: string;
  readonly operation?: string;
  readonly resource?: string;
  readonly approval?: string;
  readonly since?: number;
  readonly until?: number;
  readonly json?: true;
}

interface VerifyCommandOptions extends LogOption {
  readonly key?: string;
  readonly since?: string;
  readonly json?: true;
}

export function auditCommand(): Command {
  const command = new Command("audit").description("read the audit log, and prove that it is whole");
  withEventFilters(logged(command.command("list")))
    .description("events, oldest first")
    .option("--json", "the CloudEvents envelope, one a line")
    .action(list);
  addLookups(command);
  logged(command.command("verify"))
    .description("check every hash and signature; exit code 1 names the first bad place")
    .option("--key <vkey>", "the verifier key that you keep elsewhere; without it the one in the folder is used")
    .option("--since <file>", "an older checkpoint that you kept: the log must still contain it")
    .option("--json", "the report as JSON")
    .action(verify);
  logged(command.command("prove <index>"))
    .description("an inclusion proof of one event, as a C2SP tlog-proof")
    .action((index: string, options: LogOption) => prove(index, options));
  return command;
}

async function list(options: ListOptions): Promise<void> {
  const { code, principal, session, operation, resource, approval, since, until } = options;
  const filter: EventFilter = {
    ...(code && { codes: code }),
    ...(principal && { principal }),
    ...(session && { session }),
    ...(operation && { operation }),
    ...(resource && { resource }),
    ...(approval && { approval }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
  for await (const event of readEvents(folderOf(options), filter)) {
    print(options.json ? JSON.stringify(event.envelope) : eventLine(event));
  }
}

/** `   42  2026-11-25 01:17:18Z  operation.denied  bob  topic.read orders  no rule allows …` */
export function eventLine(event: LoggedEvent): string {
  const what = [event.operation, event.resource?.name].filter(Boolean).join(" ");
  const ranges = event.ranges.map(rangeText).join(", ");
  const why = event.message ?? (event.error && event.error !== "NONE" ? event.error : "");
  const parts = [event.code, event.principal ?? "-", what, ranges, event.approval ?? "", why].filter(
    (part) => part !== "",
  );
  return plain(`${String(event.index).padStart(5)}  ${time(event.at)}  ${parts.join("  ")}`);
}

function rangeText(range: LoggedEvent["ranges"][number]): string {
  const text = (key: string) => plain(JSON.stringify(range[key] ?? "?").replaceAll('"', ""));
  const counted = ["masked", "filtered"].flatMap((what) => {
    const rules = Object.entries(range[what] ?? {}).map(([rule, count]) => `${rule} × ${JSON.stringify(count)}`);
    return rules.length > 0 ? ` (${what} ${rules.join(", ")})` : [];
  });
  return `${text("topic")}[${text("partition")}] ${text("firstOffset")}–${text("lastOffset")}${counted.join("")}`;
}

async function verify(options: VerifyCommandOptions): Promise<void> {
  const report = await verifyLog(folderOf(options), {
    ...(options.key && { verifierKey: options.key }),
    ...(options.since && { known: await readFile(options.since, "utf8") }),
  });
  print(options.json ? JSON.stringify(report) : reportText(report));
  if (!report.ok) process.exitCode = 1;
}

function reportText(report: VerifyReport): string {
  const signed = report.checkpointAt === null ? "" : `, checkpoint of ${time(report.checkpointAt)}`;
  const head = `${report.origin ?? "unknown log"}: ${report.size} events${signed}, ${report.pending} recorded since`;
  if (report.ok) return `${head}\nwhole: every hash and signature is right (root ${report.rootHex ?? "?"})`;
  const problems = report.problems.map(
    ({ file, entry, message }) => `  ${file}${entry === null ? "" : ` (event ${entry})`}: ${message}`,
  );
  return [head, "NOT whole:", ...problems].join("\n");
}

async function prove(index: string, options: LogOption): Promise<void> {
  const proof = await proveEntry(folderOf(options), Number(index));
  print(proof.text.trimEnd());
}
