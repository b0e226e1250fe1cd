// lockkeeper sessions redrive: what a session wrote is written again to another topic, through the gateway, as whoever runs this: the policies judge and
// mask it as they do any producer. The log has it before the first record goes. Of transactions only those come that were committed, as sessions of the
// same principal tell.
import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { Kafka, logLevel, type Message, type SASLOptions } from "kafkajs";
import { listSessions, readSession, type SessionSummary } from "../../audit/replay.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { Config } from "../../config/schema.ts";
import { TransactionEnds } from "../../protocols/kafka/story/transaction-ends.ts";
import { type WrittenRecord, WrittenRecords } from "../../protocols/kafka/story/written.ts";
import { recordAct } from "../record.ts";
import { type ConfigOption, print, readConfig } from "../shared.ts";
import { keyring, openForReading, recordingsOf } from "./open.ts";

export interface RedriveOptions extends ConfigOption {
  readonly to: string;
  readonly only?: string;
  readonly bootstrap?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly dryRun?: true;
}

const batchRecordsMax = 500;

export async function redrive(id: string, options: RedriveOptions): Promise<void> {
  const config = readConfig(options);
  const session = await openForReading(config, id, "recording.viewed", { records: true, what: "redrive" });
  const source = { config, id, options, ends: await endsOf(config, session) };
  const { count, leftOut } = await countOf(source);
  const rest =
    leftOut === 0 ? "" : `; ${leftOut} were left out: their transactions were not committed, as far as recordings tell`;
  if (count === 0) {
    throw new LockkeeperError(
      "audit-corrupt",
      `the recording of ${id} holds no records that a broker took: records are kept where audit.recordings.payloads (or a policy) says masked${rest}`,
    );
  }
  if (options.dryRun) return print(`${count} records of ${id} would be written to ${options.to}${rest}`);
  const kafka = await clientOf(config, session.cluster, options);
  const as = options.username ?? "whoever the token names";
  await recordAct(config, "recording.redriven", {
    session: id,
    principal: session.principal,
    to: options.to,
    records: count,
    left_out: leftOut,
    as,
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  let written = 0;
  try {
    for await (const messages of batches(source)) {
      await producer.send({ topic: options.to, messages, acks: -1 });
      written += messages.length;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LockkeeperError(
      "broker-unavailable",
      `${written} of ${count} records were written to ${options.to}, then: ${reason}`,
    );
  } finally {
    await producer.disconnect();
  }
  print(`${written} records of ${id} were written to ${options.to}${rest}`);
}

interface Source {
  readonly config: Config;
  readonly id: string;
  readonly options: RedriveOptions;
  readonly ends: TransactionEnds;
}

/** In every session in which the same principal may have ended the transactions of this one. */
async function endsOf(config: Config, { cluster, principal, startedAt }: SessionSummary): Promise<TransactionEnds> {
  const recordings = recordingsOf(config);
  const { directory } = recordings;
  const keys = await keyring(recordings);
  const ends = new TransactionEnds();
  for (const other of await listSessions(directory)) {
    const its = other.cluster === cluster && other.principal === principal && other.lastAt >= startedAt;
    if (!its || other.erased || !other.apis.includes("EndTxn")) continue;
    const note = ends.ofSession();
    for await (const item of readSession(directory, other.id, keys)) if (item.kind === "frame") note(item.frame);
  }
  return ends;
}

async function* recordsOf({ config, id, options: { only } }: Source): AsyncGenerator<WrittenRecord> {
  const its = recordingsOf(config);
  const written = new WrittenRecords();
  for await (const item of readSession(its.directory, id, await keyring(its))) {
    if (item.kind !== "frame") continue;
    for (const record of written.take(item.frame)) if (only === undefined || record.topic === only) yield record;
  }
}

function isToWrite({ transaction }: WrittenRecord, { ends }: Source): boolean {
  return transaction === null || ends.committed(transaction);
}

async function countOf(source: Source): Promise<{ readonly count: number; readonly leftOut: number }> {
  let [count, leftOut] = [0, 0];
  for await (const record of recordsOf(source)) {
    if (isToWrite(record, source)) count++;
    else leftOut++;
  }
  return { count, leftOut };
}

async function* batches(source: Source): AsyncGenerator<Message[]> {
  let batch: Message[] = [];
  for await (const record of recordsOf(source)) {
    if (!isToWrite(record, source)) continue;
    batch.push(messageOf(record));
    if (batch.length < batchRecordsMax) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The partition is the new topic's to choose, by the key as ever. */
function messageOf({ key, value, headers, timestamp }: WrittenRecord): Message {
  const named: Record<string, Buffer[]> = {};
  for (const header of headers) {
    const name = Buffer.from(header.key).toString("utf8");
    (named[name] ??= []).push(Buffer.from(header.value ?? []));
  }
  return { key, value, headers: named, timestamp: timestamp.toString() };
}

/** At the gateway's own listener of the session's cluster, unless told where. */
async function clientOf(config: Config, cluster: string, options: RedriveOptions): Promise<Kafka> {
  const listener = config.listeners.find((its) => its.cluster === cluster);
  const own = listener && `${listener.advertise ?? listener.bind.host}:${listener.bind.port}`;
  const address = options.bootstrap ?? own;
  if (address === undefined)
    throw new LockkeeperError("config-invalid", `no listener serves ${cluster}: say --bootstrap`);
  const ca = options.ca === undefined ? undefined : await readFile(options.ca, "utf8");
  return new Kafka({
    clientId: "lockkeeper-redrive",
    brokers: [address],
    logLevel: logLevel.NOTHING,
    sasl: await loginOf(options),
    ssl: ca === undefined ? Boolean(listener?.tls) : { ca },
  });
}

/** A password or a token comes from a file or the environment, never from the command line, where everybody sees it. */
async function loginOf({ username, passwordFile, tokenFile }: RedriveOptions): Promise<SASLOptions> {
  const secret = async (file: string) => (await readFile(file, "utf8")).trim();
  if (tokenFile !== undefined) {
    const value = await secret(tokenFile);
    return { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value }) };
  }
  const password = passwordFile === undefined ? process.env["LOCKKEEPER_PASSWORD"] : await secret(passwordFile);
  if (username === undefined || password === undefined) {
    throw new InvalidArgumentError(
      "say who writes: --username with --password-file (or LOCKKEEPER_PASSWORD), or --token-file",
    );
  }
  return { mechanism: "plain", username, password };
}
