// kill -9 of a gateway that records: what it had recorded until a second before can be read, and nobody is told of a change where there was none.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listSessions } from "../../src/audit/replay.ts";
import { order, withAdmin } from "../support/kafkajs.ts";
import { type Rig, startRig, succeeded } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";

const topic = "orders.cut";
let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ withoutPolicies: ["approvals.rego", "approvals_test.rego"] });
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }),
  );
});
afterAll(() => rig?.stop());

it("a session of a gateway that was killed can be read up to the last second, and is said to be cut, not changed", async () => {
  const producer = rig
    .kafkajs("service", { clientId: "killed", retry: { retries: 0 }, requestTimeout: 5_000 })
    .producer();
  await producer.connect();
  const taken: number[] = [];
  // quiet enough for chunks that time closes, not size
  const producing = (async () => {
    for (;;) {
      await producer.send({ topic, messages: [{ partition: 0, value: order(200) }] });
      taken.push(performance.now());
      await pause(25);
    }
  })().catch(() => {});
  const writing = async () =>
    (await listSessions(join(rig.dir, "sessions"))).find(
      ({ clientId, apis }) => clientId === "killed" && apis.includes("Produce"),
    );
  const { id } = await eventually(writing, { what: "its recording" });
  await eventually(() => (taken.at(-1) ?? 0) - (taken[0] ?? 0) > 3_000);

  const killedAt = performance.now();
  rig.gateway().signal("SIGKILL");
  await rig.gateway().ended;
  await producing;
  await producer.disconnect().catch(() => {});
  await rig.restart();

  const told = succeeded(await rig.lockkeeper(["sessions", "replay", id]));
  const verified = succeeded(await rig.lockkeeper(["sessions", "verify", id]));
  // a second, and another for a machine that has more to do
  const before = taken.filter((at) => at < killedAt - 2_000).length;
  expect(before).toBeGreaterThan(0);
  expect(told.stdout.match(/writes? orders\.cut/g)?.length).toBeGreaterThanOrEqual(before);
  expect(told.stdout).toContain("the recording ends here without a footer");
  expect(verified.stdout).toContain("cut: its gateway died");
});
