// Disks that are full, under a real gateway before real brokers: nothing new happens that cannot be recorded, what was decided before goes on at its
// rate, the operational log says why, and all is well again without a restart once there is room. What was read and written meanwhile is on record then.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEvents } from "../../src/audit/query.ts";
import { listSessions } from "../../src/audit/replay.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { deleteTopics } from "../../src/protocols/kafka/messages/delete-topics.ts";
import { withAdmin } from "../support/kafkajs.ts";
import { fetchOnce, keepBusy, type Load, produceOne, rssMiB } from "../support/load.ts";
import { type Person, type Rig, startRig, succeeded } from "../support/rig.ts";
import { canMount, fill, onSmallDisks, seenBy, takeAgain, takeNoMore } from "../support/small-disk.ts";
import { eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";

const withoutPolicies = ["approvals.rego", "approvals_test.rego"];
const value = Buffer.from(JSON.stringify({ id: 1, note: "x".repeat(900) }));

async function login(rig: Rig, person: Person): Promise<Wire> {
  const wire = await openWire(rig.gateway().bootstrap);
  expect(await wire.login(person, rig.passwordOf(person), person)).toBe(0);
  return wire;
}

const health = async (rig: Rig) => (await fetch(`http://${rig.gateway().ready.control}/health/ready`)).status;

/** The topic's leader, as the gateway's bootstrap address reaches it: one partition on each broker, and both are asked. */
async function workOn(rig: Rig, topic: string): Promise<{ wires: Wire[]; load: Load }> {
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({
      topics: [{ topic, replicaAssignment: [{ partition: 0, replicas: [1] }] }, { topic: `${topic}.victim` }],
      waitForLeaders: true,
    }),
  );
  const nodes = await withAdmin(rig.kafkajs("service"), (admin) => admin.describeCluster());
  const one = nodes.brokers.find(({ nodeId }) => nodeId === 1);
  const at = async (person: Person) => {
    const wire = await openWire(`${one?.host}:${one?.port}`);
    expect(await wire.login(person, rig.passwordOf(person), person)).toBe(0);
    return wire;
  };
  const wires = [await at("service"), await at("alice")];
  const load = keepBusy(wires, (wire, index) =>
    index === 0 ? produceOne(wire, topic, 0, value) : fetchOnce(wire, topic, 0),
  );
  return { wires, load };
}

/** Offsets from 0 to this one that are in no range, in words. */
function untold(ranges: readonly (readonly [first: number, last: number])[], end: number): string {
  const missing: string[] = [];
  let next = 0;
  for (const [first, last] of [...ranges.toSorted((a, b) => a[0] - b[0]), [end + 1, end + 1] as const]) {
    if (first > next) missing.push(`${next}–${first - 1}`);
    next = Math.max(next, last + 1);
  }
  return missing.join(", ");
}

describe("a disk that takes nothing more", () => {
  const topic = "orders.full-disk";
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ withoutPolicies });
  });
  afterAll(() => rig?.stop());

  it("refuses what is new, lets go on what was decided, says why, and has it all on record once there is room", async () => {
    const { pid } = rig.gateway();
    const { wires, load } = await workOn(rig, topic);
    const carol = await login(rig, "carol");
    await load.rate();
    const before = await load.rate();
    const rss = rssMiB(pid);
    const removeTopic = () => carol.ask(deleteTopics, 5, { topicNames: [`${topic}.victim`], timeoutMs: 10_000 });

    await takeNoMore(pid);
    try {
      const refused = await removeTopic();
      expect(refused.responses[0]?.errorMessage).toContain(
        "The audit log cannot be written, so nothing new may happen",
      );
      await expect(login(rig, "alice")).rejects.toThrow("closed");
      await eventually(async () => (await health(rig)) === 503);
      expect(await load.rate()).toBeGreaterThan(before * 0.25); // who had to wait for the other would do nothing; the machine alone halves a rate now and then
      await rig.logged("the audit log cannot be written");
      await rig.logged("a recording cannot be written");
      await rig.logged("EFBIG");
      expect(rssMiB(pid) - rss).toBeLessThan(100);
    } finally {
      await takeAgain(pid);
    }

    await eventually(async () => (await health(rig)) === 200, { what: "health" });
    await rig.logged("the audit log can be written again");
    expect((await removeTopic()).responses[0]?.errorCode).toBe(0);
    await load.stop();
    const last = Number(await produceOne(wires[0] as Wire, topic, 0, value));
    for (const wire of [...wires, carol]) wire.close();
    await rig.eventsOnce({ codes: ["log.gap"] });
    const written = async () =>
      (await rig.events({ codes: ["data.written"] })).flatMap(({ ranges }) =>
        ranges
          .filter((range) => range["topic"] === topic)
          .map((range) => [Number(range["firstOffset"]), Number(range["lastOffset"])] as const),
      );
    await eventually(async () => untold(await written(), last) === "", {
      what: "every offset that was written, on record",
    });
    expect(succeeded(await rig.lockkeeper(["audit", "verify"])).stdout).toContain("every hash and signature is right");
    const recordings = async () =>
      (await listSessions(join(rig.dir, "sessions"))).filter(({ lostFrames }) => lostFrames > 0);
    const cut = await eventually(
      async () => (await recordings()).find(({ ended, principal }) => ended && principal === "service"),
      {
        what: "a recording that tells what it has not kept",
      },
    );
    expect(succeeded(await rig.lockkeeper(["sessions", "verify", cut.id])).code).toBe(0);
  });
});

describe.skipIf(!(await canMount()))("a file system without room", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ withoutPolicies, within: (dir) => onSmallDisks(dir, ["audit", "sessions"]) });
  });
  afterAll(() => rig?.stop());
  const folder = (name: string) => seenBy(rig.gateway().pid, join(rig.dir, name));

  it("for recordings stops nobody: what is not kept is counted in them, and they go on once there is room", async () => {
    const { wires, load } = await workOn(rig, "orders.full-recordings");
    await load.rate();
    const before = await load.rate();

    const free = await fill(folder("sessions"));
    await rig.logged("a recording cannot be written");
    await rig.logged("ENOSPC");
    expect(await load.rate()).toBeGreaterThan(before * 0.25); // who had to wait for the other would do nothing; the machine alone halves a rate now and then
    const newcomer = await login(rig, "alice");
    expect(await health(rig)).toBe(200);
    await free();

    await load.stop();
    for (const wire of [newcomer, ...wires]) wire.close();
    const lossy = await eventually(
      async () => (await listSessions(folder("sessions"))).filter(({ ended, lostFrames }) => ended && lostFrames > 0),
      { what: "recordings that tell what they have not kept" },
    );
    expect(lossy.length).toBeGreaterThan(0);
  });

  it("for the audit log refuses what is new until there is room, and the log is whole", async () => {
    const topic = "orders.full-audit";
    const { wires, load } = await workOn(rig, topic);
    const carol = await login(rig, "carol");
    const free = await fill(folder("audit"));
    const remove = async (name: string) =>
      (await carol.ask(deleteTopics, 5, { topicNames: [name], timeoutMs: 10_000 })).responses[0];

    // what fits into the last block of a file is still recorded, and then it may happen
    const refused = await eventually(
      async () => {
        const said = (await remove(`${topic}.never`))?.errorMessage ?? "";
        return said.startsWith("The audit log cannot be written") && said;
      },
      { what: "a refusal" },
    );
    expect(refused).toContain("nothing new may happen");
    expect(await health(rig)).toBe(503);
    const done = load.done();
    await eventually(() => load.done() > done + 100, { what: "what was decided before" });
    await free();

    await eventually(async () => (await health(rig)) === 200, { what: "health" });
    expect((await remove(`${topic}.victim`))?.errorCode).toBe(0);
    await load.stop();
    for (const wire of [carol, ...wires]) wire.close();
    const gaps = async () => await Array.fromAsync(readEvents(folder("audit"), { codes: ["log.gap"] }));
    await eventually(async () => (await gaps()).length > 0, { what: "the gap" });
    await eventually(async () => (await verifyLog(folder("audit"))).ok, { what: "a log that verifies" });
  });
});
