// lockkeeper sessions redrive: what a session wrote is written again to another topic, through the gateway, as whoever runs this: the policies judge and
// mask it as they do any producer. The log has it before the first record goes.
import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { Kafka, logLevel, type Message, type SASLOptions } from "kafkajs";
import { readSession } from "../../audit/replay.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { Config } from "../../config/schema.ts";
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
  const count = await countOf(config, id, options);
  if (count === 0) {
    throw new LockkeeperError(
      "audit-corrupt",
      `the recording of ${id} holds no records that a broker took: records are kept where audit.recordings.payloads (or a policy) says masked`,
    );
  }
  if (options.dryRun) return print(`${count} records of ${id} would be written to ${options.to}`);
  const kafka = await clientOf(config, session.cluster, options);
  const as = options.username ?? "whoever the token names";
  await recordAct(config, "recording.redriven", {
    session: id,
    principal: session.principal,
    to: options.to,
    records: count,
    as,
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  let written = 0;
  try {
    for await (const messages of batches(config, id, options)) {
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
  print(`${written} records of ${id} were written to ${options.to}`);
}

async function* recordsOf(config: Config, id: string, { only }: RedriveOptions): AsyncGenerator<WrittenRecord> {
  const its = recordingsOf(config);
  const written = new WrittenRecords();
  for await (const item of readSession(its.directory, id, await keyring(its))) {
    if (item.kind !== "frame") continue;
    for (const record of written.take(item.frame)) if (only === undefined || record.topic === only) yield record;
  }
}

async function countOf(config: Config, id: string, options: RedriveOptions): Promise<number> {
  let count = 0;
  for await (const record of recordsOf(config, id, options)) count += record ? 1 : 0;
  return count;
}

async function* batches(config: Config, id: string, options: RedriveOptions): AsyncGenerator<Message[]> {
  let batch: Message[] = [];
  for await (const record of recordsOf(config, id, options)) {
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
