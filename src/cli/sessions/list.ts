// lockkeeper sessions list and show: which sessions were recorded, and what one of them did in all. Needs no key for the list; topics are
// looked up in the audit log.
import { logPlaces, readAllEvents } from "../../audit/logs.ts";
import { listSessions, readSession, type SessionSummary } from "../../audit/replay.ts";
import type { Config } from "../../config/schema.ts";
import { type ConfigOption, plain, print, readConfig, table, time } from "../shared.ts";
import { keyring, openForReading, recordingsOf } from "./open.ts";

export interface ListOptions extends ConfigOption {
  readonly principal?: string;
  readonly cluster?: string;
  readonly since?: number;
  readonly until?: number;
  readonly topic?: string;
  readonly api?: string;
  readonly live?: true;
  readonly json?: true;
}

export async function list(options: ListOptions): Promise<void> {
  const config = readConfig(options);
  const touched = options.topic === undefined ? null : await sessionsOfTopic(config, options.topic);
  const sessions = (await listSessions(recordingsOf(config).directory)).filter(
    (session) => fits(session, options) && (touched === null || touched.has(session.id)),
  );
  if (options.json) {
    for (const session of sessions) print(JSON.stringify(session));
    return;
  }
  if (sessions.length === 0) print("there are no such sessions");
  else print(table(["ID", "STARTED", "PRINCIPAL", "CLIENT", "SOFTWARE", "FRAMES", "END"], sessions.map(row)));
}

function fits(session: SessionSummary, { principal, cluster, since, until, api, live }: ListOptions): boolean {
  return (
    (principal === undefined || session.principal === principal) &&
    (cluster === undefined || session.cluster === cluster) &&
    (since === undefined || session.lastAt >= since) &&
    (until === undefined || session.startedAt <= until) &&
    (api === undefined || session.apis.includes(api)) &&
    (!live || !session.ended)
  );
}

/** Sessions that read, wrote or asked for a topic, by the log. */
async function sessionsOfTopic(config: Config, topic: string): Promise<Set<string>> {
  const sessions = new Set<string>();
  for await (const event of readAllEvents(await logPlaces(config.audit.directory))) {
    const its = event.resource?.type === "topic" && event.resource.name === topic;
    if (event.session && (its || event.ranges.some((range) => range["topic"] === topic))) sessions.add(event.session);
  }
  return sessions;
}

function row(session: SessionSummary): string[] {
  const { id, startedAt, principal, client, software, frames } = session;
  return [id, time(startedAt), principal ?? "-", client, software ?? "-", String(frames), endOf(session)].map(plain);
}

function endOf({ erased, ended, lastAt }: SessionSummary): string {
  return erased ? "erased" : ended ? time(lastAt) : "open";
}

export async function show(id: string, options: ConfigOption & { readonly json?: true }): Promise<void> {
  const config = readConfig(options);
  const session = await openForReading(config, id, "recording.viewed", { records: false, what: "show" });
  const counts = new Map<string, number>();
  if (!session.erased) {
    const its = recordingsOf(config);
    for await (const item of readSession(its.directory, id, await keyring(its)))
      if (item.kind === "frame" && item.frame.direction === "request")
        counts.set(item.frame.api, (counts.get(item.frame.api) ?? 0) + 1);
  }
  const apis = [...counts].toSorted(([, a], [, b]) => b - a);
  if (options.json) print(JSON.stringify({ ...session, requests: Object.fromEntries(apis) }));
  else for (const line of facts(session, apis)) print(plain(line));
}

function facts(session: SessionSummary, apis: readonly (readonly [string, number])[]): string[] {
  const { groups, lostFrames, droppedPayloads, node } = session;
  const lost = [
    ...(lostFrames > 0 ? [`${lostFrames} frames were not kept`] : []),
    ...(droppedPayloads > 0 ? [`of ${droppedPayloads} frames the records were not kept`] : []),
  ];
  return [
    `session    ${session.id}, ${session.protocol}, cluster ${session.cluster}`,
    `who        ${session.principal ?? "nobody logged in"}${groups.length > 0 ? ` (${groups.join(", ")})` : ""}`,
    `from       ${session.client} to ${session.listener}${node === null ? "" : ` (broker ${node})`}${session.tls ? ", TLS" : ""}`,
    `client     ${session.software ?? "says no name"}, client id ${session.clientId ?? "-"}`,
    `when       ${time(session.startedAt)} to ${session.ended || session.erased ? time(session.lastAt) : "now, or until its gateway died"}`,
    `recording  ${session.frames} frames, ${session.bytes} bytes${session.erased ? "; erased: its key was destroyed" : ""}`,
    ...lost.map((line) => `           ${line}`),
    ...apis.map(
      ([api, count], index) => `${index === 0 ? "requests" : "        "}   ${String(count).padStart(6)} ${api}`,
    ),
  ];
}
