// kafkajs does all it can: producer, transactions, groups and its whole admin API; see test/clients/matrix.ts.
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import kafkajs from "kafkajs";
import { administration, guardedAdministration, manageTopics } from "./kafkajs-admin.mjs";
import { env, kafka, name, withAdmin } from "./kafkajs-support.mjs";
import { step } from "./report.mjs";

const { CompressionCodecs, CompressionTypes, Partitioners } = kafkajs;
const [compress, decompress] = [promisify(zstdCompress), promisify(zstdDecompress)];
CompressionCodecs[CompressionTypes.ZSTD] = () => ({ compress: ({ buffer }) => compress(buffer), decompress });

const startMilli = 1_700_000_000_000;
const messages = Array.from({ length: 10 }, (_, index) => ({
  partition: 0,
  key: index === 9 ? null : `key-${index}`,
  value:
    index === 8
      ? null
      : `{"id":${index},"email":"person${index}@example.com","text":"${String(index).padStart(600, "0")}"}`,
  headers: { kind: "test", several: ["a", "b"] },
  timestamp: String(startMilli + index),
}));

async function withProducer(options, work) {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    ...options,
  });
  await producer.connect();
  try {
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
}

const produce = (topic, options = {}, more = {}) =>
  withProducer(options, (producer) => producer.send({ topic, messages, ...more }));

/** Reads `count` records in a group, then does `meanwhile` with the consumer that still is a member. */
async function consume({ group, topics, count, meanwhile = () => Promise.resolve(), ...options }) {
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 200, allowAutoTopicCreation: false, ...options });
  const got = [];
  const enough = Promise.withResolvers();
  enough.promise.catch(() => {});
  const timer = setTimeout(() => enough.reject(new Error(`only ${got.length} came`)), 15_000);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) enough.reject(payload.error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        const { offset, key, value, headers, timestamp } = message;
        if (got.length < count) got.push({ topic, partition, offset, key, value, headers, at: timestamp });
        if (got.length === count) enough.resolve();
      },
    });
    await enough.promise;
    // Which partition comes first is the brokers' affair.
    got.sort((a, b) => a.partition - b.partition);
    return { got, meanwhile: await meanwhile(consumer) };
  } finally {
    clearTimeout(timer);
    await consumer.disconnect().catch(() => {});
  }
}

async function traffic() {
  const single = name("single");
  for (const type of ["None", "GZIP", "ZSTD"])
    await step(`produce-${type}`, () => produce(single, {}, { compression: CompressionTypes[type] }));
  await step("produce-idempotent", () => produce(single, { idempotent: true }));
  for (const acks of [0, 1]) await step(`produce-acks-${acks}`, () => produce(single, {}, { acks }));
  await step("produce-batch", () =>
    withProducer({}, (producer) =>
      producer.sendBatch({ topicMessages: ["plain", "other"].map((topic) => ({ topic: name(topic), messages })) }),
    ).then((sent) => sent.toSorted((a, b) => (a.topicName < b.topicName ? -1 : 1))),
  );
  await step("produce-unknown-topic", () => produce(name("unknown"), { retry: { retries: 1 } }));
  await step("consume", () => consume({ group: name("direct"), topics: [single], count: 60 }));
  await step("consume-unknown-topic", () =>
    consume({ group: name("direct"), topics: [name("unknown")], count: 1, retry: { retries: 1 } }),
  );
}

const commit = (offset) => (consumer) => consumer.commitOffsets([{ topic: name("single"), partition: 0, offset }]);

async function groups(admin) {
  const [group, single] = [name("group"), name("single")];
  await step("group-consume", () => consume({ group, topics: [single], count: 20, meanwhile: commit("20") }));
  await step("group-resume", () => consume({ group, topics: [single], count: 10 }));
  await step("describe-group-active", () =>
    consume({ group, topics: [single], count: 1, meanwhile: (consumer) => consumer.describeGroup() }),
  );
  await step("regex", () =>
    consume({ group: name("regex"), topics: [new RegExp(`^${name("single")}$`)], count: 10, meanwhile: commit("10") }),
  );
  await step("list-groups", async () =>
    (await admin.listGroups()).groups
      .filter(({ groupId }) => groupId.startsWith(env.CLIENT_PREFIX))
      .toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1)),
  );
  await step("describe-groups", () => admin.describeGroups([group, name("never")]));
  await step("fetch-offsets", () => admin.fetchOffsets({ groupId: group }));
  await step("fetch-offsets-resolved", () =>
    admin.fetchOffsets({ groupId: group, topics: [single], resolveOffsets: true }),
  );
  await step("set-offsets", () =>
    admin.setOffsets({ groupId: group, topic: single, partitions: [{ partition: 0, offset: "7" }] }),
  );
  await step("reset-offsets", () => admin.resetOffsets({ groupId: group, topic: single, earliest: true }));
  await step("fetch-offsets-reset", () => admin.fetchOffsets({ groupId: group, topics: [single] }));
}

/** What one transaction with a record in `P-other` was answered. */
function transaction(id, topic, finish) {
  const options = { transactionalId: name(id), idempotent: true, maxInFlightRequests: 1 };
  return withProducer(options, async (producer) => {
    const begun = await producer.transaction();
    try {
      const sent = await begun.send({ topic, messages: [{ partition: 1, value: id, timestamp: String(startMilli) }] });
      return [sent, await finish(begun)];
    } catch (error) {
      await begun.abort().catch(() => {});
      throw error;
    }
  });
}

async function transactions() {
  const [group, other, single] = [name("group"), name("other"), name("single")];
  const offsets = [{ topic: single, partitions: [{ partition: 0, offset: "9" }] }];
  await step("transaction-commit", () => transaction("commit", other, (begun) => begun.commit()));
  await step("transaction-abort", () => transaction("abort", other, (begun) => begun.abort()));
  await step("transaction-offsets", () =>
    transaction("offsets", other, async (begun) => {
      await begun.sendOffsets({ consumerGroupId: group, topics: offsets });
      await begun.commit();
    }),
  );
  await step("transaction-commit-again", () => transaction("commit", other, (begun) => begun.commit()));
  await step("read-committed", () => consume({ group: name("committed"), topics: [other], count: 13 }));
  await step("read-uncommitted", () =>
    consume({ group: name("uncommitted"), topics: [other], count: 14, readUncommitted: true }),
  );
}

async function guarded(admin) {
  const [secret, masked, hidden] = [name("secret"), name("masked"), name("hidden")];
  const denied = { count: 1, retry: { retries: 1 } };
  await step("produce-denied", () => produce(secret));
  await step("produce-masked", () => produce(masked));
  await step("consume-masked", () => consume({ group: name("direct"), topics: [masked], count: 10 }));
  await step("consume-denied", () => consume({ ...denied, group: name("group"), topics: [secret] }));
  await step("consume-both", () => consume({ ...denied, group: name("both"), topics: [secret, masked] }));
  await step("group-denied", () => consume({ ...denied, group: hidden, topics: [masked] }));
  await step("transaction-denied", () => transaction("txn", secret, (begun) => begun.commit()));
  await guardedAdministration(admin);
}

await withAdmin(async (admin) => {
  if (env.CLIENT_STEPS === "guarded") {
    await guarded(admin);
  } else {
    await manageTopics(admin);
    await traffic();
    await groups(admin);
    await transactions();
    await administration(admin);
  }
});
await step("end", () => Promise.resolve());
// What a consumer leaves open when it crashed must not keep the report waiting.
process.exit(0);
