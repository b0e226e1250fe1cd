// Gateway, approver and Redis are killed in whatever state an approval is, in an order that a seed chooses (SEED=… repeats one): nothing is executed twice
// or without an approval, no approval is lost or stuck, and every change is told. Real processes, real kills.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Approvals } from "../../src/approvals/create.ts";
import { dieWithParent } from "../../src/demo/parts/process.ts";
import type { ApprovalAsk } from "../../src/model/approval.ts";
import { randomFrom } from "../support/random.ts";
import { eventually } from "../support/wait.ts";
import { askFor, twoAdmins } from "../unit/approvals/fixtures.ts";
import { type Bench, never, no, openFor, startBench, yes } from "./approvals-support.ts";

const rounds = 12;
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

let bench: Bench;
let people: Approvals;
let gates: Gate[];
const executed: string[] = [];
const told: { readonly id: string; readonly kind: string }[] = [];

interface Gate {
  child: ChildProcess;
  ask(ask: ApprovalAsk, holdMs: number): void;
  kill(): Promise<void>;
  start(): Promise<void>;
}

function gate(): Gate {
  const self: Gate = {
    child: null as unknown as ChildProcess,
    ask(ask, holdMs) {
      self.child.send({ ask, holdMs }, () => {});
    },
    async kill() {
      if (self.child.exitCode !== null || self.child.signalCode !== null) return;
      const ended = once(self.child, "exit");
      self.child.kill("SIGKILL");
      await ended;
    },
    async start() {
      self.child = fork(join(import.meta.dirname, "children", "gate.ts"), [bench.redis.url], { execArgv: [] });
      dieWithParent(self.child, []);
      self.child.on("message", (message) => {
        const { executed: id } = message as { readonly executed?: string };
        if (id !== undefined) executed.push(id);
      });
      await once(self.child, "message");
    },
  };
  return self;
}

beforeAll(async () => {
  bench = await startBench();
  people = await bench.gateway();
  people.followEvents(async ({ approval, kind }) => void told.push({ id: approval.id, kind }));
  gates = [gate(), gate()];
  await Promise.all(gates.map((one) => one.start()));
  await people.startApprover({ channels: { console: {} }, logLevel: "silent" }).ready;
}, 60_000);
afterAll(async () => {
  await Promise.all(gates.map((one) => one.kill()));
  await bench.close();
});

test(`whatever dies, in whatever state (SEED=${seed})`, async () => {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const asks = Array.from({ length: rounds }, (_, i) =>
    askFor({ topic: `killed-${i}`, ...(i % 3 === 0 && { requirements: [twoAdmins] }) }),
  );
  const steps = asks.flatMap((ask, i) => [
    async () => pick(gates).ask(ask, pick([0, 5_000])),
    () => vote(`killed-${i}`, pick([yes("slack:U0ADMIN1"), yes("slack:U0ADMIN1"), no("slack:U0ADMIN1")])),
    () => vote(`killed-${i}`, yes("slack:U0ADMIN2")),
    async () => pick(gates).ask(ask, 0),
    async () => pick(gates).ask(ask, 0),
  ]);
  const deaths = [
    () => reborn(pick(gates)),
    () => reborn(pick(gates)),
    async () => {
      await bench.redis.kill();
      await bench.redis.restart();
    },
  ];

  // each approval's steps keep their order; those of different ones are mixed, and death comes between any two
  const queues = Array.from({ length: rounds }, (_, i) => steps.slice(i * 5, i * 5 + 5));
  while (queues.some((queue) => queue.length > 0)) {
    await pick(queues.filter((queue) => queue.length > 0)).shift()?.();
    if (random() < 0.12) await pick(deaths)();
  }
  await eventually(() => people.healthy);

  // whoever asks again gets what was left open done, or hears that it is over
  for (const [i, ask] of asks.entries()) {
    const known = (await people.desk.list({})).filter(({ operation }) => operation.resource.name === `killed-${i}`);
    for (const { id, state } of known) {
      if (state === "pending") await settle(id);
    }
    await people.gate.ask(ask, { holdMs: 0, signal: never }).then(async (outcome) => {
      if (outcome.kind === "approved") {
        executed.push(outcome.approval.id);
        await people.gate.report(outcome.approval.id, "NONE");
      }
    });
  }

  expect(new Set(executed).size).toBe(executed.length);
  const all = await people.desk.list({ limit: 200 });
  const byId = new Map(all.map((approval) => [approval.id, approval]));
  for (const id of executed) {
    const approval = byId.get(id);
    expect(approval?.state).toBe("used");
    const yesSayers = approval?.votes.filter(({ answer }) => answer === "approve") ?? [];
    expect(yesSayers.length).toBeGreaterThanOrEqual(approval?.requirements[0]?.count ?? 9);
    expect(approval?.votes.some(({ answer }) => answer === "deny")).toBe(false);
  }
  // nothing is granted and forgotten: what is approved now was asked for by the last run, which used it
  expect(all.filter(({ state }) => state === "approved")).toEqual([]);
  // every approval's last change was told
  await eventually(
    () =>
      all.every(({ id, state }) =>
        told.some((event) => event.id === id && (event.kind === state || state === "pending")),
      ),
    {
      what: "every last change told",
    },
  );
}, 180_000);

async function reborn(one: Gate): Promise<void> {
  await one.kill();
  await one.start();
}

/** People whose Redis is away try again; what is over or not theirs is no failure. */
async function vote(topic: string, ballot: Parameters<Approvals["desk"]["vote"]>[1]): Promise<void> {
  await eventually(async () => {
    try {
      const approval = await openFor(people, topic).catch(() => null);
      if (approval?.state === "pending") await people.desk.vote(approval.id, ballot);
      return true;
    } catch (error) {
      return (error as { code?: string }).code === "approval-refused";
    }
  });
}

async function settle(id: string): Promise<void> {
  for (const person of ["slack:U0ADMIN1", "slack:U0ADMIN2"]) await people.desk.vote(id, yes(person)).catch(() => {});
}

test("an approver that is killed is started again, and no reminder, expiry or outcome is lost with it", async () => {
  const hasty = await bench.gateway({ prefix: "approver", expireMs: 3_000 });
  const heard: string[] = [];
  hasty.followEvents(async ({ kind }) => void heard.push(kind));
  const approver = hasty.startApprover({ channels: { console: {} }, logLevel: "silent" });
  await approver.ready;
  await hasty.gate.ask(askFor({ topic: "approver-dies" }), { holdMs: 0, signal: never });

  const again = approver.nextReady();
  if (approver.pid !== null) process.kill(approver.pid, "SIGKILL");
  await again;

  // nobody looks at the approval: only the job of the approver that came back can let it expire
  // (one that died between the event and its job left the event to be claimed, and a job that it had begun to stall first)
  await eventually(() => heard.includes("expired"), { what: "the expiry", deadlineMs: 100_000 });
  expect(heard).toEqual(["requested", "expired"]);
}, 120_000);
