// The logs of a topic as their leaders tell of them: where each begins and ends, its size, its newest record. Where a leader cannot be asked, or a
// partition has none, the sums say that there is more.
import type { Json, JsonObject } from "../../../base/json.ts";
import { errorName } from "../errors.ts";
import type { MetadataResponsePartition, MetadataResponseTopic } from "../messages/metadata.ts";
import type { Ask, FactsContext } from "../rule.ts";
import { byPartition, ifKnown, readable } from "./common.ts";
import { logDirsAt } from "./log-dirs.ts";
import { askEach, partitionsText, type Told } from "./nodes.ts";
import { earliest, latest, newestAt, offsetsAt } from "./offsets.ts";

interface Log {
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
  /** Null where the leader does not say. */
  readonly bytes: bigint | null;
  /** Milliseconds since 1970, as the producer or the broker said; null where the log is empty or the leader does not say. */
  readonly newest: bigint | null;
}

export interface Logs {
  readonly shown: JsonObject;
  /** By partition, of those that are known. */
  readonly ends: ReadonlyMap<number, bigint>;
  /** Why something is missing, one sentence each. */
  readonly missing: readonly string[];
}

const noLeader = -1;

/** Null where nobody is to be asked. */
export async function logsOf(topic: MetadataResponseTopic, context: FactsContext): Promise<Logs | null> {
  const leaders = Map.groupBy(topic.partitions, ({ leaderId }) => leaderId);
  const led = new Map(
    [...leaders].map(([node, of]) => [node, of.map(({ partitionIndex }) => partitionIndex).toSorted((a, b) => a - b)]),
  );
  led.delete(noLeader);
  const orphans = topic.partitions.filter(({ leaderId }) => leaderId === noLeader);
  const name = topic.name ?? "";
  const told = await askEach(led.keys(), context, (ask, node) => logsAt(name, led.get(node) ?? [], ask));
  return told && together(led, orphans, told);
}

interface LogsOfOne {
  readonly logs: readonly Log[];
  /** Error codes by partition, such as of those that it no longer leads. */
  readonly errors: ReadonlyMap<number, number>;
}

/** What one broker tells of the partitions that it leads. */
async function logsAt(name: string, partitions: readonly number[], ask: Ask): Promise<LogsOfOne> {
  const context = { ask };
  const [starts, ends, newest, dirs] = await Promise.all([
    offsetsAt(earliest, name, partitions, context),
    offsetsAt(latest, name, partitions, context),
    ifKnown(newestAt(name, partitions, context)),
    ifKnown(logDirsAt(name, partitions, context)),
  ]);
  const bytes = new Map(dirs?.map((dir) => [dir.partition, dir.bytes]));
  const logs: Log[] = [];
  const errors = new Map<number, number>();
  for (const partition of partitions) {
    const [start, end] = [starts.get(partition), ends.get(partition)];
    const error = start?.errorCode || end?.errorCode || 0;
    if (start === undefined || end === undefined || error !== 0) {
      errors.set(partition, error);
      continue;
    }
    const its = { bytes: bytes.get(partition) ?? null, newest: newest?.get(partition) ?? null };
    logs.push({ partition, start: start.offset, end: end.offset, ...its });
  }
  return { logs, errors };
}

function together(
  led: ReadonlyMap<number, readonly number[]>,
  orphans: readonly MetadataResponsePartition[],
  { answers, silent }: Told<LogsOfOne>,
): Logs {
  const logs = [...answers.values()].flatMap((answer) => answer.logs).toSorted(byPartition);
  const missing = [...Map.groupBy(orphans, ({ replicaNodes }) => replicaNodes.join(", "))].map(
    ([replicas, of]) =>
      `${partitionsText(of.map(({ partitionIndex }) => partitionIndex))}: no leader just now (replicas on ${replicas})`,
  );
  for (const [node, reason] of silent) missing.push(`${partitionsText(led.get(node) ?? [])}: broker ${node} ${reason}`);
  for (const [node, { errors }] of answers) {
    for (const [code, of] of Map.groupBy(errors, ([, error]) => error))
      missing.push(`${partitionsText(of.map(([partition]) => partition))}: broker ${node} ${answered(code)}`);
  }
  const whole = missing.length === 0;
  return { shown: shownOf(logs, whole), ends: new Map(logs.map(({ partition, end }) => [partition, end])), missing };
}

function answered(code: number): string {
  return code === 0 ? "did not tell" : `answered ${errorName(code)}`;
}

function shownOf(logs: readonly Log[], whole: boolean): JsonObject {
  if (logs.length === 0) return { records: "not known", size: "not known", lastWrite: "not known" };
  const atLeast = whole ? "" : "at least ";
  const records = logs.reduce((sum, { start, end }) => sum + end - start, 0n);
  const sizes = logs.flatMap(({ bytes }) => bytes ?? []);
  const size = sizes.reduce((sum, one) => sum + one, 0n);
  const times = logs.flatMap(({ newest }) => newest ?? []);
  const lines: Json[] = logs.map(({ partition, start, end }) => `partition ${partition}: ${start} to ${end}`);
  return {
    records: `${atLeast}${records}`,
    size: sizes.length === 0 ? "not known" : `${sizes.length < logs.length ? "at least " : atLeast}${sizeText(size)}`,
    lastWrite: lastWriteText(times, whole),
    offsets: readable(lines),
  };
}

function lastWriteText(times: readonly bigint[], whole: boolean): string {
  const last = times.reduce((most, time) => (time > most ? time : most), -1n);
  // a producer may say any time; a Date holds a part of them
  const date = new Date(Number(last));
  if (last < 0n || Number.isNaN(date.getTime())) return "not known";
  return `${date.toISOString()}${whole ? "" : " or later"}`;
}

/** `1024 bytes`, `1.3 GB`: of the leaders' own replicas. */
function sizeText(bytes: bigint): string {
  let value = Number(bytes);
  if (value < 1_000_000) return `${bytes} bytes`;
  let unit = "bytes";
  for (const larger of ["kB", "MB", "GB", "TB", "PB"]) {
    if (value < 1_000) break;
    value /= 1_000;
    unit = larger;
  }
  return `${value.toFixed(1)} ${unit}`;
}
