// kafkajs and Kafka's own tools, unchanged, do their daily work through the gateway, with only the address and the login changed. People are not
// asked here: approvals.rego is left out, so that what is tried is the traffic.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CompressionTypes } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KafkaTools } from "../../src/demo/parts/kafka-tools.ts";
import { maskedOrder, order, orders, readValues, withAdmin, withProducer } from "../support/kafkajs.ts";
import { leakedPorts, type Rig, startRig, succeeded } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";

let rig: Rig;
let carol: KafkaTools;
let alice: KafkaTools;
let behind: KafkaTools;

beforeAll(async () => {
  rig = await startRig({ withoutPolicies: ["approvals.rego", "approvals_test.rego"] });
  [carol, alice, behind] = await Promise.all([rig.toolsAs("carol"), rig.toolsAs("alice"), rig.toolsBehind()]);
});
afterAll(() => rig?.stop());

async function createTopic(topic: string, numPartitions = 1): Promise<void> {
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true }),
  );
}

const sortedLines = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .toSorted();

describe("kafkajs", () => {
  it("creates, lists and describes topics", async () => {
    const topic = "orders.js-created";
    await withAdmin(rig.kafkajs("carol"), async (admin) => {
      expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true })).toBe(true);
      expect(await admin.listTopics()).toContain(topic);
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      expect(topics[0]?.partitions.map(({ partitionId }) => partitionId).toSorted()).toEqual([0, 1]);
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 2, name: topic, configNames: ["cleanup.policy"] }],
      });
      const value = resources[0]?.configEntries[0];
      expect(value).toMatchObject({ configName: "cleanup.policy", configValue: "delete" });
    });
  });

  it("produces and consumes in a group, uncompressed and gzip, and the analyst sees masked values", async () => {
    const topic = "orders.js";
    await createTopic(topic, 2);
    await withProducer(rig.kafkajs("service"), async (producer) => {
      await producer.send({ topic, messages: orders(0, 3) });
      await producer.send({ topic, messages: orders(3, 3), compression: CompressionTypes.GZIP });
    });

    const read = await readValues(rig.kafkajs("alice"), { topics: [topic], groupId: "js-group", count: 6 });

    expect(read.toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((id) => maskedOrder(id)));
    const groups = await withAdmin(rig.kafkajs("alice"), (admin) => admin.describeGroups(["js-group"]));
    expect(groups.groups[0]).toMatchObject({ groupId: "js-group", errorCode: 0 });
  });

  it("produces in a transaction", async () => {
    const topic = "orders.js-transaction";
    await createTopic(topic);
    const producer = rig
      .kafkajs("service")
      .producer({ transactionalId: "orders-js", maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: orders(0, 1) });
    await transaction.commit();
    await producer.disconnect();

    const read = await readValues(rig.kafkajs("alice"), { topics: [topic], groupId: "js-transaction", count: 1 });

    expect(read).toEqual([maskedOrder(0)]);
  });

  it("learns the gateway's addresses only", async () => {
    const cluster = await withAdmin(rig.kafkajs("bob"), (admin) => admin.describeCluster());
    expect(new Set(cluster.brokers.map(({ nodeId }) => nodeId))).toEqual(new Set([1, 2]));
    expect(leakedPorts(rig, JSON.stringify(cluster))).toEqual([]);
  });
});

describe("Kafka's own tools", () => {
  it("kafka-topics creates, lists, describes and adds partitions, and says what the broker itself would say", async () => {
    const topic = "orders.tool";
    const created = await carol.run("topics", [
      "--create",
      "--topic",
      topic,
      "--partitions",
      "2",
      "--config",
      "retention.ms=3600000",
    ]);
    expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining(`Created topic ${topic}.`) });
    const altered = await carol.run("topics", ["--alter", "--topic", topic, "--partitions", "4"]);
    expect(altered).toMatchObject({ code: 0, stderr: "" });

    const [listed, listedBehind, described, describedBehind] = await Promise.all([
      carol.run("topics", ["--list"]),
      behind.run("topics", ["--list"]),
      carol.run("topics", ["--describe", "--topic", topic]),
      behind.run("topics", ["--describe", "--topic", topic]),
    ]);

    expect(listed.stdout).toBe(listedBehind.stdout);
    expect(described.stdout).toContain("PartitionCount: 4");
    expect(described.stdout).toBe(describedBehind.stdout);
  });

  it.each([
    ["the classic protocol", "classic", [0, 1, 2]],
    ["the new consumer protocol", "consumer", [0, 1, 2]],
  ] as const)("kafka-console-consumer reads in a group with %s, masked", async (_name, protocol, ids) => {
    const topic = `orders.console-${protocol}`;
    await createTopic(topic, 2);
    const service = await rig.toolsAs("service");
    const written = await service.run("console-producer", ["--topic", topic], {
      input: ids.map((id) => `${order(id)}\n`).join(""),
    });
    succeeded(written);

    const group = ["--group", `console-${protocol}`, "--command-property", `group.protocol=${protocol}`];
    const read = await alice.run("console-consumer", [
      "--topic",
      topic,
      "--from-beginning",
      "--max-messages",
      "3",
      ...group,
    ]);

    expect(sortedLines(read.stdout)).toEqual(ids.map((id) => maskedOrder(id)));
  });

  it("kafka-consumer-groups lists, describes and resets what the group has read", async () => {
    const topic = "orders.reset";
    await createTopic(topic);
    await withProducer(rig.kafkajs("service"), (producer) => producer.send({ topic, messages: orders(0, 5) }));
    await readValues(rig.kafkajs("alice"), { topics: [topic], groupId: "reset", count: 5 });

    const [listed, described, describedBehind] = await Promise.all([
      carol.run("consumer-groups", ["--list"]),
      carol.run("consumer-groups", ["--describe", "--group", "reset"]),
      behind.run("consumer-groups", ["--describe", "--group", "reset"]),
    ]);
    const reset = await carol.run("consumer-groups", [
      "--reset-offsets",
      "--to-earliest",
      "--group",
      "reset",
      "--topic",
      topic,
      "--execute",
    ]);

    expect(sortedLines(listed.stdout)).toContain("reset");
    expect(described.stdout).toBe(describedBehind.stdout);
    expect(described.stdout).toMatch(/reset\s+orders\.reset\s+0\s+5\s+5\s+0/);
    expect(reset).toMatchObject({ code: 0, stdout: expect.stringMatching(/orders\.reset\s+0\s+0/) });
    const committed = await withAdmin(rig.behind(), (admin) =>
      admin.fetchOffsets({ groupId: "reset", topics: [topic] }),
    );
    expect(committed[0]?.partitions[0]?.offset).toBe("0");
  });

  it("kafka-configs describes and alters a topic's configuration", async () => {
    const topic = "orders.configured";
    await createTopic(topic);
    const entity = ["--entity-type", "topics", "--entity-name", topic];

    const altered = await carol.run("configs", ["--alter", ...entity, "--add-config", "retention.ms=7200000"]);
    const [described, describedBehind] = await Promise.all([
      carol.run("configs", ["--describe", ...entity]),
      behind.run("configs", ["--describe", ...entity]),
    ]);

    expect(altered).toMatchObject({ code: 0, stdout: expect.stringContaining("Completed updating config") });
    expect(described.stdout).toContain("retention.ms=7200000");
    expect(described.stdout).toBe(describedBehind.stdout);
  });

  it("kafka-get-offsets and kafka-delete-records", async () => {
    const topic = "orders.deleted-records";
    await createTopic(topic);
    await withProducer(rig.kafkajs("service"), (producer) => producer.send({ topic, messages: orders(0, 4) }));
    const file = join(rig.dir, "offsets.json");
    await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset: 3 }] }));

    const deleted = await carol.run("delete-records", ["--offset-json-file", file]);
    const [latest, earliest] = await Promise.all([
      carol.run("get-offsets", ["--topic", topic]),
      carol.run("get-offsets", ["--topic", topic, "--time", "earliest"]),
    ]);

    expect(deleted).toMatchObject({ code: 0, stdout: expect.stringContaining("low_watermark: 3") });
    expect(latest.stdout.trim()).toBe(`${topic}:0:4`);
    expect(earliest.stdout.trim()).toBe(`${topic}:0:3`);
  });

  it("kafka-acls adds, lists and removes", async () => {
    const rule = ["--allow-principal", "User:zoe", "--operation", "Read", "--topic", "orders.acl"];
    const added = await carol.run("acls", ["--add", ...rule]);
    const [listed, listedBehind] = await Promise.all([
      carol.run("acls", ["--list", "--topic", "orders.acl"]),
      behind.run("acls", ["--list", "--topic", "orders.acl"]),
    ]);
    const removed = await carol.run("acls", ["--remove", "--force", ...rule]);
    const after = await behind.run("acls", ["--list", "--topic", "orders.acl"]);

    expect([added.code, removed.code]).toEqual([0, 0]);
    expect(listed.stdout).toContain("User:zoe");
    expect(listed.stdout).toBe(listedBehind.stdout);
    expect(after.stdout).not.toContain("User:zoe");
  });

  it("no broker's own address is in a broker's configuration, its API versions or the quorum as they are shown", async () => {
    const results = await Promise.all([
      carol.run("configs", ["--describe", "--all", "--entity-type", "brokers", "--entity-name", "1"]),
      carol.run("broker-api-versions", []),
      carol.run("metadata-quorum", ["describe", "--status"]),
    ]);
    expect(results[0]).toMatchObject({ code: 0, stdout: expect.stringContaining("log.retention.hours") });
    expect(results[1]).toMatchObject({ code: 0, stdout: expect.stringContaining("Produce(0)") });
    expect(leakedPorts(rig, results.map(({ stdout, stderr }) => stdout + stderr).join("\n"))).toEqual([]);
  });
});

describe("in all of this", () => {
  it("no client was shown a broker's own port, and no secret was printed", async () => {
    expect(leakedPorts(rig, rig.printed().replaceAll(/^\{.*\}$/gm, ""))).toEqual([]);
    for (const secret of rig.secrets) expect(rig.printed()).not.toContain(secret);
  });

  it("the metrics have counted requests, decisions, bytes, logins and connections, and name nobody", async () => {
    const answer = await fetch(`http://${rig.gateway().ready.control}/metrics`);
    const text = await answer.text();
    const valueOf = (sample: string) =>
      Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`${sample} `))
          ?.split(" ")[1] ?? Number.NaN,
      );

    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    for (const counted of [
      'lockkeeper_requests_total{api="Produce"}',
      'lockkeeper_requests_total{api="Fetch"}',
      'lockkeeper_decisions_total{outcome="allow"}',
      'lockkeeper_client_bytes_total{direction="in"}',
      'lockkeeper_client_bytes_total{direction="out"}',
      "lockkeeper_masked_fields_total",
      "lockkeeper_connections_total",
      "lockkeeper_broker_connections_total",
      'lockkeeper_logins_total{mechanism="plain",result="success"}',
      'lockkeeper_policy_loads_total{result="loaded"}',
      'lockkeeper_request_seconds_count{kind="write"}',
      'lockkeeper_broker_seconds_count{kind="read"}',
      "lockkeeper_decide_seconds_count",
      "lockkeeper_audit_last_checkpoint_timestamp_seconds",
    ])
      expect([counted, valueOf(counted) > 0]).toEqual([counted, true]);
    expect(text).not.toMatch(/alice|carol|orders/);
  });

  it("the audit log verifies", async () => {
    const verified = await eventually(async () => {
      const result = await rig.lockkeeper(["audit", "verify"]);
      return result.code === 0 && result;
    });
    expect(verified.stdout).toContain("every hash and signature is right");
  });
});
