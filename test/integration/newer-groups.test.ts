// Share groups and the new consumer protocol through the gateway, with Kafka's own tools and librdkafka: masked records, a topic that the
// policy does not give, expressions that match topics which the caller may not see; and admin tools that name partitions and quotas.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensurePython } from "../support/clients.ts";
import { maskedOrder, orders, withAdmin, withProducer } from "../support/kafkajs.ts";
import { leakedPorts, type Rig, startRig, succeeded } from "../support/rig.ts";

let rig: Rig;
const python = await ensurePython();

beforeAll(async () => {
  rig = await startRig({ withoutPolicies: ["approvals.rego", "approvals_test.rego"] });
  await withAdmin(rig.behind(), async (admin) => {
    await admin.createTopics({
      topics: ["orders.newer", "payments.newer"].map((topic) => ({ topic, numPartitions: 2 })),
    });
  });
  await withProducer(rig.behind(), async (producer) => {
    await producer.send({ topic: "orders.newer", messages: orders(1, 3) });
    await producer.send({ topic: "payments.newer", messages: orders(1, 3) });
  });
  const behind = await rig.toolsBehind();
  for (const group of ["newer-share", "newer-share-denied"]) {
    const earliest = ["--alter", "--entity-type", "groups", "--entity-name", group];
    succeeded(await behind.run("configs", [...earliest, "--add-config", "share.auto.offset.reset=earliest"]));
  }
});
afterAll(() => rig.stop());

/** librdkafka with the new protocol; an expression begins with ^. */
const subscribe = `
import sys, time
from confluent_kafka import Consumer
address, password, topic, count = sys.argv[1:]
consumer = Consumer({'bootstrap.servers': address, 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN', 'sasl.username': 'alice',
  'sasl.password': password, 'group.id': 'newer-regex', 'group.protocol': 'consumer', 'auto.offset.reset': 'earliest'})
consumer.subscribe([topic])
values, end = 0, time.time() + 30
while values < int(count) and time.time() < end:
  message = consumer.poll(0.5)
  if message is None: continue
  if message.error(): print('error:', message.error().name(), message.error().str()); break
  values += 1
  print(message.topic(), message.value().decode())
consumer.close()
`;

describe("share groups", () => {
  it("read masked records", async () => {
    const tools = await rig.toolsAs("alice");
    const args = ["--topic", "orders.newer", "--group", "newer-share", "--max-messages", "3", "--timeout-ms", "30000"];
    const read = await tools.run("console-share-consumer", args);
    const values = read.stdout.split("\n").filter((line) => line.startsWith("{"));
    expect(values, read.stderr).toHaveLength(3);
    expect(values.toSorted()).toEqual([1, 2, 3].map((number) => maskedOrder(number)));
  });

  it("refuse a topic by name", async () => {
    const tools = await rig.toolsAs("alice");
    const args = [
      "--topic",
      "payments.newer",
      "--group",
      "newer-share-denied",
      "--max-messages",
      "1",
      "--timeout-ms",
      "8000",
    ];
    const read = await tools.run("console-share-consumer", args);
    expect(read.stdout).not.toContain("{");
    // the heartbeat's refusal is always logged; the exception is printed only when the tool's own thread gets to it in time
    expect(read.stderr).toMatch(
      /ShareGroupHeartbeatRequest failed .* TOPIC_AUTHORIZATION_FAILED|TopicAuthorizationException/,
    );
  });
});

describe("the new consumer protocol", () => {
  it("matches an expression against what the caller may see", async () => {
    const script = [rig.gateway().bootstrap, rig.passwordOf("alice"), "^(orders|payments)\\.newer", "3"];
    const read = await python.run(subscribe, script, { timeoutMs: 60_000 });
    const topics = read.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" ")[0]);
    expect(topics, read.stderr).toEqual(["orders.newer", "orders.newer", "orders.newer"]);
  });
});

describe("Kafka's own admin tools", () => {
  const group = ["--group", "newer-share"];
  const quota = ["--alter", "--entity-type", "clients", "--entity-name", "newer"];
  const password = ["--alter", "--entity-type", "users", "--entity-name", "newer-user"];

  it.each([
    ["configs", [...quota, "--add-config", "producer_byte_rate=1000000"], "Completed updating"],
    ["configs", [...quota, "--delete-config", "producer_byte_rate"], "Completed updating"],
    ["configs", [...password, "--add-config", "SCRAM-SHA-256=[password=newer-password]"], "Completed updating"],
    ["configs", [...password, "--delete-config", "SCRAM-SHA-256"], "Completed updating"],
    ["leader-election", ["--election-type", "preferred", "--all-topic-partitions"], ""],
    ["log-dirs", ["--describe", "--topic-list", "orders.newer"], "orders.newer"],
    ["metadata-quorum", ["describe", "--status"], "LeaderId"],
    ["reassign-partitions", ["--list"], "No partition reassignments"],
    ["transactions", ["list"], "TransactionalId"],
    ["transactions", ["describe-producers", "--topic", "orders.newer", "--partition", "0"], "ProducerId"],
    ["share-groups", ["--describe", "--offsets", ...group], "orders.newer"],
    [
      "share-groups",
      ["--reset-offsets", "--to-earliest", "--topic", "orders.newer", "--execute", ...group],
      "orders.newer",
    ],
    ["share-groups", ["--delete-offsets", "--topic", "orders.newer", ...group], "Successful"],
    ["topics", ["--describe", "--topic", "orders.newer"], "PartitionCount: 2"],
  ] as const)("%s %j", async (tool, args, says) => {
    const tools = await rig.toolsAs("carol");
    const done = succeeded(await tools.run(tool, args));
    expect(done.stdout).toContain(says);
    expect(leakedPorts(rig, done.stdout)).toEqual([]);
  });

  it.each([
    ["configs", [...quota, "--add-config", "producer_byte_rate=1"], "ClusterAuthorizationException"],
    [
      "leader-election",
      ["--election-type", "preferred", "--all-topic-partitions"],
      "Not authorized to perform leader election",
    ],
    ["metadata-quorum", ["describe", "--status"], "ClusterAuthorizationException"],
    ["share-groups", ["--describe", "--offsets", ...group], "GroupAuthorizationException"],
    [
      "transactions",
      ["describe-producers", "--topic", "orders.newer", "--partition", "0"],
      "TopicAuthorizationException",
    ],
  ] as const)("%s %j, refused", async (tool, args, says) => {
    const tools = await rig.toolsAs("bob");
    const refused = await tools.run(tool, args);
    expect(`${refused.stdout}${refused.stderr}`).toContain(says);
  });
});
