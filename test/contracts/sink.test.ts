// What every audit sink must do, run over all of them; and the delivery that feeds them.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { createDelivery } from "../../src/audit/delivery.ts";
import type { AuditSink, SinkEvent } from "../../src/audit/sink.ts";
import { createFileSink } from "../../src/audit/sinks/file.ts";
import { type SinkName, sinks } from "../../src/audit/sinks/index.ts";
import { createStdoutSink } from "../../src/audit/sinks/stdout.ts";
import { silentLog } from "../../src/base/log.ts";
import { denied, openTestLog, temporaryFolder, testClock } from "../unit/audit/fixtures.ts";

interface Case {
  readonly sink: AuditSink;
  /** Makes the next deliveries fail. */
  readonly breakIt: () => void;
  readonly received: () => Promise<string[]> | string[];
}

const cases: Record<SinkName, () => Promise<Case>> = {
  file: async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "events.ndjson");
    const holder = { path };
    return {
      sink: { ...createFileSink({ path }), deliver: (batch) => createFileSink(holder).deliver(batch) },
      breakIt: () => {
        holder.path = join(folder, "no", "such", "folder");
      },
      received: async () => (await readFile(path, "utf8")).split("\n").slice(0, -1),
    };
  },
  stdout: async () => {
    const lines: string[] = [];
    let broken = false;
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (broken) return done(new Error("EPIPE"));
        lines.push(...chunk.toString().split("\n").slice(0, -1));
        done();
      },
    });
    stream.on("error", () => {});
    return {
      sink: createStdoutSink({ stream }),
      breakIt: () => {
        broken = true;
      },
      received: () => lines,
    };
  },
};

function events(from: number, count: number): SinkEvent[] {
  return Array.from({ length: count }, (_, i) => ({ index: from + i, json: JSON.stringify({ id: from + i }) }));
}

describe.each(sinks.map(({ name }) => name))("the sink %s", (name) => {
  it("has what was delivered, in order, once deliver resolves", async () => {
    const { sink, received } = await cases[name]();

    await sink.deliver(events(0, 3));
    await sink.deliver(events(3, 2));

    expect(await received()).toEqual(events(0, 5).map(({ json }) => json));
    await sink.close();
  });

  it("is named as in the list", async () => {
    expect((await cases[name]()).sink.name).toBe(name);
  });

  it("rejects when the events did not arrive", async () => {
    const { sink, breakIt } = await cases[name]();
    breakIt();

    await expect(sink.deliver(events(0, 1))).rejects.toThrow(/ENOENT|EPIPE/);
  });
});

async function setUp(count: number) {
  const folder = await temporaryFolder();
  const log = await openTestLog(folder);
  await Promise.all(Array.from({ length: count }, (_, i) => log.record(denied(String(i)))));
  await log.checkpoint();
  const got: number[] = [];
  const state = { failing: false };
  const sink: AuditSink = {
    name: "test",
    deliver(batch) {
      if (state.failing) return Promise.reject(new Error("away"));
      got.push(...batch.map(({ index }) => index));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const clock = testClock();
  const positionFile = join(folder, "sinks", "test.position");
  const open = () => createDelivery({ directory: join(folder, "audit"), sink, positionFile, clock, log: silentLog });
  return { log, got, state, clock, positionFile, open };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("delivery", () => {
  it("brings everything under the checkpoint, and nothing else", async () => {
    const { log, got, open } = await setUp(600);
    await log.record(denied("not under a checkpoint yet"));
    const delivery = open();

    delivery.poke();
    await delivery.settled();

    expect(got).toEqual(upTo(600));
  });

  it("goes on where it was after a restart", async () => {
    const { log, got, open } = await setUp(3);
    const first = open();
    first.poke();
    await first.settled();
    await first.close();
    await log.record(denied("3"));
    await log.checkpoint();

    const second = open();
    second.poke();
    await second.settled();

    expect(got).toEqual(upTo(4));
  });

  it("brings again what a sink that was away has missed", async () => {
    const { got, state, clock, open } = await setUp(3);
    state.failing = true;
    const delivery = open();
    delivery.poke();
    await delivery.settled();
    expect(got).toEqual([]);
    state.failing = false;

    clock.advance(1_000);

    await vi.waitFor(() => expect(got).toEqual(upTo(3)));
  });

  it("begins at the beginning when its position cannot be read", async () => {
    const { got, positionFile, open } = await setUp(2);
    const first = open();
    first.poke();
    await first.settled();
    await writeFile(positionFile, "garbage");

    const second = open();
    second.poke();
    await second.settled();

    expect(got).toEqual([0, 1, 0, 1]);
  });
});
