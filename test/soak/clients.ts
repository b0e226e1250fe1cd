// The clients of the soak: each lives for some seconds, then leaves in order and another comes in its place. Producers are idempotent and wait for all
// replicas; consumers share a group. kafkajs, and librdkafka (confluent-kafka for Python). Not kcat 1.7.1: told to leave, it commits the
// record that it was just given without printing it, directly at the broker as through the gateway (src/README.md has the figures).
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type Kafka, logLevel } from "kafkajs";
import { dieWithParent } from "../../src/demo/parts/process.ts";
import type { Python } from "../support/clients.ts";
import type { Ledger, SoakRecord } from "./ledger.ts";

export interface Place {
  readonly kafka: (clientId: string) => Kafka;
  readonly bootstrap: string;
  readonly user: string;
  readonly password: string;
  readonly topic: string;
  readonly ledger: Ledger;
  /** Milliseconds since 1970 at which nobody new comes and everybody leaves. */
  readonly until: number;
  /** How long one client stays, in milliseconds. */
  readonly stays: () => number;
  started(): void;
}

export const quiet = { logLevel: logLevel.NOTHING } as const;
const batch = 25;
const pauseMs = 50;
const filler = "x".repeat(300);

function valueOf(producer: string, seq: number): string {
  const customer = { email: `person${seq}@example.com`, card: "4539 1488 0343 6467" };
  return JSON.stringify({ producer, seq, customer, note: filler });
}

export function parseValue(text: string): SoakRecord {
  const { producer, seq, customer } = JSON.parse(text) as {
    producer: string;
    seq: number;
    customer: { email: string; card: string };
  };
  return { producer, seq, masked: customer.email === "[redacted]" && customer.card === "[redacted]" };
}

/** One after the other in one place, until the time is over. */
export async function generations(place: Place, name: string, live: (name: string) => Promise<void>): Promise<void> {
  for (let generation = 0; Date.now() < place.until; generation++) {
    place.started();
    await live(`${name}-${generation}`).catch((error: unknown) => {
      place.ledger.complain(`${name}-${generation}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

function end(place: Place): number {
  return Math.min(place.until, Date.now() + place.stays());
}

export async function kafkajsProducer(place: Place, partition: number, name: string): Promise<void> {
  const producer = place.kafka(name).producer({ idempotent: true, maxInFlightRequests: 1 });
  const leaves = end(place);
  await producer.connect();
  try {
    for (let seq = 0; Date.now() < leaves; seq += batch) {
      const messages = Array.from({ length: batch }, (_, at) => ({ partition, value: valueOf(name, seq + at) }));
      await producer.send({ topic: place.topic, acks: -1, messages });
      place.ledger.acknowledged.set(name, seq + batch);
      await sleep(pauseMs);
    }
  } finally {
    await producer.disconnect();
  }
}

const program = `
import sys, time, json
from confluent_kafka import Producer
bootstrap, user, password, topic, partition, name, seconds = sys.argv[1:]
told = {"sent": 0, "acknowledged": 0, "failed": []}
def on(error, message):
    if error: told["failed"].append(str(error))
    else: told["acknowledged"] += 1
producer = Producer({"bootstrap.servers": bootstrap, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
  "sasl.username": user, "sasl.password": password, "client.id": name, "enable.idempotence": True, "acks": "all", "linger.ms": 20})
leaves = time.time() + float(seconds)
while time.time() < leaves:
    for _ in range(${batch}):
        value = {"producer": name, "seq": told["sent"], "customer": {"email": "p@example.com", "card": "4539 1488 0343 6467"}, "note": "${filler}"}
        producer.produce(topic, value=json.dumps(value), partition=int(partition), on_delivery=on)
        told["sent"] += 1
    producer.poll(0)
    time.sleep(${pauseMs / 1_000})
producer.flush(30)
print(json.dumps({**told, "failed": told["failed"][:3]}))
`;

export async function librdkafkaProducer(place: Place, python: Python, partition: number, name: string): Promise<void> {
  const seconds = (end(place) - Date.now()) / 1_000;
  const { bootstrap, user, password, topic } = place;
  const args = [bootstrap, user, password, topic, String(partition), name, String(seconds)];
  const { code, stdout, stderr } = await python.run(program, args, { timeoutMs: seconds * 1_000 + 60_000 });
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr.slice(-300)}`);
  const told = JSON.parse(stdout) as { sent: number; acknowledged: number; failed: string[] };
  place.ledger.acknowledged.set(name, told.acknowledged);
  if (told.failed.length > 0) throw new Error(`of ${told.sent} some were refused: ${told.failed.join(", ")}`);
}

/** Leaves at the end of its stay, or when `over` resolves. */
export async function kafkajsConsumer(place: Place, group: string, name: string, over: Promise<void>): Promise<void> {
  const consumer = place.kafka(name).consumer({ groupId: group, maxWaitTimeInMs: 250, sessionTimeout: 10_000 });
  await consumer.connect();
  await consumer.subscribe({ topics: [place.topic], fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch: { partition, messages }, isRunning, isStale }) => {
      if (!isRunning() || isStale()) return;
      for (const { offset, value } of messages)
        place.ledger.seen(group, partition, Number(offset), parseValue(value?.toString("utf8") ?? "{}"));
    },
  });
  await Promise.race([sleep(place.stays()), over]);
  await consumer.disconnect();
}

const readProgram = `
import sys, signal
from confluent_kafka import Consumer
bootstrap, user, password, topic, group, name = sys.argv[1:]
leaving = []
signal.signal(signal.SIGTERM, lambda *_: leaving.append(True))
consumer = Consumer({"bootstrap.servers": bootstrap, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
  "sasl.username": user, "sasl.password": password, "client.id": name, "group.id": group, "auto.offset.reset": "earliest",
  "session.timeout.ms": 10000, "auto.commit.interval.ms": 500})
consumer.subscribe([topic])
while not leaving:
    for message in consumer.consume(500, 0.2):
        if not message.error():
            print(message.partition(), message.offset(), message.value().decode(), flush=False)
    sys.stdout.flush()
consumer.close()
`;

export async function librdkafkaConsumer(
  place: Place,
  packages: string,
  group: string,
  name: string,
  over: Promise<void>,
): Promise<void> {
  const { bootstrap, user, password, topic, ledger } = place;
  const args = ["-c", readProgram, bootstrap, user, password, topic, group, name];
  const child = spawn("python3", args, {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, PYTHONPATH: packages },
  });
  const release = dieWithParent(child, []);
  const ended = endOf(child);
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const [, partition, offset, value] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
    if (value !== undefined) ledger.seen(group, Number(partition), Number(offset), parseValue(value));
  });
  await Promise.race([sleep(place.stays()), over, ended]);
  child.kill("SIGTERM");
  await ended;
  release();
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
}
