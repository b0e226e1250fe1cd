// Checkpoints on their way outside: the newest, not too often, and what was kept is what the verifier takes.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { createPublisher, keptCheckpoints } from "../../../src/audit/publish.ts";
import type { AuditSink } from "../../../src/audit/sink.ts";
import { verifyLog } from "../../../src/audit/verify.ts";
import { silentLog } from "../../../src/base/log.ts";
import { denied, openTestLog, temporaryFolder, testClock } from "./fixtures.ts";

function setUp() {
  const clock = testClock();
  const sent: { readonly size: number; readonly json: string }[] = [];
  const state = { failing: false };
  const states: string[] = [];
  const sink: AuditSink = {
    name: "test",
    deliver(events) {
      if (state.failing) return Promise.reject(new Error("away"));
      sent.push(...events.map(({ index, json }) => ({ size: index, json })));
      return Promise.resolve();
    },
    close: async () => {},
  };
  const publisher = createPublisher({
    sink,
    name: "elsewhere",
    everyMs: 60_000,
    clock,
    log: silentLog,
    onState: ({ state: next }) => void states.push(next),
  });
  const sizes = () => sent.map(({ size }) => size);
  return { clock, sent, sizes, state, states, publisher };
}

const note = (size: number) => `lockkeeper/gw\n${size}\nroot\n\nsignatures\n`;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it("the first goes at once, then the newest each minute", async () => {
  const { clock, sizes, publisher } = setUp();
  for (const size of [1, 2, 3]) publisher.publish(note(size), size);
  await turn();
  expect(sizes()).toEqual([1]);
  for (const size of [4, 5]) publisher.publish(note(size), size);
  await turn();
  expect(sizes()).toEqual([1]);

  clock.advance(60_000);
  await turn();

  expect(sizes()).toEqual([1, 5]);
});

it("the newest comes again after a failure, and the last one when the gateway stops", async () => {
  const { clock, sizes, state, states, publisher } = setUp();
  state.failing = true;
  publisher.publish(note(1), 1);
  await turn();
  state.failing = false;

  clock.advance(60_000);
  await turn();
  publisher.publish(note(2), 2);
  await publisher.close();

  expect(sizes()).toEqual([1, 2]);
  expect(states).toEqual(["failed", "recovered"]);
});

it("what was kept proves that a log was cut", async () => {
  const { sent, publisher } = setUp();
  const folder = await temporaryFolder();
  const log = await openTestLog(folder, { onCheckpoint: publisher.publish });
  await log.record(denied("1"));
  await log.checkpoint();
  await log.close();
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(0));
  await publisher.close();

  const [known = ""] = keptCheckpoints(sent.map(({ json }) => `${json}\n`).join(""));

  expect(known).toBe(await readFile(join(folder, "audit", "checkpoint"), "utf8"));
  expect(await verifyLog(join(folder, "audit"), { known })).toMatchObject({ ok: true });
});
