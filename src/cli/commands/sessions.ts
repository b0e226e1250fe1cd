// lockkeeper sessions: which sessions were recorded, and what happened in one, as a story. What each does is in cli/sessions/.
import { Command, Option } from "commander";
import { type ExportOptions, exportSession } from "../sessions/export.ts";
import { formatNames } from "../sessions/formats/index.ts";
import { type EraseOptions, erase, rewrap, verify } from "../sessions/keep.ts";
import { type ListOptions, list, show } from "../sessions/list.ts";
import { type RedriveOptions, redrive } from "../sessions/redrive.ts";
import { fromTime, type ReplayOptions, replay, speedFactor } from "../sessions/replay.ts";
import { type ConfigOption, configOption } from "../shared.ts";
import { pastTime } from "./audit-options.ts";

export function sessionsCommand(): Command {
  const command = new Command("sessions").description("list recorded sessions, replay, export and check them");
  command
    .command("list")
    .description("recorded sessions, oldest first")
    .addOption(configOption())
    .option("--principal <name>")
    .option("--cluster <name>")
    .option("--since <time>", "that ran after an ISO time, or an age such as 15m, 4h, 7d", pastTime)
    .option("--until <time>", "that began before it", pastTime)
    .option("--topic <name>", "that read, wrote or asked for it, by the audit log")
    .option("--api <name>", "that used it, such as DeleteTopics")
    .option("--live", "only those without an end")
    .option("--json", "one JSON document a line")
    .action((options: ListOptions) => list(options));
  command
    .command("show <id>")
    .description("one session in short: who, from where, how many requests of which kind")
    .addOption(configOption())
    .option("--json")
    .action((id: string, options: ConfigOption & { json?: true }) => show(id, options));
  command
    .command("replay <id>")
    .description("tell what happened in a session, line by line; the audit log notes who looked")
    .addOption(configOption())
    .option("--speed <factor>", "as fast as it happened times the factor; without it at once", speedFactor)
    .option("--from <time>", "begin at +30s after its start, at 09:14:02 (UTC), or at an ISO time", fromTime)
    .option("--follow", "go on while the session runs")
    .option("--everything", "also what changes nothing: empty fetches, heartbeats")
    .option("--records", "also the records, as the client saw them (audit.recordings.payloads: masked)")
    .option("--raw-key <file>", "the private half of audit.recordings.rawKey: also what was there before masking")
    .option("--json", "the frames, decoded, one a line")
    .action((id: string, options: ReplayOptions) => replay(id, options));
  command
    .command("export <id>")
    .description("a session for other tools: a capture for Wireshark, JSON lines, a terminal recording")
    .addOption(configOption())
    .addOption(new Option("--format <name>").choices(formatNames).makeOptionMandatory())
    .option("-o, --output <file>", "instead of standard output")
    .action((id: string, options: ExportOptions) => exportSession(id, options));
  command
    .command("verify [id]")
    .description("check recordings against what the audit log committed to; exit code 1 names the first bad chunk")
    .addOption(configOption())
    .option("--json", "one report a line")
    .action((id: string | undefined, options: ConfigOption & { json?: true }) => verify(id, options));
  command
    .command("erase <id>")
    .description("destroy a recording's key, for good: nobody reads it again, and the log proves that it was erased")
    .addOption(configOption())
    .requiredOption("--reason <text>", "for the log")
    .action((id: string, options: EraseOptions) => erase(id, options));
  command
    .command("rewrap")
    .description("wrap every session's key by audit.recordings.key, so that oldKeys are needed no more")
    .addOption(configOption())
    .action((options: ConfigOption) => rewrap(options));
  command
    .command("redrive <id>")
    .description("write what a session wrote again, to another topic, through the gateway and its policies")
    .addOption(configOption())
    .requiredOption("--to <topic>")
    .option("--only <topic>", "only what went to this one")
    .option("--bootstrap <host:port>", "the gateway; its first listener for the session's cluster, if not given")
    .option("--username <name>", "who writes")
    .option("--password-file <file>", "instead of LOCKKEEPER_PASSWORD in the environment")
    .option("--token-file <file>", "an OAuth token instead of name and password")
    .option("--ca <file>", "the authority of the gateway's certificate")
    .option("--dry-run", "only say how many records there are")
    .action((id: string, options: RedriveOptions) => redrive(id, options));
  return command;
}
