// What policies decide, as unchanged clients see it: masks, refusals that their tools print, half of a request refused, and policies that
// change on disk while clients are connected. approvals.rego is left out: waiting for people has a file of its own.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { produce } from "../../src/protocols/kafka/messages/produce.ts";
import { ensurePython } from "../support/clients.ts";
import { errorOf, maskedOrder, order, orders, readValues, withAdmin, withProducer } from "../support/kafkajs.ts";
import { kcat, type Rig, startRig, succeeded } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";
import { openWire } from "../support/wire.ts";

let rig: Rig;

const cleaning = `# Services may throw away topics that they made for a while.
package lockkeeper

allow if {
	input.operation.name == "topic.delete"
	"services" in input.principal.groups
	startswith(input.operation.resource.name, "orders.policy-temporary")
}

allow if {
	input.operation.name == "topic.describe"
	"services" in input.principal.groups
}
`;

beforeAll(async () => {
  rig = await startRig({ withoutPolicies: ["approvals.rego", "approvals_test.rego"] });
  await change("cleaning.rego", () => cleaning, "policy.loaded");
  await createTopics("orders.policy", "payments.policy");
  await withProducer(rig.behind(), async (producer) => {
    await producer.send({ topic: "orders.policy", messages: orders(1, 2) });
    await producer.send({ topic: "payments.policy", messages: orders(1, 1) });
  });
});
afterAll(() => rig?.stop());

/** librdkafka in Python: prints values, and errors as `topic: NAME`, until it has two of the one and one of the other. */
const readBoth = `
import sys, time
from confluent_kafka import Consumer
address, password, *topics = sys.argv[1:]
consumer = Consumer({'bootstrap.servers': address, 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN', 'sasl.username': 'alice',
  'sasl.password': password, 'group.id': 'policy-half', 'auto.offset.reset': 'earliest'})
consumer.subscribe(topics)
values, errors, end = 0, 0, time.time() + 20
while (values < 2 or errors < 1) and time.time() < end:
  message = consumer.poll(0.5)
  if message is None: continue
  if message.error():
    errors += 1
    print(f'{message.topic()}: {message.error().name()}')
  else:
    values += 1
    print(message.value().decode())
consumer.close()
`;

async function createTopics(...names: string[]): Promise<void> {
  const topics = names.map((topic) => ({ topic, numPartitions: 1 }));
  await withAdmin(rig.behind(), (admin) => admin.createTopics({ topics, waitForLeaders: true }));
}

const topicsAtBroker = () => withAdmin(rig.behind(), (admin) => admin.listTopics());

/** Writes a file of the policy folder and waits until the gateway has said what it makes of it. */
async function change(
  file: string,
  edit: (text: string) => string,
  code: "policy.loaded" | "policy.rejected",
): Promise<void> {
  const before = await rig.events({ codes: ["policy.*"] });
  const path = join(rig.policies, file);
  await writeFile(path, edit(await readFile(path, "utf8").catch(() => "")));
  await eventually(async () => (await rig.events({ codes: ["policy.*"] })).length > before.length);
  const last = (await rig.events({ codes: ["policy.*"] })).at(-1);
  expect(last?.code).toBe(code);
}

describe("who may read", () => {
  it("alice reads masked, and the records at the broker stay as they are", async () => {
    const from = { topics: ["orders.policy"], count: 2 };
    const seen = await readValues(rig.kafkajs("alice"), { ...from, groupId: "policy-alice" });
    const kept = await readValues(rig.behind(), { ...from, groupId: "policy-behind" });
    expect(seen).toEqual([maskedOrder(1), maskedOrder(2)]);
    expect(kept).toEqual([order(1), order(2)]);
    const [summed] = await rig.eventsOnce({ codes: ["data.read"], principal: "alice" });
    expect(summed?.ranges[0]).toMatchObject({ topic: "orders.policy", firstOffset: "0", lastOffset: "1" });
  });

  it("bob's Java tools print a TopicAuthorizationException for reading and for writing", async () => {
    const bob = await rig.toolsAs("bob");
    const [read, written] = await Promise.all([
      bob.run("console-consumer", ["--topic", "orders.policy", "--from-beginning", "--timeout-ms", "10000"]),
      bob.run("console-producer", ["--topic", "orders.policy"], { input: "x\n" }),
    ]);
    expect(read.stderr + read.stdout).toContain(
      "TopicAuthorizationException: Not authorized to access topics: [orders.policy]",
    );
    expect(written.stderr + written.stdout).toContain("TopicAuthorizationException");
    expect(read.stdout).not.toContain("customer");
  });

  it.skipIf(kcat === undefined)("bob's kcat prints that the topic authorization failed", async () => {
    const read = await rig.kcat("bob", ["-C", "-e", "-o", "beginning", "-t", "orders.policy"]);
    expect(read.code).not.toBe(0);
    expect(read.stdout).toBe("");
    expect(read.stderr).toMatch(/authorization failed/i);
  });

  it("bob's kafkajs gets TOPIC_AUTHORIZATION_FAILED, and the log has why", async () => {
    const refused = await errorOf(withAdmin(rig.kafkajs("bob"), (admin) => admin.fetchTopicOffsets("orders.policy")));
    expect(refused).toBe("TOPIC_AUTHORIZATION_FAILED");
    const [denied] = await rig.eventsOnce({ codes: ["operation.denied"], principal: "bob", resource: "orders.policy" });
    expect(denied?.message).toMatch(/no rule allows/i);
  });

  it("bob does not see in a list what he may not describe", async () => {
    expect(await withAdmin(rig.kafkajs("bob"), (admin) => admin.listTopics())).toEqual([]);
  });
});

describe("half of a request", () => {
  it("a consumer of an allowed and a denied topic reads the one and is told about the other", async () => {
    const python = await ensurePython();
    const settings = [rig.gateway().bootstrap, rig.passwordOf("alice"), "orders.policy", "payments.policy"];
    const { stdout } = succeeded(await python.run(readBoth, settings));
    const said = stdout.trim().split("\n");
    expect(said).toContain("payments.policy: TOPIC_AUTHORIZATION_FAILED");
    expect(said.filter((line) => line.startsWith("{"))).toEqual([maskedOrder(1), maskedOrder(2)]);
  });

  it("an admin's deletion of an allowed and a denied topic does the one and is refused the other", async () => {
    await createTopics("orders.policy-temporary", "orders.policy-kept");
    const service = await rig.toolsAs("service");

    const deleted = await service.run("topics", ["--delete", "--topic", "orders\\.policy-(temporary|kept)"]);

    expect(deleted.code).not.toBe(0);
    expect(deleted.stdout + deleted.stderr).toContain("TopicAuthorizationException");
    expect(deleted.stdout + deleted.stderr).toMatch(/no rule allows/i);
    const left = await topicsAtBroker();
    expect(left).toContain("orders.policy-kept");
    expect(left).not.toContain("orders.policy-temporary");
  });
});

describe("a producer that wants no answer", () => {
  it("is closed when it may not write, and nothing is written", async () => {
    const wire = await openWire(rig.gateway().bootstrap);
    await wire.login("bob", rig.passwordOf("bob"));

    // Version 3 and empty records: refused before anybody looks into them.
    const partitionData = [{ index: 0, records: Buffer.alloc(0) }];
    wire
      .ask(produce, 3, { acks: 0, timeoutMs: 1000, topicData: [{ name: "orders.policy", partitionData }] })
      .catch(() => {});

    await wire.closed;
    expect(wire.unasked).toEqual([]);
    const denied = await rig.eventsOnce({ codes: ["operation.denied"], principal: "bob", operation: "topic.write" });
    expect(denied.at(-1)?.resource?.name).toBe("orders.policy");
    const offsets = await withAdmin(rig.behind(), (admin) => admin.fetchTopicOffsets("orders.policy"));
    expect(offsets[0]?.offset).toBe("2");
  });
});

describe("a policy that changes on disk", () => {
  const bobReads = (text: string) => `${text}
allow if {
	input.principal.name == "bob"
	input.operation.verb in {"read", "describe"}
}
`;

  it("is live within seconds, also for a client that is connected", async () => {
    const admin = rig.kafkajs("bob").admin();
    await admin.connect();
    expect(await errorOf(admin.fetchTopicOffsets("orders.policy"))).toBe("TOPIC_AUTHORIZATION_FAILED");

    await change("cleaning.rego", bobReads, "policy.loaded");

    expect((await admin.fetchTopicOffsets("orders.policy"))[0]?.offset).toBe("2");
    await admin.disconnect();
    const seen = await readValues(rig.kafkajs("bob"), { topics: ["orders.policy"], groupId: "policy-bob", count: 2 });
    expect(seen).toEqual([maskedOrder(1), maskedOrder(2)]);
  });

  it("does not replace the running one when it is broken, and the log names file, row and column", async () => {
    const running = (await rig.events({ codes: ["policy.loaded"] })).at(-1);
    await change("cleaning.rego", (text) => `${text}\nallow if input.operation.nmae ==\n`, "policy.rejected");

    const rejected = (await rig.events({ codes: ["policy.rejected"] })).at(-1);
    const read = await withAdmin(rig.kafkajs("bob"), (admin) => admin.fetchTopicOffsets("orders.policy"));

    expect(JSON.stringify(rejected?.envelope)).toMatch(/cleaning\.rego:\d+:\d+: /);
    expect(JSON.stringify(rejected?.envelope)).toContain(
      JSON.stringify(running?.envelope).match(/"revision":"([^"]+)"/)?.[1] ?? "no revision",
    );
    expect(read[0]?.offset).toBe("2");
  });

  it("comes back to what it was when it is mended", async () => {
    await change("cleaning.rego", () => cleaning, "policy.loaded");
    expect(await errorOf(withAdmin(rig.kafkajs("bob"), (admin) => admin.fetchTopicOffsets("orders.policy")))).toBe(
      "TOPIC_AUTHORIZATION_FAILED",
    );
    succeeded(await rig.lockkeeper(["check"]));
  });
});
