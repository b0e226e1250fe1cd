// The audit trail leaves the gateway: every event in a Kafka topic, in order, and signed checkpoints that prove afterwards that the log is
// still the one that it was. What people do on the command line is in the log too.
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { orders, readValues, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig } from "../support/rig.ts";
import { sharedServers } from "../support/shared.ts";

const topic = "audit.events";
let rig: Rig;

beforeAll(async () => {
  const { kafka } = sharedServers();
  const login = { mechanism: "scram-sha-256", username: "proxy", password: { env: "KAFKA_PASSWORD" } };
  rig = await startRig({
    withoutPolicies: ["approvals.rego", "approvals_test.rego"],
    sections: {
      audit: {
        directory: "audit",
        key: { file: "audit.key" },
        recordings: { directory: "sessions" },
        sinks: [
          { type: "kafka", bootstrap: kafka.sasl, topic, login },
          { type: "file", path: "events.ecs.ndjson", format: "ecs" },
        ],
        checkpoints: [{ type: "file", path: "checkpoints.ndjson", every: "1s" }],
      },
    },
  });
});
afterAll(() => rig?.stop());

const lines = async (file: string): Promise<string[]> =>
  (await readFile(join(rig.dir, file), "utf8")).trimEnd().split("\n");

it("every event is in the topic, in order, though the topic was missing at first; the log proves itself by what left it", async () => {
  await rig.eventsOnce({ codes: ["sink.failed"] });
  await cp(join(rig.dir, "audit"), join(rig.dir, "early"), { recursive: true });
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({
      topics: [
        { topic, numPartitions: 1 },
        { topic: "orders.sinks", numPartitions: 1 },
      ],
      waitForLeaders: true,
    }),
  );
  await withProducer(rig.kafkajs("service"), async (producer) => {
    await producer.send({ topic: "orders.sinks", messages: orders(0, 5) });
    await producer.send({ topic: "orders.sinks", acks: 0, messages: orders(5, 2) });
  });
  await rig.eventsOnce({ codes: ["session.ended"], principal: "service" });
  await rig.eventsOnce({ codes: ["sink.recovered"] });
  const hold = await rig.lockkeeper(["audit", "hold", "place", "--topic", "orders.sinks", "--why", "case 7"]);
  expect(hold).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("events and recordings of topic orders.sinks stay"),
  });

  rig.gateway().signal("SIGTERM");
  await rig.gateway().ended;

  const events = await rig.events({});
  expect(events.map(({ code }) => code)).toEqual(
    expect.arrayContaining(["data.written", "data.unacknowledged", "hold.placed", "gateway.stopped"]),
  );
  const sent = events.find(({ code }) => code === "data.unacknowledged")?.sent;
  expect(sent).toEqual([{ topic: "orders.sinks", partition: 0, records: 2, bytes: expect.any(Number), masked: {} }]);
  const stopped = events.findIndex(({ code }) => code === "gateway.stopped");
  const delivered = await readValues(rig.behind(), { topics: [topic], groupId: "audit-reader", count: stopped + 1 });
  const ids = delivered.map((value) => (JSON.parse(value) as { id: string }).id);
  const first = [...new Set(ids)].slice(0, stopped + 1);
  expect(first).toEqual(events.slice(0, stopped + 1).map(({ id }) => id));
  const ecs = (await lines("events.ecs.ndjson")).map(
    (line) => (JSON.parse(line) as { event: { action: string } }).event.action,
  );
  expect(ecs.slice(0, stopped + 1)).toEqual(events.slice(0, stopped + 1).map(({ code }) => code));

  const verify = (...more: string[]) =>
    rig.lockkeeper(["audit", "verify", "--since", join(rig.dir, "checkpoints.ndjson"), ...more]);
  expect(await verify()).toMatchObject({ code: 0, stdout: expect.stringContaining("whole") });
});

it("a log that was set back is found out by a checkpoint that left it, and look-ups answer in CSV", async () => {
  const checkpoints = join(rig.dir, "checkpoints.ndjson");

  const early = await rig.lockkeeper(["audit", "verify", join(rig.dir, "early"), "--since", checkpoints]);
  const both = await rig.lockkeeper(["audit", "verify", join(rig.dir, "audit"), join(rig.dir, "early")]);
  const sql = "SELECT direction, sum(records) AS n FROM ranges WHERE topic = 'orders.sinks' GROUP BY 1";
  const asked = await rig.lockkeeper(["audit", "query", sql, "--format", "csv"]);

  expect(early).toMatchObject({ code: 1, stdout: expect.stringContaining("the log was cut") });
  expect(both).toMatchObject({ code: 0, stdout: expect.stringMatching(/whole[\s\S]*whole/) });
  expect(asked).toMatchObject({ code: 0, stdout: "direction,n\nwrite,7\n" });
});
