// Short forms of what tests do with kafkajs: the client is unchanged, only its connecting and leaving is done here.
import type { Kafka, Message } from "kafkajs";

export { asAdmin as withAdmin, asProducer as withProducer } from "../../src/demo/stage/clients.ts";

export interface Read {
  readonly topics: readonly string[];
  readonly groupId: string;
  readonly count: number;
  readonly patienceMs?: number;
}

/** Reads from the beginning in a group until `count` values came; rejects with what crashed the consumer. */
export async function readValues(
  kafka: Kafka,
  { topics, groupId, count, patienceMs = 30_000 }: Read,
): Promise<string[]> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, retry: { retries: 6, initialRetryTime: 100 } });
  const values: string[] = [];
  const done = Promise.withResolvers<string[]>();
  done.promise.catch(() => {});
  const timer = setTimeout(() => done.reject(new Error(`only ${values.length} of ${count} records came`)), patienceMs);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) done.reject(payload.error); // kafkajs starts again by itself after what may pass, such as a coordinator that loads
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        values.push(message.value?.toString("utf8") ?? "null");
        if (values.length >= count) done.resolve(values);
      },
    });
    return await done.promise;
  } finally {
    clearTimeout(timer);
    await consumer.disconnect().catch(() => {});
  }
}

/** Kafka's name of the error, also of one that kafkajs retried and wrapped; the message where it has no type. */
export async function errorOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return typeOf(error);
  }
  throw new Error("it was not refused");
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("type" in error && typeof error.type === "string") return error.type;
  return error.cause === undefined ? error.message : typeOf(error.cause);
}

/** An order with personal data that the shipped pii.rego masks in topics `orders*`. */
export function order(id: number, note = ""): string {
  return JSON.stringify({ id, customer: { email: `person${id}@example.com`, card: `4539-${id}` }, note });
}

export function maskedOrder(id: number, note = ""): string {
  return JSON.stringify({ id, customer: { email: "[redacted]", card: "[redacted]" }, note });
}

export function orders(from: number, count: number): Message[] {
  return Array.from({ length: count }, (_, index) => ({ key: String(from + index), value: order(from + index) }));
}
