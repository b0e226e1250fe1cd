// "Who read this offset?" for real: ten consumers of two groups join and leave while records come, and for every single offset the look-up
// names exactly those who were given it.
import { join } from "node:path";
import type { Consumer } from "kafkajs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openEventIndex } from "../../src/audit/event-index.ts";
import { whoTouched } from "../../src/audit/lookups.ts";
import { order, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";

const topic = "orders.who";
const partitions = [0, 1, 2, 3];
const perRound = 40;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ withoutPolicies: ["approvals.rego", "approvals_test.rego"] });
});
afterAll(() => rig?.stop());

interface Member {
  readonly name: string;
  readonly group: string;
  readonly consumer: Consumer;
  assigned: readonly number[] | null;
}

/** `partition@offset` → names of those who were given it. */
const truth = new Map<string, Set<string>>();
const live = new Map<string, Member>();

async function joins(name: string): Promise<void> {
  const group = `who-${name.charAt(0)}`;
  const consumer = rig.kafkajs("alice", { clientId: name }).consumer({
    groupId: group,
    heartbeatInterval: 300,
    sessionTimeout: 10_000,
    maxWaitTimeInMs: 100,
  });
  const member: Member = { name, group, consumer, assigned: null };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    member.assigned = payload.memberAssignment[topic] ?? [];
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommitThreshold: 1,
    eachBatch: async ({ batch }) => {
      for (const { offset } of batch.messages) {
        const place = `${batch.partition}@${offset}`;
        truth.set(place, (truth.get(place) ?? new Set()).add(name));
      }
    },
  });
  live.set(name, member);
}

async function leaves(name: string): Promise<void> {
  const member = live.get(name);
  live.delete(name);
  await member?.consumer.disconnect();
}

/** Every partition has one owner in each group, and everybody who lives has joined. */
function settled(): boolean {
  return ["who-a", "who-b"].every((group) => {
    const members = [...live.values()].filter((member) => member.group === group);
    const owned = members.flatMap(({ assigned }) => assigned ?? [-1]).toSorted((a, b) => a - b);
    return JSON.stringify(owned) === JSON.stringify(partitions);
  });
}

async function round(number: number): Promise<void> {
  await eventually(settled, { deadlineMs: 60_000, what: "a settled group" });
  const messages = Array.from({ length: perRound }, (_, i) => ({
    partition: i % partitions.length,
    value: order(number * perRound + i),
  }));
  await withProducer(rig.kafkajs("service"), (producer) => producer.send({ topic, messages }));
  const each = ((number + 1) * perRound) / partitions.length;
  await eventually(
    () =>
      partitions.every((partition) =>
        Array.from({ length: each }, (_, offset) => truth.get(`${partition}@${offset}`)).every((readers) => {
          const groups = new Set([...(readers ?? [])].map((name) => name.charAt(0)));
          return groups.size === 2;
        }),
      ),
    { deadlineMs: 60_000, what: "every record in both groups" },
  );
}

it("names exactly those who were given each offset, of ten consumers in two groups that joined and left", async () => {
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions: partitions.length }], waitForLeaders: true }),
  );
  await Promise.all(["a0", "a1", "a2", "b0", "b1"].map(joins));
  await round(0);
  await leaves("a0");
  await Promise.all(["a3", "b2"].map(joins));
  await round(1);
  await Promise.all(["a1", "b0"].map(leaves));
  await Promise.all(["a4", "b3", "b4"].map(joins));
  await round(2);
  await Promise.all([...live.keys()].map(leaves));
  await rig.eventsOnce({ codes: ["session.ended"], principal: "alice" }, 10);

  const index = await openEventIndex(join(rig.dir, "audit"));
  const told = new Map<string, readonly string[]>();
  for (const place of truth.keys()) {
    const [partition = 0, offset = 0] = place.split("@").map(Number);
    const rows = whoTouched(index, { topic, partition, offset: BigInt(offset), direction: "read" });
    expect(rows.every((row) => row["principal"] === "alice" && String(row["masked"]).length > 0)).toBe(true);
    told.set(place, [...new Set(rows.map((row) => String(row["client_id"])))].toSorted());
  }
  index.close();
  expect(truth.size).toBe(3 * perRound);
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries([...truth].map(([place, readers]) => [place, [...readers].toSorted()])),
  );
  expect(new Set([...told.values()].flat()).size).toBeGreaterThanOrEqual(8);

  const who = await rig.lockkeeper(["audit", "who", "--topic", topic, "--partition", "1", "--offset", "3"]);
  expect(who.code).toBe(0);
  for (const name of truth.get("1@3") ?? []) expect(who.stdout).toContain(name);
  expect(who.stdout).toContain("service");
});
