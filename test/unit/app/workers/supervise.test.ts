// The primary of several workers, with processes that are nothing but a mailbox: who is started when, what is passed on to whom, and how it ends.
import { expect, it } from "vitest";
import type { FromWorker, ToWorker } from "../../../../src/app/workers/messages.ts";
import { superviseWorkers } from "../../../../src/app/workers/supervise.ts";
import { limits } from "../../../../src/base/limits.ts";
import type { LogFields } from "../../../../src/base/log.ts";
import { silentLog } from "../../../../src/base/log.ts";
import { manualClock } from "../../../support/manual-clock.ts";

const started: FromWorker = {
  type: "started",
  listeners: [{ cluster: "main", address: "gateway.test:9092" }],
  control: "127.0.0.1:9900",
};

function given(count: number) {
  const clock = manualClock();
  const lines: LogFields[] = [];
  const forked: Mailbox[] = [];
  const fork = (slot: number) => {
    const mailbox = new Mailbox(slot, forked.length + 100);
    forked.push(mailbox);
    return mailbox;
  };
  const log = { ...silentLog, error: (fields: LogFields) => void lines.push(fields) };
  const workers = superviseWorkers({ count, fork, clock, log });
  workers.started.catch(() => {});
  return { clock, lines, forked, workers };
}

class Mailbox {
  readonly slot: number;
  readonly pid: number;
  readonly told: ToWorker[] = [];
  killed = false;
  say: (message: FromWorker) => void = () => {};
  end: (reason: string) => void = () => {};
  constructor(slot: number, pid: number) {
    this.slot = slot;
    this.pid = pid;
  }
  send(message: ToWorker): void {
    this.told.push(message);
  }
  kill(): void {
    this.killed = true;
    this.end("SIGKILL");
  }
  onMessage(take: (message: FromWorker) => void): void {
    this.say = take;
  }
  onExit(ended: (reason: string) => void): void {
    this.end = ended;
  }
}

async function givenServing(count: number) {
  const all = given(count);
  all.forked[0]?.say(started);
  for (const other of all.forked.slice(1)) other.say(started);
  await all.workers.started;
  return all;
}

it("starts the first worker alone, and the others once it serves", async () => {
  const { forked, workers } = given(3);
  expect(forked.map(({ slot }) => slot)).toEqual([1]);
  forked[0]?.say(started);
  expect(forked.map(({ slot }) => slot)).toEqual([1, 2, 3]);
  for (const other of forked.slice(1)) other.say(started);
  expect(await workers.started).toMatchObject({ control: "127.0.0.1:9900" });
});

it("is ready when every worker is", async () => {
  const { forked, workers } = await givenServing(2);
  let ready = false;
  void workers.ready.then(() => (ready = true));
  forked[0]?.say({ ...started, type: "ready" });
  await Promise.resolve();
  expect(ready).toBe(false);
  forked[1]?.say({ ...started, type: "ready" });
  await workers.ready;
});

it("ends all and says which, when one cannot start", async () => {
  const { forked, workers } = given(2);
  forked[0]?.say(started);
  forked[1]?.end("exit code 1");
  await expect(workers.started).rejects.toThrow("worker 2 could not start (exit code 1)");
  expect(forked[0]?.told.at(-1)).toEqual({ type: "stop" });
});

it("starts a worker that died again, later each time, loudly, and leaves the others alone", async () => {
  const { clock, forked, lines } = await givenServing(2);
  forked[1]?.end("SIGKILL");
  expect(lines).toEqual([{ worker: 2, pid: 101, reason: "SIGKILL", durationMs: 500 }]);
  clock.advance(499);
  expect(forked).toHaveLength(2);
  clock.advance(1);
  expect(forked[2]?.slot).toBe(2);
  forked[2]?.end("exit code 1");
  expect(lines.at(-1)).toMatchObject({ durationMs: 1_000 });
  clock.advance(1_000);
  forked[3]?.say(started);
  clock.advance(60_001);
  forked[3]?.end("SIGSEGV");
  expect(lines.at(-1)).toMatchObject({ durationMs: 500, reason: "SIGSEGV" });
  expect(forked[0]?.told.every(({ type }) => type === "connections")).toBe(true);
});

it("tells a failed login to all the others", async () => {
  const { forked } = await givenServing(3);
  const failed: FromWorker = { type: "login-failed", book: "clients", address: "10.0.0.9" };
  forked[1]?.say(failed);
  expect(forked.map(({ told }) => told.filter(({ type }) => type === "login-failed"))).toEqual([
    [failed],
    [],
    [failed],
  ]);
});

it("tells each worker how many connections the others have, and forgets those of one that died", async () => {
  const { forked } = await givenServing(3);
  forked[0]?.say({ type: "connections", open: { "listeners[0]": 5 }, came: 5 });
  forked[1]?.say({ type: "connections", open: { "listeners[0]": 2, "listeners[1]": 1 }, came: 3 });
  expect(forked[2]?.told.at(-1)).toEqual({ type: "connections", open: { "listeners[0]": 7, "listeners[1]": 1 } });
  expect(forked[0]?.told.at(-1)).toEqual({ type: "connections", open: { "listeners[0]": 2, "listeners[1]": 1 } });
  forked[0]?.end("SIGKILL");
  expect(forked[2]?.told.at(-1)).toEqual({ type: "connections", open: { "listeners[0]": 2, "listeners[1]": 1 } });
});

it("gathers what all say; who hangs is named after a bound of time, with nothing", async () => {
  const { clock, forked } = await givenServing(2);
  forked[0]?.say({ type: "gather", id: 7, what: "health" });
  const asked = forked[0]?.told.at(-1);
  if (asked?.type !== "report") throw new Error("nobody was asked");
  expect(forked[1]?.told.at(-1)).toEqual(asked);
  forked[0]?.say({ type: "report", id: asked.id, value: { ready: true } });
  clock.advance(limits.workerReportMsMax);
  await new Promise(setImmediate);
  expect(forked[0]?.told.at(-1)).toEqual({
    type: "gathered",
    id: 7,
    gathered: {
      workers: [
        { worker: 1, pid: 100, state: "serving", restarts: 0, report: { ready: true } },
        { worker: 2, pid: 101, state: "none", restarts: 0, report: null },
      ],
    },
  });
});

it("does not wait for a worker that dies while it is asked", async () => {
  const { forked } = await givenServing(2);
  forked[0]?.say({ type: "gather", id: 1, what: "metrics" });
  const asked = forked[0]?.told.at(-1);
  if (asked?.type !== "report") throw new Error("nobody was asked");
  forked[0]?.say({ type: "report", id: asked.id, value: [] });
  forked[1]?.end("SIGKILL");
  await new Promise(setImmediate);
  expect(forked[0]?.told.at(-1)).toMatchObject({
    type: "gathered",
    gathered: { workers: [{ report: [] }, { pid: null }] },
  });
});

it("stops all, does not start again what ends then, and kills what does not end in time", async () => {
  const { clock, forked, workers } = await givenServing(2);
  const stopped = workers.stop();
  expect(forked.map(({ told }) => told.at(-1))).toEqual([{ type: "stop" }, { type: "stop" }]);
  forked[0]?.end("exit code 0");
  clock.advance(limits.workerStopMsMax);
  await stopped;
  expect(forked.map(({ killed }) => killed)).toEqual([false, true]);
  clock.advance(60_000);
  expect(forked).toHaveLength(2);
});
