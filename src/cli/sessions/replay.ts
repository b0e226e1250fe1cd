// lockkeeper sessions replay: what happened in a session, line by line, at any speed, live ones too.
import { setTimeout as wait } from "node:timers/promises";
import { InvalidArgumentError } from "commander";
import { type ReplayItem, readSession } from "../../audit/replay.ts";
import { createTeller, lineText, type Teller, type ToldLine } from "../../audit/tell.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { ShownRecord } from "../../model/recording.ts";
import { type ConfigOption, plain, print, readConfig } from "../shared.ts";
import { frameJson } from "./json.ts";
import { keyring, openForReading, recordingsOf, storytellerFor } from "./open.ts";

export interface ReplayOptions extends ConfigOption {
  readonly speed?: number;
  readonly from?: FromTime;
  readonly follow?: true;
  readonly everything?: true;
  readonly records?: true;
  readonly rawKey?: string;
  readonly json?: true;
}

/** When the session began → where to begin. */
export type FromTime = (startedAt: number) => number;

/** The gateway's timers keep no process alive; here nothing else does, and without this `--follow` would end at its first pause. */
const patientClock: Clock = {
  ...systemClock,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export async function replay(id: string, options: ReplayOptions): Promise<void> {
  const config = readConfig(options);
  const its = recordingsOf(config);
  const keys = await keyring(its, options.rawKey);
  const records = options.records ?? false;
  const session = await openForReading(config, id, "recording.viewed", { records, raw: options.rawKey !== undefined });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const follow = options.follow ? { follow: { clock: patientClock, signal: stop.signal } } : {};
  const teller = createTeller({ story: storytellerFor(session), everything: options.everything === true });
  const begin = options.from?.(session.startedAt) ?? 0;
  let before: number | null = null;
  for await (const item of readSession(its.directory, id, { ...keys, ...follow })) {
    const at = timeOf(item);
    // names are learnt, and answers find their requests, before the place where to begin, too
    const lines = linesOf(item, teller, options);
    if (at !== null && at < begin) continue;
    if (options.speed && at !== null && before !== null) await wait(Math.max(0, at - before) / options.speed);
    before = at ?? before;
    for (const line of lines) print(line);
  }
}

function timeOf(item: ReplayItem): number | null {
  if (item.kind === "frame") return item.frame.at;
  return item.kind === "cut" ? null : item.at;
}

function linesOf(item: ReplayItem, teller: Teller, { json, records }: ReplayOptions): string[] {
  switch (item.kind) {
    case "frame": {
      if (json) return [JSON.stringify(frameJson(item.frame))];
      const told = teller.tell(item.frame);
      return told ? lineAndRecords(told, records === true) : [];
    }
    case "gap":
      return json ? [JSON.stringify(item)] : [gapText(item)];
    case "sealed":
      return records && !json ? ["… records from before masking are here, sealed: --raw-key opens them"] : [];
    case "end":
      return [json ? JSON.stringify(item) : `end of the recording: ${item.frames} frames`];
    case "cut":
      return [json ? JSON.stringify(item) : item.message];
    default:
      return item satisfies never;
  }
}

function lineAndRecords(told: ToldLine, records: boolean): string[] {
  return [plain(lineText(told)), ...(records ? told.records.map(recordLine) : [])];
}

function gapText({ frames, payloads }: Extract<ReplayItem, { kind: "gap" }>): string {
  const parts = [
    ...(frames > 0 ? [`${frames} frames were not kept`] : []),
    ...(payloads > 0 ? [`of ${payloads} frames the records were not kept`] : []),
  ];
  return `… ${parts.join(", ")}: a bound was reached, or the disk refused`;
}

/** `    orders[3]@4711  key  {"id":1,…}` */
export function recordLine({ topic, partition, offset, key, value }: ShownRecord): string {
  return plain(
    `    ${topic}[${partition}]${offset === null ? "" : `@${offset}`}  ${key ?? "null"}  ${value ?? "null"}`,
  );
}

export function speedFactor(text: string): number {
  const factor = Number(text.replace(/x$/, ""));
  if (!(factor > 0)) throw new InvalidArgumentError("a number above 0, such as 1 or 10");
  return factor;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `+30s` after the session began, `09:14:02` of its day in UTC, or an ISO time. */
export function fromTime(text: string): FromTime {
  const after = /^\+(\d+)(ms|s|m|h)$/.exec(text);
  if (after) return (startedAt) => startedAt + Number(after[1]) * (unitMs[after[2] ?? "s"] ?? 0);
  if (/^\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/.test(text))
    return (startedAt) => Date.parse(`${new Date(startedAt).toISOString().slice(0, 10)}T${text}Z`);
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError("+30s, 09:14:02 or an ISO time");
  return () => at;
}
