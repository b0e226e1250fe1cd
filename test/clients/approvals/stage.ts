// Where the table is made: a gateway with the table's policy before real brokers, a Redis, and somebody who decides as the case says.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import kafkajs, { type Admin } from "kafkajs";
import { type Approvals, createApprovals } from "../../../src/approvals/create.ts";
import { type EventFilter, type LoggedEvent, readEvents } from "../../../src/audit/query.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { Approval } from "../../../src/model/approval.ts";
import { type Gateway, startGateway, testConfig } from "../../support/gateway.ts";
import type { SharedServers } from "../../support/shared.ts";
import { eventually } from "../../support/wait.ts";
import { type Act, acts, policy } from "./cases.ts";

// It assigns its exports in a way that Node cannot name beforehand.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs;

export interface TableStage {
  /** The environment of a client's program. */
  readonly door: Readonly<Record<string, string>>;
  /** Topics for all acts, with ten records each. */
  prepare(prefix: string): Promise<void>;
  /** Approvals whose topics begin with `prefix`. */
  approvals(prefix: string): Promise<readonly Approval[]>;
  decide(id: string, answer: "approve" | "deny"): Promise<void>;
  /** Whether the broker shows that it was done. */
  isDone(prefix: string, act: Act): Promise<boolean>;
  events(filter: EventFilter): Promise<LoggedEvent[]>;
  /** How often the gateway was told by the broker that one of these was done. */
  timesDone(approvals: readonly Approval[], act: Act): Promise<number>;
  stop(): Promise<void>;
}

let stages = 0;
const user = "admin";
const decider = { person: "local:decider", name: "decider", channel: "table" } as const;

/** The caller stops the servers. */
export async function startTableStage(
  { kafka, redisUrl }: SharedServers,
  more: { readonly nativeWait?: readonly string[] } = {},
): Promise<TableStage> {
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-table-"));
  const policies = await mkdtemp(join(dir, "policies-"));
  await writeFile(join(policies, "policy.rego"), policy);
  const password = crypto.randomUUID();
  const redisPrefix = `table-${process.pid}-${stages++}`;
  const groups = { deciders: { local: ["decider"] } };
  const holds = { hold: "30s", holdUnknown: "30s", holdByClient: { kgo: "30s" } };
  const configText = await testConfig({
    bootstrap: kafka.sasl,
    username: "proxy",
    policyDirectory: policies,
    users: [{ name: user, groups: [] }],
    sections: { approvals: { redis: redisUrl, prefix: redisPrefix, groups, ...holds, ...more } },
  });
  const env = { KAFKA_PASSWORD: kafka.users["proxy"] ?? "", ADMIN_PASSWORD: password };
  const gateway = await startGateway({ configText, dir, env });
  const desk = await createApprovals({ redisUrl, prefix: redisPrefix, groups, clock: systemClock, log: silentLog });
  const behind = new Kafka({ clientId: "behind", brokers: [...kafka.bootstrap], logLevel: logLevel.NOTHING });
  const admin = behind.admin();
  await admin.connect();
  const events = (filter: EventFilter) => Array.fromAsync(readEvents(join(dir, "audit"), filter));
  return {
    events,
    door: { CLIENT_BOOTSTRAP: gateway.bootstrap, CLIENT_USERNAME: user, CLIENT_PASSWORD: password },
    prepare: async (prefix) => {
      const topics = acts.map((act) => ({ topic: `${prefix}-${act}`, numPartitions: 1, replicationFactor: 1 }));
      await admin.createTopics({ topics, waitForLeaders: false });
      const names = topics.map(({ topic }) => topic);
      await eventually(async () => (await admin.fetchTopicMetadata({ topics: names })).topics.length === names.length);
      const producer = behind.producer();
      await producer.connect();
      const messages = Array.from({ length: 10 }, (_, index) => ({ value: `record ${index}`, partition: 0 }));
      await eventually(() => producer.send({ topic: `${prefix}-DeleteRecords`, messages }).then(() => true));
      await producer.disconnect();
    },
    approvals: async (prefix) => (await desk.desk.list({})).filter((one) => touched(one).startsWith(`${prefix}-`)),
    async decide(id, answer) {
      await desk.desk.vote(id, { ...decider, answer, reason: answer === "deny" ? "not today" : null });
    },
    isDone: (prefix, act) => done[act](admin, `${prefix}-${act}`),
    async timesDone(approvals, act) {
      const ids = new Set(approvals.filter((one) => one.api === act).map(({ id }) => id));
      const outcomes = await events({ codes: ["operation.outcome"] });
      return outcomes.filter(({ approval, error }) => approval !== null && ids.has(approval) && error === "NONE")
        .length;
    },
    stop: () => stop(gateway, desk, admin, dir),
  };
}

async function stop(gateway: Gateway, desk: Approvals, admin: Admin, dir: string): Promise<void> {
  await admin.disconnect();
  await desk.close();
  await gateway.stop();
  await rm(dir, { recursive: true, force: true });
}

function touched({ operation }: Approval): string {
  const binding = operation.attributes["binding"];
  if (operation.resource.type === "topic" || typeof binding !== "object" || binding === null)
    return operation.resource.name;
  const name = "resourceName" in binding ? binding["resourceName"] : "";
  return typeof name === "string" ? name : "";
}

const done: Readonly<Record<Act, (admin: Admin, topic: string) => Promise<boolean>>> = {
  DeleteTopics: async (admin, topic) => !(await admin.listTopics()).includes(topic),
  IncrementalAlterConfigs: async (admin, topic) => {
    const resources = [{ type: 2, name: topic, configNames: ["retention.ms"] }];
    const { resources: found } = await admin.describeConfigs({ includeSynonyms: false, resources });
    return found[0]?.configEntries[0]?.configValue === "60000";
  },
  CreateAcls: async (admin, topic) => {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    });
    return resources.length > 0;
  },
  DeleteRecords: async (admin, topic) => (await admin.fetchTopicOffsets(topic))[0]?.low === "5",
};
