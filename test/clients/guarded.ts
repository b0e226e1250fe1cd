// What the broker's own `alice` may and may not do, as ACLs: what the stage's policy says of the gateway's `guarded`. An ACL is answered when the
// controller has it; each broker hears of it later, so every one is asked, as alice, until it says what it should.
import kafkajs from "kafkajs";
import { findCoordinator } from "../../src/protocols/kafka/messages/find-coordinator.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import type { SharedKafka } from "../support/shared.ts";
import { eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";
import type { Login } from "./stage.ts";

// It assigns its exports in a way that Node cannot name beforehand.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs;

const topicAuthorizationFailed = 29;
const groupAuthorizationFailed = 30;

/** Makes the topics `PREFIX-secret` and `PREFIX-masked` and alice's ACLs; resolves when all brokers know of both. */
export async function prepareGuarded(
  kafka: Pick<SharedKafka, "bootstrap" | "sasl">,
  alice: Login,
  prefix: string,
): Promise<void> {
  const behind = new Kafka({ clientId: "stage", brokers: [...kafka.bootstrap], logLevel: logLevel.NOTHING });
  const admin = behind.admin();
  await admin.connect();
  try {
    const topics = ["secret", "masked"].map((name) => ({
      topic: `${prefix}-${name}`,
      numPartitions: 1,
      replicationFactor: 1,
      // The clients' records say that they are from 2023.
      configEntries: [{ name: "retention.ms", value: "-1" }],
    }));
    await admin.createTopics({ topics, waitForLeaders: false });
    await admin.createAcls({ acl: [...allowed(prefix), ...denied(prefix)] });
  } finally {
    await admin.disconnect();
  }
  await Promise.all(kafka.sasl.map(async (address) => await inForce(address, alice, prefix)));
}

/** Resolves when the broker at `address` refuses alice what is denied, and nothing else. */
async function inForce(address: string, alice: Login, prefix: string): Promise<void> {
  const wire = await openWire(address);
  try {
    const failed = await wire.login(alice.username, alice.password);
    if (failed !== 0) throw new Error(`alice cannot log in at ${address}: ${failed}`);
    const expected = [topicAuthorizationFailed, topicAuthorizationFailed, 0, groupAuthorizationFailed, true].join();
    const what = `alice's ACLs at ${address}, ${expected},`;
    await eventually(async () => (await answers(wire, prefix)) === expected, { what });
  } finally {
    wire.close();
  }
}

/** Error codes of the topics secret, new-secret and masked and of the group hidden, and whether another group is let through. */
async function answers(wire: Wire, prefix: string): Promise<string> {
  const names = ["secret", "new-secret", "masked"].map((name) => `${prefix}-${name}`);
  const asked = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false };
  const { topics } = await wire.ask(metadata, 12, asked);
  const group = async (name: string): Promise<number> =>
    (await wire.ask(findCoordinator, 3, { key: `${prefix}-${name}`, keyType: 0 })).errorCode;
  const codes = names.map((name) => topics.find((topic) => topic.name === name)?.errorCode);
  return [...codes, await group("hidden"), (await group("group")) !== groupAuthorizationFailed].join();
}

const aliceAnywhere = { principal: "User:alice", host: "*", operation: AclOperationTypes.ALL };

function allowed(prefix: string) {
  const prefixed = [AclResourceTypes.TOPIC, AclResourceTypes.GROUP, AclResourceTypes.TRANSACTIONAL_ID] as const;
  const names = prefixed.map((resourceType) => ({
    ...aliceAnywhere,
    resourceType,
    resourceName: prefix,
    resourcePatternType: ResourcePatternTypes.PREFIXED,
    permissionType: AclPermissionTypes.ALLOW,
  }));
  // Not ALL: who may create and delete in the cluster may do it with every topic.
  const cluster = {
    ...aliceAnywhere,
    operation: AclOperationTypes.DESCRIBE,
    resourceType: AclResourceTypes.CLUSTER,
    resourceName: "kafka-cluster",
    resourcePatternType: ResourcePatternTypes.LITERAL,
    permissionType: AclPermissionTypes.ALLOW,
  };
  return [...names, cluster];
}

function denied(prefix: string) {
  const closed = [
    [AclResourceTypes.TOPIC, "secret"],
    [AclResourceTypes.TOPIC, "new-secret"],
    [AclResourceTypes.GROUP, "hidden"],
  ] as const;
  return closed.map(([resourceType, name]) => ({
    ...aliceAnywhere,
    resourceType,
    resourceName: `${prefix}-${name}`,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    permissionType: AclPermissionTypes.DENY,
  }));
}
