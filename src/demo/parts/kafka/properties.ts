// The properties of one broker node of a test cluster: small, quick, on loopback. Pure: text from values.
import { loopback } from "../ports.ts";

export interface ClusterPlan {
  readonly brokers: number;
  readonly sasl: boolean;
  readonly authorizer: boolean;
  readonly superUsers: readonly string[];
  /** Name → password, for PLAIN on the SASL listener. */
  readonly users: ReadonlyMap<string, string>;
  readonly extraProperties: Readonly<Record<string, string>>;
}

export interface NodePlan {
  readonly id: number;
  readonly plainPort: number;
  readonly saslPort: number;
  /** Node 1 is the controller too; the others find it here. */
  readonly controllerPort: number;
  /** One more listener, whose address in metadata is the port `advertised`. */
  readonly front?: { readonly port: number; readonly advertised: number };
  readonly dataDirectory: string;
}

/** The content of a node's `server.properties`. */
export function nodeProperties(cluster: ClusterPlan, node: NodePlan): string {
  const properties: Record<string, string> = {
    ...identity(cluster, node),
    ...(cluster.authorizer ? authorizer(cluster) : {}),
    ...(cluster.sasl ? sasl(cluster) : {}),
    ...replication(cluster.brokers),
    ...small,
    ...cluster.extraProperties,
  };
  return `${Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n")}\n`;
}

function identity(cluster: ClusterPlan, node: NodePlan): Record<string, string> {
  const client = [`PLAIN://${loopback}:${node.plainPort}`];
  if (cluster.sasl) client.push(`SASL://${loopback}:${node.saslPort}`);
  const bound = [...client, ...(node.front === undefined ? [] : [`FRONT://${loopback}:${node.front.port}`])];
  const told = [...client, ...(node.front === undefined ? [] : [`FRONT://${loopback}:${node.front.advertised}`])];
  const controller = `${loopback}:${node.controllerPort}`;
  return {
    "node.id": String(node.id),
    "process.roles": node.id === 1 ? "broker,controller" : "broker",
    "controller.quorum.bootstrap.servers": controller,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAIN",
    listeners: [...bound, ...(node.id === 1 ? [`CONTROLLER://${controller}`] : [])].join(","),
    "advertised.listeners": told.join(","),
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,FRONT:PLAINTEXT",
    "log.dirs": node.dataDirectory,
  };
}

/** ANONYMOUS is everybody on the PLAIN listener: the brokers themselves, and a test that looks behind the gateway. */
function authorizer(cluster: ClusterPlan): Record<string, string> {
  return {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": ["ANONYMOUS", ...cluster.superUsers].map((name) => `User:${name}`).join(";"),
    "allow.everyone.if.no.acl.found": "false",
  };
}

function sasl(cluster: ClusterPlan): Record<string, string> {
  const logins = [...cluster.users].map(([name, password]) => `user_${name}="${password}"`).join(" ");
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  return {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.sasl.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required ${logins};`,
    "listener.name.sasl.scram-sha-256.sasl.jaas.config": scram,
    "listener.name.sasl.scram-sha-512.sasl.jaas.config": scram,
  };
}

function replication(brokers: number): Record<string, string> {
  const factor = String(Math.min(brokers, 3));
  const inSync = String(Math.min(brokers, 2));
  return {
    "default.replication.factor": factor,
    "offsets.topic.replication.factor": factor,
    "transaction.state.log.replication.factor": factor,
    "transaction.state.log.min.isr": inSync,
    "share.coordinator.state.topic.replication.factor": factor,
    "share.coordinator.state.topic.min.isr": inSync,
  };
}

const small: Readonly<Record<string, string>> = {
  // A test asks for the topics it wants.
  "auto.create.topics.enable": "false",
  "num.partitions": "1",
  // Groups in tests have few members: waiting for more only costs time.
  "group.initial.rebalance.delay.ms": "0",
  "offsets.topic.num.partitions": "4",
  "transaction.state.log.num.partitions": "4",
  "share.coordinator.state.topic.num.partitions": "4",
  // A broker that was killed is let in again when its last session has run out: 9 s by default.
  "broker.session.timeout.ms": "4000",
  "broker.heartbeat.interval.ms": "1000",
  "log.segment.bytes": String(128 * 1024 * 1024),
  "log.retention.ms": String(2 * 60 * 60_000),
  "num.network.threads": "2",
  "num.io.threads": "4",
  "background.threads": "2",
  "log.cleaner.dedupe.buffer.size": String(16 * 1024 * 1024),
};
