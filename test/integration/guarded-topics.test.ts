// Masked and filtered topics from start to end, by clients that know nothing of it: Kafka's own, librdkafka, franz-go and kafkajs. What is hidden
// fills whole fetches, at the beginning, in the middle and behind all that is seen; transactions are committed and aborted; a topic is compacted.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import kafkajs, { type Kafka as KafkaClient, type Message } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeError } from "../../src/base/errors.ts";
import { type KafkaTools, kafkaTools, loginProperties } from "../../src/demo/parts/kafka-tools.ts";
import { run } from "../../src/demo/parts/process.ts";
import { type Command, commandOf } from "../clients/programs.ts";
import { ensureKcat } from "../support/clients.ts";
import { type Gateway, startGateway, testConfig } from "../support/gateway.ts";
import { withAdmin } from "../support/kafkajs.ts";
import { sharedServers } from "../support/shared.ts";
import { eventually } from "../support/wait.ts";

const { Kafka, logLevel } = kafkajs;

/** Readers see the records of one tenant, and no e-mail address. Writers may write no record of a tenant that is closed, and cards are masked. */
const policy = `package lockkeeper

allow if true

reader if input.principal.name == "reader"

filter contains {"rule": "tenant", "in": "header:tenant", "keep": "acme"} if reader

mask contains {"rule": "mail", "field": "$.email", "method": "redact", "otherwise": "pass"} if reader

filter contains {"rule": "closed", "on": "write", "in": "header:tenant", "hide": "closed"} if input.principal.name == "writer"

mask contains {"rule": "card", "on": "write", "field": "$.card", "method": "redact"} if input.principal.name == "writer"
`;

const password = crypto.randomUUID();
const kcat = await ensureKcat();
const franz: Command | string = await commandOf({
  name: "franz-go",
  family: "go",
  program: "reader",
}).catch((error: unknown) => describeError(error));

let gateway: Gateway;
let tools: KafkaTools;
let behind: KafkaClient;
let dir: string;

beforeAll(async () => {
  const { kafka } = sharedServers();
  dir = await mkdtemp(join(tmpdir(), "lockkeeper-guarded-"));
  await writeFile(join(dir, "policy.rego"), policy);
  const configText = await testConfig({
    bootstrap: kafka.sasl,
    username: "proxy",
    policyDirectory: dir,
    users: [
      { name: "reader", groups: [] },
      { name: "writer", groups: [] },
    ],
  });
  const env = { KAFKA_PASSWORD: kafka.users["proxy"] ?? "", READER_PASSWORD: password, WRITER_PASSWORD: password };
  gateway = await startGateway({ configText, env });
  behind = new Kafka({ clientId: "behind", brokers: [...kafka.bootstrap], logLevel: logLevel.NOTHING });
  tools = await kafkaTools([gateway.bootstrap], loginProperties({ mechanism: "PLAIN", username: "reader", password }));
  await fill();
});
afterAll(async () => {
  await tools?.remove();
  await gateway?.stop();
  await rm(dir, { recursive: true, force: true });
});

function through(username: string): KafkaClient {
  return new Kafka({
    clientId: username,
    brokers: [gateway.bootstrap],
    sasl: { mechanism: "plain", username, password },
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
}

const line = (n: number, email: string) => JSON.stringify({ n, email });
const seen = (from: number, count: number): Message[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `k${from + index}`,
    value: line(from + index, `person${from + index}@example.com`),
    headers: { tenant: "acme" },
  }));
/** A KiB each that no codec makes small. */
const hidden = (count: number): Message[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `h${index}`,
    value: `of another: ${randomBytes(750).toString("base64")}`,
    headers: { tenant: "other" },
  }));
const end: Message = { key: "end", value: "end", headers: { tenant: "acme" } };
const masked = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => line(from + index, "[redacted]"));

interface Sends {
  send(record: { topic: string; messages: Message[] }): Promise<unknown>;
}

async function send(producer: Sends, topic: string, messages: Message[]): Promise<void> {
  for (let at = 0; at < messages.length; at += 200) {
    await producer.send({ topic, messages: messages.slice(at, at + 200) });
  }
}

/** Topic → what a reader is to see of it. */
const expected: Record<string, string[]> = {
  "guarded-plain": [...masked(0, 20), ...masked(20, 5), "end"],
  "guarded-txn": [...masked(100, 10), ...masked(110, 10), "end"],
  "guarded-compacted": [line(11, "[redacted]"), line(13, "[redacted]"), "end"],
};

async function fill(): Promise<void> {
  const compacted = { "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01" };
  await withAdmin(behind, (admin) =>
    admin.createTopics({
      waitForLeaders: true,
      topics: Object.keys(expected).map((topic) => ({
        topic,
        numPartitions: 1,
        ...(topic === "guarded-compacted" && {
          configEntries: Object.entries(compacted).map(([name, value]) => ({ name, value })),
        }),
      })),
    }),
  );
  const producer = behind.producer();
  await producer.connect();
  // More than one fetch of a partition (1 MiB) at each place.
  await send(producer, "guarded-plain", [...hidden(1_500), ...seen(0, 20), ...hidden(1_500), ...seen(20, 5)]);
  await send(producer, "guarded-plain", [...hidden(1_300), end]);
  await fillTransactions(producer);
  await fillCompacted(producer);
  await producer.disconnect();
}

async function fillTransactions(plain: Sends): Promise<void> {
  const producer = behind.producer({ transactionalId: "guarded", idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const rounds: readonly (readonly [Message[], "commit" | "abort"])[] = [
    [hidden(300), "commit"],
    [[...hidden(20), ...seen(100, 10)], "commit"],
    [seen(500, 10), "abort"],
    [hidden(1_300), "abort"],
    [[...seen(110, 10), ...hidden(20)], "commit"],
    [hidden(50), "abort"],
  ];
  for (const [messages, ending] of rounds) {
    const transaction = await producer.transaction();
    await send(transaction, "guarded-txn", messages);
    await transaction[ending]();
  }
  await producer.disconnect();
  await send(plain, "guarded-txn", [end]);
}

/** Compaction leaves gaps, batches with one record left, and the last record of each key. */
async function fillCompacted(producer: Sends): Promise<void> {
  const topic = "guarded-compacted";
  const own = await kafkaTools(sharedServers().kafka.bootstrap);
  const config = [
    "--alter",
    "--entity-type",
    "brokers",
    "--entity-default",
    "--add-config",
    "log.cleaner.backoff.ms=100",
  ];
  expect((await own.run("configs", config)).code).toBe(0);
  await own.remove();
  const keyed = (n: number, key: string, tenant = "acme"): Message => ({
    key,
    value: line(n, `person${n}@example.com`),
    headers: { tenant },
  });
  await producer.send({
    topic,
    messages: [keyed(1, "a"), keyed(2, "b"), keyed(3, "c", "other"), keyed(4, "c", "other")],
  });
  await producer.send({ topic, messages: [keyed(5, "a"), keyed(6, "b")] });
  await producer.send({ topic, messages: [keyed(11, "a"), keyed(12, "c", "other"), keyed(13, "b")] });
  await eventually(
    async () => {
      // A segment is rolled, and then cleaned, when something is written after its time.
      await producer.send({ topic, messages: [end] });
      return (await readRaw(topic)).filter((value) => value.startsWith("{")).length === 3;
    },
    { deadlineMs: 60_000 },
  );
}

/** All that the broker has, without the gateway. */
async function readRaw(topic: string): Promise<string[]> {
  const { kafka } = sharedServers();
  const args = ["-q", "-C", "-e", "-o", "beginning", "-t", topic, "-b", kafka.bootstrap[0] ?? ""];
  return lines((await run(kcat ?? "kcat", args, { timeoutMs: 30_000 })).stdout);
}

const lines = (text: string): string[] => text.split("\n").filter((each) => each !== "");

describe.each(Object.keys(expected))("%s", (topic) => {
  /** Up to the first end: the compacted topic has had several. */
  const whole = (values: readonly string[]): string[] => {
    const at = values.indexOf("end");
    return at < 0 ? [...values] : values.slice(0, at + 1);
  };

  it("is read by Kafka's own consumer, and no lag is left", async () => {
    const group = `guarded-java-${topic}`;
    const args = ["--topic", topic, "--from-beginning", "--group", group, "--isolation-level", "read_committed"];
    const read = await tools.run("console-consumer", [...args, "--timeout-ms", "8000"], { timeoutMs: 60_000 });
    expect(whole(lines(read.stdout))).toEqual(expected[topic]);
    const [committed, last] = await withAdmin(behind, async (admin) => [
      (await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0]?.partitions[0]?.offset,
      (await admin.fetchTopicOffsets(topic))[0]?.high,
    ]);
    expect(committed).toBe(last);
  });

  it.skipIf(kcat === undefined)("is read by librdkafka to the very end", async () => {
    const login = ["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", "sasl.username=reader"];
    const options = [...login, `sasl.password=${password}`, "isolation.level=read_committed"];
    const args = ["-q", "-C", "-e", "-o", "beginning", "-t", topic, "-b", gateway.bootstrap];
    const read = await run(kcat ?? "", [...args, ...options.flatMap((option) => ["-X", option])], {
      timeoutMs: 30_000,
    });
    expect(read.code, read.stderr).toBe(0);
    expect(whole(lines(read.stdout))).toEqual(expected[topic]);
  });

  it.skipIf(typeof franz === "string")("is read by franz-go", async () => {
    const { file, args, env } = franz as Command;
    const login = { CLIENT_USERNAME: "reader", CLIENT_PASSWORD: password, CLIENT_BOOTSTRAP: gateway.bootstrap };
    const read = await run(file, [...args, topic], { env: { ...env, ...login }, timeoutMs: 90_000 });
    expect(whole(lines(read.stdout)), read.stderr).toEqual(expected[topic]);
  });

  it("is read by kafkajs", async () => {
    const consumer = through("reader").consumer({ groupId: `guarded-js-${topic}`, maxWaitTimeInMs: 200 });
    const values: string[] = [];
    const done = Promise.withResolvers<void>();
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ message: { value } }) => {
          values.push(value?.toString() ?? "null");
          if (values.at(-1) === "end") done.resolve();
        },
      });
      await done.promise;
    } finally {
      await consumer.disconnect();
    }
    expect(whole(values)).toEqual(expected[topic]);
  });
});
