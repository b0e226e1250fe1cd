// lockkeeper sessions: which sessions were recorded, and what happened in one, as a story. Needs the recordings' key to replay.
import { setTimeout as wait } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import { recordingKeyFile } from "../../app/audit.ts";
import { realDisk } from "../../audit/disk.ts";
import { loadEncryptionKey } from "../../audit/keys.ts";
import { listSessions, type ReplayItem, readSession, type SessionSummary } from "../../audit/replay.ts";
import { createTeller } from "../../audit/tell.ts";
import { systemClock } from "../../base/clock.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Config } from "../../config/schema.ts";
import type { RecordedFrame } from "../../model/recording.ts";
import { type ConfigOption, configOption, plain, print, readConfig, table, time } from "../shared.ts";

interface ListOptions extends ConfigOption {
  readonly principal?: string;
  readonly cluster?: string;
  readonly live?: true;
  readonly json?: true;
}

interface ReplayOptions extends ConfigOption {
  readonly speed?: number;
  readonly follow?: true;
  readonly everything?: true;
  readonly records?: true;
  readonly json?: true;
}

export function sessionsCommand(): Command {
  const command = new Command("sessions").description("list recorded sessions and replay one");
  command
    .command("list")
    .description("recorded sessions, oldest first")
    .addOption(configOption())
    .option("--principal <name>")
    .option("--cluster <name>")
    .option("--live", "only those without an end")
    .option("--json", "one JSON document a line")
    .action(list);
  command
    .command("replay <id>")
    .description("tell what happened in a session, line by line")
    .addOption(configOption())
    .option("--speed <factor>", "as fast as it happened times the factor; without it at once", speedFactor)
    .option("--follow", "go on while the session runs")
    .option("--everything", "also what changes nothing: empty fetches, heartbeats")
    .option("--records", "also the records that were read, as the client saw them (audit.recordings.payloads: masked)")
    .option("--json", "the recorded frames, one a line")
    .action((id: string, options: ReplayOptions) => replay(id, options));
  return command;
}

function recordingsOf(config: Config): string {
  if (config.audit.recordings) return config.audit.recordings.directory;
  throw new LockkeeperError("config-invalid", "this configuration records no sessions (audit.recordings)");
}

async function list(options: ListOptions): Promise<void> {
  const sessions = (await listSessions(recordingsOf(readConfig(options)))).filter(
    (session) =>
      (options.principal === undefined || session.principal === options.principal) &&
      (options.cluster === undefined || session.cluster === options.cluster) &&
      (!options.live || !session.ended),
  );
  if (options.json) {
    for (const session of sessions) print(JSON.stringify(session));
    return;
  }
  if (sessions.length === 0) print("there are no such sessions");
  else print(table(["ID", "STARTED", "PRINCIPAL", "CLIENT", "SOFTWARE", "FRAMES", "END"], sessions.map(row)));
}

function row(session: SessionSummary): string[] {
  const { id, startedAt, lastAt, principal, client, software, frames, ended, shredded } = session;
  const end = shredded ? "key destroyed" : ended ? time(lastAt) : "open";
  return [id, time(startedAt), principal ?? "-", client, software ?? "-", String(frames), end].map(plain);
}

async function replay(id: string, options: ReplayOptions): Promise<void> {
  const config = readConfig(options);
  const directory = recordingsOf(config);
  const key = await loadEncryptionKey(realDisk, recordingKeyFile(config.audit.keyFile));
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const follow = options.follow ? { follow: { clock: systemClock, signal: stop.signal } } : {};
  const teller = createTeller({ everything: options.everything ?? false });
  let before: number | null = null;
  for await (const item of readSession(directory, id, { keys: [key], ...follow })) {
    const at = item.kind === "cut" ? null : item.kind === "frame" ? item.frame.at : item.at;
    if (options.speed && at !== null && before !== null) await wait(Math.max(0, at - before) / options.speed);
    before = at ?? before;
    const line = options.json ? JSON.stringify(item) : tell(item, teller);
    if (line !== null) print(line);
    if (options.records && item.kind === "frame") for (const record of recordLines(item.frame)) print(record);
  }
}

/** `    orders[3]@4711  key  {"id":1,…}` */
function recordLines({ body }: RecordedFrame): string[] {
  const records = Array.isArray(body["records"]) ? body["records"] : [];
  return records.map((record: JsonObject) => {
    const text = (key: string) => (typeof record[key] === "string" ? record[key] : JSON.stringify(record[key] ?? null));
    return plain(`    ${text("topic")}[${text("partition")}]@${text("offset")}  ${text("key")}  ${text("value")}`);
  });
}

function tell(item: ReplayItem, teller: ReturnType<typeof createTeller>): string | null {
  switch (item.kind) {
    case "frame": {
      const line = teller.tell(item.frame);
      return line === null ? null : plain(line);
    }
    case "gap":
      return `… ${item.frames} frames were not kept`;
    case "end":
      return `end of the recording: ${item.frames} frames`;
    case "cut":
      return item.message;
    default:
      return item satisfies never;
  }
}

function speedFactor(text: string): number {
  const factor = Number(text.replace(/x$/, ""));
  if (!(factor > 0)) throw new InvalidArgumentError("a number above 0, such as 1 or 10");
  return factor;
}
