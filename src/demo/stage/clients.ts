// Unchanged kafkajs clients, each logged in as somebody. They know the gateway's address and their own login, and nothing else.
import { type Admin, type Consumer, Kafka, logLevel, Partitioners, type Producer, type SASLOptions } from "kafkajs";
import type { OidcPart } from "../parts/oidc.ts";
import type { Account } from "./people.ts";

/** Longer than any request is held: kafkajs waits 30 s by itself. */
const requestMsMax = 40_000;

/** A cluster's first group makes it create the topic of offsets: until that has leaders, coordinators come and go. */
const coldStart = { retries: 10, initialRetryTime: 150, multiplier: 1.5 } as const;

/** Quiet: what a client has to say, it says in the errors that it throws. */
export function kafkaClient(brokers: readonly string[], clientId: string, sasl?: SASLOptions): Kafka {
  return new Kafka({
    clientId,
    brokers: [...brokers],
    ...(sasl && { sasl }),
    requestTimeout: requestMsMax,
    retry: { retries: 3 },
    logLevel: logLevel.NOTHING,
    logCreator: () => () => {},
  });
}

export function withPassword({ name, password }: Account): SASLOptions {
  return { mechanism: "plain", username: name, password };
}

/** Asks the issuer for a token whenever kafkajs wants one. */
export function withToken({ name }: Account, oidc: OidcPart): SASLOptions {
  return { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: await oidc.tokenFor(name) }) };
}

export async function asAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function asProducer<T>(kafka: Kafka, work: (producer: Producer) => Promise<T>): Promise<T> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  try {
    await producer.connect();
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
}

/**
 * Reads a topic from its beginning in a consumer group, until `count` values are there.
 * Rejects with what kafkajs says when it gives up, or after `patienceMs`.
 */
export async function readInGroup(
  kafka: Kafka,
  from: { readonly topic: string; readonly groupId: string; readonly count: number; readonly patienceMs?: number },
): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: from.groupId, maxWaitTimeInMs: 250, retry: coldStart });
  const values: string[] = [];
  const done = Promise.withResolvers<string[]>();
  const tooLong = () => done.reject(new Error(`only ${values.length} of ${from.count} records came`));
  const timer = setTimeout(tooLong, from.patienceMs ?? 30_000);
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) done.reject(error);
  });
  // a crash may come while we still set up: then nobody listens to this one yet
  done.promise.catch(() => {});
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [from.topic], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        values.push(message.value?.toString("utf8") ?? "null");
        if (values.length >= from.count) done.resolve(values);
      },
    });
    return await done.promise;
  } finally {
    clearTimeout(timer);
    await leave(consumer);
  }
}

async function leave(consumer: Consumer): Promise<void> {
  // one that crashed has nothing left to leave
  await consumer.disconnect().catch(() => {});
}

/** As kafkajs prints it: `KafkaJSProtocolError [TOPIC_AUTHORIZATION_FAILED]: Not authorized …`. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const type = errorType(error);
  return `${error.name}${type === null ? "" : ` [${type}]`}: ${error.message}`;
}

/** Kafka's name of the error, also of one that kafkajs retried and wrapped. */
export function errorType(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ("type" in error && typeof error.type === "string") return error.type;
  return error.cause === undefined ? null : errorType(error.cause);
}
