// @platformatic/kafka does all it can; see test/clients/matrix.ts. It is installed into the cache, so its types are not here.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { step, within } from "./report.mjs";

const env = process.env;
const entry = pathToFileURL(join(env.CLIENT_MODULES, "@platformatic", "kafka", "dist", "index.js")).href;
const { Admin, Consumer, Producer, stringDeserializers, stringSerializers } = await import(entry);
const prefix = env.CLIENT_PREFIX;
const name = (suffix) => `${prefix}-${suffix}`;
const startMilli = 1_700_000_000_000;
const base = {
  clientId: "platformatic",
  bootstrapBrokers: env.CLIENT_BOOTSTRAP.split(","),
  sasl: { mechanism: "PLAIN", username: env.CLIENT_USERNAME, password: env.CLIENT_PASSWORD },
  retries: 8,
  retryDelay: 300,
  timeout: 10_000,
};
const forEver = [{ name: "retention.ms", value: "-1" }]; // the records say that they are from 2023

const topicResource = (suffix, more = {}) => ({ resourceType: 2, resourceName: name(suffix), ...more });

const settle = () => delay(700);

function messages(topic) {
  return Array.from({ length: 10 }, (_, index) => ({
    topic,
    partition: 0,
    key: index === 9 ? undefined : `key-${index}`,
    value:
      index === 8
        ? undefined
        : `{"id":${index},"email":"person${index}@example.com","text":"${String(index).padStart(600, "0")}"}`,
    headers: { kind: "test" },
    timestamp: BigInt(startMilli + index),
  }));
}

async function produce(topic, options = {}) {
  const producer = new Producer({ ...base, serializers: stringSerializers, ...options });
  try {
    return await producer.send({ messages: messages(topic) });
  } finally {
    await producer.close(true);
  }
}

const read = ({ partition, offset, key, value, headers, timestamp }) => ({
  partition,
  offset,
  key,
  value,
  headers,
  at: timestamp,
});

async function consume({ group, topics, count, commit = false, mode = "committed", ...options }) {
  const consumer = new Consumer({ ...base, groupId: group, deserializers: stringDeserializers, ...options });
  const got = [];
  try {
    const stream = await consumer.consume({
      topics,
      mode,
      fallbackMode: "earliest",
      autocommit: false,
      maxWaitTime: 200,
      sessionTimeout: 10_000,
      heartbeatInterval: 500,
      ...options,
    });
    const timer = setTimeout(() => stream.destroy(new Error(`only ${got.length} came`)), 15_000);
    try {
      for await (const message of stream) {
        got.push(read(message));
        if (got.length < count) continue;
        if (commit) await message.commit();
        break;
      }
    } finally {
      clearTimeout(timer);
    }
    return got;
  } finally {
    await within(consumer.close(true), 5_000).catch(() => {});
  }
}

/** Each with an id of its own: the client does not wait for the markers of the last one (CONCURRENT_TRANSACTIONS). */
async function transaction(how, id = how) {
  const producer = new Producer({
    ...base,
    serializers: stringSerializers,
    transactionalId: name(id),
    idempotent: true,
  });
  try {
    const begun = await producer.beginTransaction();
    const sent = await begun.send({
      messages: [{ topic: name("other"), partition: 1, value: how, timestamp: BigInt(startMilli) }],
    });
    await begun[how]();
    return sent;
  } finally {
    await producer.close(true);
  }
}

async function manageTopics(admin) {
  const create = (all, partitions, more = {}) =>
    admin.createTopics({ topics: all.map(name), partitions, replicas: 1, configs: forEver, ...more });
  await step("create-topics", () => create(["plain", "other"], 3));
  await step("create-topics-single", () => create(["single"], 1));
  await step("create-topics-again", () => create(["plain"], 3));
  await step("create-topics-wrong", () => create(["bad"], 1, { replicas: 9 }));
  await settle();
  await step("list-topics", async () =>
    (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)).toSorted(),
  );
  await step("metadata", async () => {
    const { brokers, topics: described } = await admin.metadata({ topics: [name("plain")], forceUpdate: true });
    return {
      brokers: [...brokers.keys()].toSorted((a, b) => a - b),
      addresses: [...brokers.values()].map(({ host, port }) => `${host}:${port}`),
      partitions: described.get(name("plain"))?.partitionsCount,
    };
  });
  await step("metadata-unknown", () => admin.metadata({ topics: [name("unknown")] }));
  await step("describe-configs", () =>
    admin.describeConfigs({ resources: [topicResource("plain")], includeSynonyms: true }),
  );
  await step("alter-configs", () =>
    admin.alterConfigs({
      resources: [topicResource("plain", { configs: [{ name: "max.message.bytes", value: "70000" }] })],
    }),
  );
  await step("incremental-alter-configs", () =>
    admin.incrementalAlterConfigs({
      resources: [
        topicResource("plain", { configs: [{ name: "max.message.bytes", configOperation: 0, value: "60000" }] }),
      ],
    }),
  );
  await step("incremental-alter-configs-wrong", () =>
    admin.incrementalAlterConfigs({
      resources: [topicResource("plain", { configs: [{ name: "retention.ms", configOperation: 0, value: "x" }] })],
    }),
  );
  await step("create-partitions", () =>
    admin.createPartitions({ topics: [{ name: name("plain"), count: 5, assignments: null }] }),
  );
  await step("create-partitions-fewer", () =>
    admin.createPartitions({ topics: [{ name: name("plain"), count: 1, assignments: null }] }),
  );
}

async function traffic(admin) {
  const single = name("single");
  for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"])
    await step(`produce-${compression}`, () => produce(single, { compression }));
  await step("produce-idempotent", () => produce(single, { idempotent: true }));
  await step("produce-acks-0", () => produce(single, { acks: 0 }));
  await step("produce-unknown-topic", () => produce(name("unknown")));
  await step("consume", () => consume({ group: name("direct"), topics: [single], count: 60, mode: "earliest" }));
  await step("list-offsets", () =>
    admin.listOffsets({ topics: [{ name: single, partitions: [{ partitionIndex: 0, timestamp: -1n }] }] }),
  );
  await step("delete-records", () =>
    admin.deleteRecords({ topics: [{ name: single, partitions: [{ partition: 0, offset: 5n }] }] }),
  );
}

async function groups(admin) {
  const [group, single] = [name("group"), name("single")];
  await step("group-consume", () => consume({ group, topics: [single], count: 20, commit: true }));
  await step("group-resume", () => consume({ group, topics: [single], count: 10 }));
  await step("group-new-protocol", () =>
    consume({ group: name("next"), topics: [single], count: 10, commit: true, groupProtocol: "consumer" }),
  );
  await step("list-groups", async () =>
    [...(await admin.listGroups({ types: ["classic", "consumer"] })).values()]
      .filter(({ id }) => id.startsWith(prefix))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  );
  await step("describe-groups", () => admin.describeGroups({ groups: [group], includeAuthorizedOperations: true }));
  await step("group-offsets", () => admin.listConsumerGroupOffsets({ groups: [group] }));
  await step("alter-group-offsets", () =>
    admin.alterConsumerGroupOffsets({
      groupId: group,
      topics: [{ name: single, partitionOffsets: [{ partition: 0, offset: 7n }] }],
    }),
  );
  await step("delete-group-offsets", () =>
    admin.deleteConsumerGroupOffsets({ groupId: group, topics: [{ name: single, partitionIndexes: [0] }] }),
  );
  await step("find-coordinator", async () =>
    (await admin.findCoordinator({ keyType: 0, keys: [group] })).map(({ key, host, port }) => [key, `${host}:${port}`]),
  );
  await step("transaction-commit", () => transaction("commit"));
  await step("transaction-abort", () => transaction("abort"));
  await step("transaction-commit-again", () => transaction("commit", "again"));
  await step("read-committed", () =>
    consume({ group: name("direct"), topics: [name("other")], count: 2, mode: "earliest", isolationLevel: 1 }),
  );
}

async function administration(admin) {
  const acl = {
    resourceType: 2,
    resourceName: name("acl"),
    resourcePatternType: 3,
    principal: "User:someone",
    host: "*",
    operation: 3,
    permissionType: 3,
  };
  const filter = { ...acl, principal: null, host: null, operation: 1, permissionType: 1 };
  await step("acls-create", () => admin.createAcls({ creations: [acl] }));
  await settle();
  await step("acls-describe", () => admin.describeAcls({ filter }));
  await step("acls-delete", () => admin.deleteAcls({ filters: [filter] }));
  const entities = [{ entityType: "client-id", entityName: name("client") }];
  await step("quotas-alter", () =>
    admin.alterClientQuotas({
      entries: [{ entities, ops: [{ key: "consumer_byte_rate", value: 1e6, remove: false }] }],
    }),
  );
  await settle();
  await step("quotas-describe", () =>
    admin.describeClientQuotas({ components: [{ entityType: "client-id", matchType: 0, match: name("client") }] }),
  );
  await step("quotas-remove", () =>
    admin.alterClientQuotas({ entries: [{ entities, ops: [{ key: "consumer_byte_rate", value: 0, remove: true }] }] }),
  );
  await step(
    "log-dirs",
    async () => (await admin.describeLogDirs({ topics: [{ name: name("single"), partitions: [0] }] })).length,
  );
  await step("delete-groups", async () => {
    // One answer a coordinator.
    const answers = await admin.deleteGroups({ groups: [name("group"), name("next")] });
    return answers
      .flatMap(({ results }) => results)
      .map(({ groupId, errorCode }) => `${groupId} ${errorCode}`)
      .toSorted();
  });
  await step("delete-topics", () => admin.deleteTopics({ topics: ["plain", "other", "single"].map(name) }));
  await step("delete-topics-unknown", () => admin.deleteTopics({ topics: [name("unknown")] }));
}

async function guarded(admin) {
  const [secret, masked, hidden] = [name("secret"), name("masked"), name("hidden")];
  await step("produce-denied", () => produce(secret));
  await step("produce-masked", () => produce(masked));
  await step("consume-masked", () => consume({ group: name("direct"), topics: [masked], count: 10 }));
  await step("group-denied", () => consume({ group: hidden, topics: [masked], count: 1 }));
  await step("group-of-denied-topic", () => consume({ group: name("group"), topics: [secret], count: 1 }));
  await step("metadata", () => admin.metadata({ topics: [secret] }));
  await step("describe-configs", () => admin.describeConfigs({ resources: [topicResource("secret")] }));
  await step("alter-configs", () =>
    admin.incrementalAlterConfigs({
      resources: [topicResource("secret", { configs: [{ name: "retention.ms", configOperation: 0, value: "60000" }] })],
    }),
  );
  await step("create-topics", () => admin.createTopics({ topics: [name("new-secret")], partitions: 1, replicas: 1 }));
  await step("create-partitions", () =>
    admin.createPartitions({ topics: [{ name: secret, count: 2, assignments: null }] }),
  );
  await step("delete-records", () =>
    admin.deleteRecords({ topics: [{ name: secret, partitions: [{ partition: 0, offset: 1n }] }] }),
  );
  await step("describe-groups", () => admin.describeGroups({ groups: [hidden] }));
  await step("group-offsets", () => admin.listConsumerGroupOffsets({ groups: [hidden] }));
  await step("delete-groups", () => admin.deleteGroups({ groups: [hidden] }));
  await step("delete-topics", () => admin.deleteTopics({ topics: [secret] }));
}

const admin = new Admin(base);
if (env.CLIENT_STEPS === "guarded") {
  await guarded(admin);
} else {
  await manageTopics(admin);
  await traffic(admin);
  await groups(admin);
  await administration(admin);
}
await step("end", () => Promise.resolve());
// What a client leaves open must not keep the report waiting.
process.exit(0);
