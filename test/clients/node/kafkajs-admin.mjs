// The admin API of kafkajs, all of it but what its groups steps use; for kafkajs.mjs.
import { setTimeout as delay } from "node:timers/promises";
import kafkajs from "kafkajs";
import { known, name, withAdmin } from "./kafkajs-support.mjs";
import { step } from "./report.mjs";

const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  KafkaJSAggregateError,
  KafkaJSDeleteGroupsError,
  ResourcePatternTypes,
} = kafkajs;
const forEver = [{ name: "retention.ms", value: "-1" }]; // the records say that they are from 2023

/** Until what was just changed has reached the other broker, where no answer says that it has. */
const settle = () => delay(700);

const configOf = (topic, more = {}) => ({ type: ConfigResourceTypes.TOPIC, name: topic, ...more });

export async function manageTopics(admin) {
  const create = (topics, numPartitions, more = {}) =>
    admin.createTopics({
      topics: topics.map((one) => ({ topic: name(one), numPartitions, configEntries: forEver, ...more })),
      waitForLeaders: false, // it gives up at the first broker that has not heard of one
    });
  await step("create-topics", () => create(["plain", "other"], 3));
  await step("create-topics-single", () => create(["single"], 1));
  await step("create-topics-again", () => create(["plain"], 3));
  await step("create-topics-wrong", () => create(["bad"], 1, { replicationFactor: 9 }));
  await step("create-topics-validate", () =>
    admin.createTopics({ topics: [{ topic: name("no") }], validateOnly: true, waitForLeaders: false }),
  );
  await known(admin, ["plain", "other", "single"].map(name));
  await step("list-topics", async () =>
    (await admin.listTopics()).filter((topic) => topic.startsWith(name(""))).toSorted(),
  );
  await step("metadata", () => admin.fetchTopicMetadata({ topics: [name("plain"), name("single")] }));
  await step("metadata-unknown", () => withAdmin((apart) => apart.fetchTopicMetadata({ topics: [name("unknown")] })));
  await step("describe-cluster", async () => {
    const { brokers, clusterId } = await admin.describeCluster();
    return { clusterId, brokers: brokers.map(({ host, port }) => `${host}:${port}`) };
  });
  await step("describe-configs", () =>
    admin.describeConfigs({ resources: [configOf(name("plain"))], includeSynonyms: true }),
  );
  await step("describe-configs-unknown", () =>
    admin.describeConfigs({ resources: [configOf(name("unknown"))], includeSynonyms: false }),
  );
  await step("broker-configs", () =>
    admin.describeConfigs({
      resources: [{ type: ConfigResourceTypes.BROKER, name: "1" }],
      includeSynonyms: false,
    }),
  );
  // AlterConfigs, the older one, is all that it has.
  const alter = (value, validateOnly = false) =>
    admin.alterConfigs({
      validateOnly,
      resources: [configOf(name("plain"), { configEntries: [...forEver, { name: "max.message.bytes", value }] })],
    });
  await step("alter-configs", () => alter("70000"));
  await step("alter-configs-wrong", () => alter("x"));
  await step("alter-configs-validate", () => alter("60000", true));
  const grow = (count) => admin.createPartitions({ topicPartitions: [{ topic: name("plain"), count }] });
  await step("create-partitions", () => grow(5));
  await step("create-partitions-fewer", () => grow(1));
}

async function offsets(admin) {
  const single = name("single");
  await step("topic-offsets", () => admin.fetchTopicOffsets(single));
  await step("topic-offsets-by-time", () => admin.fetchTopicOffsetsByTimestamp(single, 1_700_000_000_005));
  await step("topic-offsets-unknown", () => withAdmin((apart) => apart.fetchTopicOffsets(name("unknown"))));
  const upTo = (offset) => admin.deleteTopicRecords({ topic: single, partitions: [{ partition: 0, offset }] });
  await step("delete-records", () => upTo("5"));
  await step("delete-records-beyond", () => upTo("1000"));
}

async function acls(admin) {
  const acl = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: name("acl"),
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: "User:someone",
    host: "*",
    operation: AclOperationTypes.READ,
    permissionType: AclPermissionTypes.ALLOW,
  };
  const filter = {
    resourceType: acl.resourceType,
    resourceName: acl.resourceName,
    resourcePatternType: acl.resourcePatternType,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  };
  await step("acls-create", () => admin.createAcls({ acl: [acl] }));
  await settle();
  await step("acls-describe", () => admin.describeAcls(filter));
  await step("acls-delete", () => admin.deleteAcls({ filters: [filter] }));
}

export async function administration(admin) {
  await offsets(admin);
  await acls(admin);
  const reassign = (partition, replicas) =>
    admin.alterPartitionReassignments({
      topics: [{ topic: name("plain"), partitionAssignment: [{ partition, replicas }] }],
    });
  await step("reassign", () => reassign(0, [1, 2]));
  await step("reassign-wrong", () => reassign(1, [1, 7]));
  await step("reassign-list", () => finishedReassignments(admin, name("plain")));
  const all = ["group", "regex", "direct", "committed", "uncommitted"].map(name);
  await step("delete-groups", () => deleteGroups(admin, all));
  await step("delete-groups-unknown", () => deleteGroups(admin, [name("never")]));
  await step("delete-topics", () => admin.deleteTopics({ topics: ["plain", "other", "single"].map(name) }));
  await step("delete-topics-unknown", () => withAdmin((apart) => apart.deleteTopics({ topics: [name("unknown")] })));
}

async function finishedReassignments(admin, topic) {
  for (let tries = 0; ; tries += 1) {
    await settle();
    const listed = await admin.listPartitionReassignments({ topics: [{ topic, partitions: [0, 1] }] });
    if (listed.topics.length === 0 || tries === 20) return listed;
  }
}

/** In the order of names: it asks each coordinator for its own. What failed is a field of the error, not in its words. */
async function deleteGroups(admin, groups) {
  const byName = (results) => results.toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1));
  try {
    return byName(await admin.deleteGroups(groups));
  } catch (error) {
    if (!(error instanceof KafkaJSDeleteGroupsError)) throw error;
    throw new KafkaJSAggregateError(
      error.message,
      byName(error.groups).map(({ error: one }) => one),
    );
  }
}

export async function guardedAdministration(admin) {
  const [secret, masked, hidden] = [name("secret"), name("masked"), name("hidden")];
  await step("metadata", () => admin.fetchTopicMetadata({ topics: [masked] }));
  await step("metadata-denied", () => admin.fetchTopicMetadata({ topics: [secret] }));
  await step("describe-configs", () =>
    admin.describeConfigs({ resources: [configOf(secret)], includeSynonyms: false }),
  );
  await step("alter-configs", () =>
    admin.alterConfigs({ validateOnly: false, resources: [configOf(secret, { configEntries: forEver })] }),
  );
  await step("create-topics", () => admin.createTopics({ topics: [{ topic: name("new-secret") }] }));
  await step("create-partitions", () => admin.createPartitions({ topicPartitions: [{ topic: secret, count: 2 }] }));
  await step("topic-offsets", () => admin.fetchTopicOffsets(secret));
  await step("delete-records", () =>
    admin.deleteTopicRecords({ topic: secret, partitions: [{ partition: 0, offset: "0" }] }),
  );
  await step("describe-groups", () => admin.describeGroups([hidden]));
  await step("fetch-offsets", () => admin.fetchOffsets({ groupId: hidden }));
  await step("set-offsets", () =>
    admin.setOffsets({ groupId: hidden, topic: masked, partitions: [{ partition: 0, offset: "1" }] }),
  );
  await step("list-groups", async () =>
    (await admin.listGroups()).groups.filter(({ groupId }) => groupId === hidden).map(({ groupId }) => groupId),
  );
  await step("delete-groups", () => deleteGroups(admin, [hidden]));
  await step("delete-topics", () => admin.deleteTopics({ topics: [secret] }));
}
