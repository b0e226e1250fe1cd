// What is asked for ahead by its short form fits what Kafka's own tools send: asked on the command line, approved, then run, once.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { silentLog } from "../../src/base/log.ts";
import type { KafkaToolName, KafkaTools } from "../../src/demo/parts/kafka-tools.ts";
import { startRedis } from "../../src/demo/parts/redis.ts";
import { approve, http } from "../support/http-api.ts";
import { orders, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig, succeeded } from "../support/rig.ts";

const parts = new AsyncDisposableStack();
const topic = "orders.short";
let rig: Rig;
let tools: KafkaTools;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "lockkeeper-short-"));
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const redis = await startRedis({ dir: folder, log: silentLog, env: { ...process.env, REDIS_URL: "" } });
  parts.defer(() => redis.stop());
  const holds = { hold: "1ms", holdUnknown: "1ms", holdByClient: { "apache-kafka-java": "1ms" } };
  rig = await startRig({
    sections: { approvals: { redis: redis.url, groups: { "kafka-admins": { principals: ["dave"] } }, ...holds } },
  });
  parts.defer(() => rig.stop());
  await withAdmin(rig.behind(), async (admin) => {
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await withProducer(rig.behind(), (producer) => producer.send({ topic, messages: orders(0, 5) }));
    await admin.setOffsets({ groupId: "short", topic, partitions: [{ partition: 0, offset: "4" }] });
  });
  tools = await rig.toolsAs("carol");
});
afterAll(() => parts.disposeAsync());

const binding = ["--operation", "read", "--principal", "User:short"];

it.each<[string, readonly string[], KafkaToolName, readonly string[]]>([
  [
    "acl.create",
    ["--resource", `topic:${topic}`, ...binding],
    "acls",
    ["--add", "--allow-principal", "User:short", "--operation", "Read", "--topic", topic],
  ],
  [
    "acl.delete",
    ["--resource", `topic:${topic}`, ...binding, "--host", "*", "--permission", "allow"],
    "acls",
    ["--remove", "--force", "--allow-principal", "User:short", "--operation", "Read", "--topic", topic],
  ],
  [
    "client-quota.alter",
    ["--entity", "user=short", "--quota", "producer_byte_rate=1000000"],
    "configs",
    ["--alter", "--add-config", "producer_byte_rate=1000000", "--entity-type", "users", "--entity-name", "short"],
  ],
  [
    "group.reset-offsets",
    ["--group", "short", "--topic", topic, "--offset", "0=0"],
    "consumer-groups",
    ["--reset-offsets", "--to-earliest", "--execute", "--group", "short", "--topic", topic],
  ],
])("%s", async (action, options, tool, args) => {
  const url = `http://${rig.gateway().ready.control}`;
  const asking = ["request", "--url", url, "--user", "carol", "--reason", "a test", "--action", action, ...options];
  const { stdout } = succeeded(await rig.lockkeeper(asking, { LOCKKEEPER_PASSWORD: rig.passwordOf("carol") }));
  const id = /apr_\w+/.exec(stdout)?.[0] ?? "";
  expect(stdout).toContain(`${action} `);
  expect(await approve(rig, id)).toMatchObject({ status: 200, json: { state: "approved" } });

  succeeded(await tools.run(tool, args));

  expect((await http(rig, "dave", "GET", `/v1/approvals/${id}`)).json).toMatchObject({ state: "used" });
  const outcomes = await rig.eventsOnce({ codes: ["operation.outcome"], approval: id });
  expect(outcomes.map(({ error }) => error)).toEqual(["NONE"]);
});
