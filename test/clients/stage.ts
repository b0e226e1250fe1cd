// What the clients act on: real brokers with ACLs, and a gateway before them whose policy says for the caller `guarded` what the ACLs say for
// the broker's own `alice`. So whatever a client gets here and there should be the same.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import kafkajs, { type Kafka as KafkaClient } from "kafkajs";
import { type Gateway, startGateway, testConfig } from "../support/gateway.ts";
import type { SharedKafka } from "../support/shared.ts";
import { eventually } from "../support/wait.ts";

// It assigns its exports in a way that Node cannot name beforehand.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs;

/** Where a client goes and as whom: what report.go, report.py and report.mjs read from the environment. */
export interface Door {
  readonly name: "broker" | "gateway";
  readonly bootstrap: readonly string[];
  /** For everything that is allowed. */
  readonly open: Login;
  /** May not touch topics `*-secret` and groups `*-hidden`; the gateway masks `$.email` in topics `*-masked` for it. */
  readonly guarded: Login;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Stage {
  readonly broker: Door;
  readonly gateway: Door;
  /** Ports that no client may learn through the gateway. */
  readonly brokerPorts: ReadonlySet<string>;
  readonly gatewayLog: () => string;
  /** A topic that the guarded caller may not touch, one that is masked for it, and the ACLs that say so at the broker. */
  readonly prepareGuarded: (prefix: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const policy = `package lockkeeper

allow if true

guarded if input.principal.name == "guarded"

deny contains "This topic is closed." if {
	guarded
	input.operation.resource.type == "topic"
	endswith(input.operation.resource.name, "-secret")
}

deny contains "This group is closed." if {
	guarded
	input.operation.resource.type == "group"
	endswith(input.operation.resource.name, "-hidden")
}

mask contains {"field": "$.email", "method": "redact"} if {
	guarded
	input.operation.resource.type == "topic"
	endswith(input.operation.resource.name, "-masked")
}
`;

/** A gateway with that policy before `kafka`, which the caller stops. */
export async function startStage(kafka: Pick<SharedKafka, "bootstrap" | "sasl" | "users">): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-matrix-"));
  const policies = await mkdtemp(join(dir, "policies-"));
  await writeFile(join(policies, "policy.rego"), policy);
  const passwords = { open: crypto.randomUUID(), guarded: crypto.randomUUID() };
  const configText = await testConfig({
    bootstrap: kafka.sasl,
    username: "proxy",
    policyDirectory: policies,
    users: [
      { name: "open", groups: [] },
      { name: "guarded", groups: [] },
    ],
  });
  const gateway = await startGateway({
    configText,
    dir,
    env: {
      KAFKA_PASSWORD: kafka.users["proxy"] ?? "",
      OPEN_PASSWORD: passwords.open,
      GUARDED_PASSWORD: passwords.guarded,
    },
  });
  const behind = new Kafka({ clientId: "stage", brokers: [...kafka.bootstrap], logLevel: logLevel.NOTHING });
  return {
    broker: {
      name: "broker",
      bootstrap: kafka.sasl,
      open: { username: "admin", password: kafka.users["admin"] ?? "" },
      guarded: { username: "alice", password: kafka.users["alice"] ?? "" },
    },
    gateway: {
      name: "gateway",
      bootstrap: [gateway.bootstrap],
      open: { username: "open", password: passwords.open },
      guarded: { username: "guarded", password: passwords.guarded },
    },
    brokerPorts: new Set([...kafka.bootstrap, ...kafka.sasl].map((address) => address.split(":")[1] ?? "")),
    gatewayLog: gateway.logText,
    prepareGuarded: async (prefix) => await prepareGuarded(behind, prefix),
    stop: async () => await stopAll(gateway, dir),
  };
}

async function stopAll(gateway: Gateway, dir: string): Promise<void> {
  await gateway.stop();
  await rm(dir, { recursive: true, force: true });
}

async function prepareGuarded(behind: KafkaClient, prefix: string): Promise<void> {
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
    const names = topics.map(({ topic }) => topic);
    await eventually(async () => (await admin.fetchTopicMetadata({ topics: names })).topics.length === names.length);
    await admin.createAcls({ acl: [...allowed(prefix), ...denied(prefix)] });
  } finally {
    await admin.disconnect();
  }
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
