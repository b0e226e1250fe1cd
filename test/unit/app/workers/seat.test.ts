// What a worker shares with the others: limits that protect the whole gateway are not multiplied by the number of processes.
import { expect, it } from "vitest";
import { workerConfig } from "../../../../src/app/workers/config.ts";
import type { FromWorker, ToWorker } from "../../../../src/app/workers/messages.ts";
import { takeSeat } from "../../../../src/app/workers/seat.ts";
import { healthOfAll, metricsOfAll } from "../../../../src/app/workers/whole.ts";
import type { JsonObject } from "../../../../src/base/json.ts";
import { gauge, labelled } from "../../../../src/base/metric.ts";
import { Sensitive } from "../../../../src/base/sensitive.ts";
import { parseConfig } from "../../../../src/config/load.ts";
import { createMetrics } from "../../../../src/control/metrics.ts";
import { createFailureDelay } from "../../../../src/identity/failure-delay.ts";
import { manualClock } from "../../../support/manual-clock.ts";

function given() {
  const clock = manualClock();
  const said: FromWorker[] = [];
  let tell: (message: ToWorker) => void = () => {};
  const primary = {
    send: (message: FromWorker) => void said.push(message),
    onMessage: (take: typeof tell) => (tell = take),
  };
  const seat = takeSeat({ slot: 1, count: 2, auditRoot: "/audit" }, primary, clock);
  return { clock, said, seat, tell: (message: ToWorker) => tell(message) };
}

it("delays a failed login by what the same address failed elsewhere", () => {
  const { clock, said, seat, tell } = given();
  const failures = seat.shareFailures("clients", createFailureDelay(clock));
  const api = seat.shareFailures("api", createFailureDelay(clock));
  expect(failures.failed("10.0.0.9")).toBe(100);
  expect(said).toEqual([{ type: "login-failed", book: "clients", address: "10.0.0.9" }]);
  tell({ type: "login-failed", book: "clients", address: "10.0.0.9" });
  expect(failures.failed("10.0.0.9")).toBe(400);
  expect(failures.failed("10.0.0.8")).toBe(100);
  expect(api.failed("10.0.0.9")).toBe(100);
});

it("counts the connections of all workers against a listener's limit", () => {
  const { clock, said, seat, tell } = given();
  const room = seat.connectionRoom("listeners[0]", 3);
  tell({ type: "connections", open: { "listeners[0]": 2 } });
  expect([room.enter(), room.enter()]).toEqual([true, false]);
  clock.advance(50);
  expect(said).toEqual([{ type: "connections", open: { "listeners[0]": 1 }, came: 0 }]);
  tell({ type: "connections", open: {} });
  expect([room.enter(), room.enter(), room.enter()]).toEqual([true, true, false]);
  room.leave();
  expect(room.enter()).toBe(true);
  clock.advance(50);
  expect(said.at(-1)).toEqual({ type: "connections", open: { "listeners[0]": 3 }, came: 0 });
  expect(said).toHaveLength(2);
});

/** As the primary puts them together. */
function answerGather(tell: (message: ToWorker) => void, reports: readonly (JsonObject | null)[]): void {
  const workers = reports.map((report, at) => ({
    worker: at + 1,
    pid: 100 + at,
    state: report === null ? ("none" as const) : ("serving" as const),
    restarts: at,
    report,
  }));
  tell({ type: "gathered", id: 1, gathered: { workers } });
}

it.each([
  {
    reports: [
      { ready: true, sessions: 2 },
      { ready: true, sessions: 3 },
    ],
    ready: true,
    sessions: 5,
  },
  {
    reports: [
      { ready: true, sessions: 2 },
      { ready: false, sessions: 0, audit: "not writable" },
    ],
    ready: false,
    sessions: 2,
  },
  { reports: [{ ready: true, sessions: 2 }, null], ready: false, sessions: 2 },
])("is ready when every worker that takes connections is: $ready", async ({ reports, ready, sessions }) => {
  const { seat, tell } = given();
  const health = healthOfAll({ live: () => true, report: async () => ({ ready: true }) }, seat);
  const answer = health.report();
  answerGather(tell, reports);
  const report = await answer;
  expect(report).toMatchObject({
    ready,
    sessions,
    workers: [
      { worker: 1, pid: 100 },
      { worker: 2, restarts: 1 },
    ],
  });
  expect(report["audit"]).toBe(reports[1] && "audit" in reports[1] ? "not writable" : undefined);
});

it("adds up the metrics of all workers, or takes the least or the largest where a sum would lie", async () => {
  const { seat, tell } = given();
  const metricsOf = (open: number, healthy: number) =>
    createMetrics([
      gauge("open", "o", () => labelled("place", [["a", open]])),
      gauge("healthy", "h", () => healthy, "min"),
      gauge("waiting", "w", () => 7, "max"),
    ]);
  const page = metricsOfAll(metricsOf(1, 1), seat);
  const text = page();
  const report = async (open: number, healthy: number) =>
    (await metricsOf(open, healthy).report()) as unknown as JsonObject;
  answerGather(tell, [await report(1, 1), await report(2, 0)]);
  const lines = (await text).split("\n");
  expect(lines).toEqual(expect.arrayContaining(['open{place="a"} 3', "healthy 0", "waiting 7"]));
  expect(lines).toEqual(
    expect.arrayContaining(['lockkeeper_workers{state="serving"} 2', "lockkeeper_worker_restarts 1"]),
  );
});

it("has a log, a key and an origin of its own, and a share of what is given for the whole", () => {
  const text = `
clusters: { main: { bootstrap: ["127.0.0.1:1"], login: { mechanism: none } } }
listeners: [{ cluster: main, bind: "127.0.0.1:0", nodes: "127.0.0.1:100", mechanisms: [plain] }]
identity: { users: [{ name: alice, password: { env: ALICE_PASSWORD } }] }
policy: { bundle: { url: "https://bundles.test/b.tar.gz" } }
gateway: { name: edge }
masking: { workers: 3, cacheBytes: 1001 }
audit: { directory: audit, key: { file: audit.key }, recordings: { directory: sessions }, retain: { eventsSize: 10KiB } }
`;
  const parsed = parseConfig(text, "lockkeeper.yaml", {
    directory: "/etc/lockkeeper",
    readSecret: () => new Sensitive("secret"),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const its = workerConfig(parsed.config, 2, 2);
  expect(its.gateway.name).toBe("edge.worker-2");
  expect(its.audit).toMatchObject({
    directory: "/etc/lockkeeper/audit/worker-2",
    keyFile: "/etc/lockkeeper/audit.key.worker-2",
    recordings: { directory: "/etc/lockkeeper/sessions" },
    retain: { events: { bytesMax: 5 * 1024 } },
  });
  expect(its.masking).toMatchObject({ workers: 1, cacheBytes: 500 });
});
